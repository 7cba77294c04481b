import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AuthStore } from './auth-store.js';
import type { VerifiedSession } from './session-verifier.js';

const WRITE_EVERY_MS = 10_000;

/** What is already written of a session is good for so long. */
const SESSION_EVERY_MS = 60_000;

/** When each token and session was last used, gathered in memory and written once in a while: no request waits, and no row is hot. */
@Injectable()
export class LastUse implements OnApplicationShutdown {
  /** By `performance.now()`: the database, which knows the time, is told how long ago it was. */
  private readonly used = new Map<string, number>();
  /** Sessions, of which nobody needs the exact moment. */
  private readonly seen = new Set<string>();
  private readonly timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();

  constructor(private readonly store: AuthStore) {}

  noteToken(tokenId: string): void {
    this.used.set(tokenId, performance.now());
  }

  noteSession({ sessionId, seenAt }: Pick<VerifiedSession, 'sessionId' | 'seenAt'>): void {
    if (performance.now() - seenAt >= SESSION_EVERY_MS) this.seen.add(sessionId);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  private async write(): Promise<void> {
    await Promise.all([this.writeTokens(), this.writeSessions()]);
  }

  private async writeSessions(): Promise<void> {
    if (this.seen.size === 0) return;
    const ids = [...this.seen];
    this.seen.clear();
    try {
      await this.store.query(
        'note sessions',
        // Whoever is about to end a session, or what somebody belongs to, is not waited for: the next use says it all the same.
        `with due as (
           select account_id, id, user_id from sessions
           where id = any($1::uuid[]) and last_seen_at <= now() - interval '50 seconds' for no key update skip locked),
         seen as (
           update sessions s set last_seen_at = now() from due where s.account_id = due.account_id and s.id = due.id)
         update memberships m set last_seen_at = now()
         from (
           select k.account_id, k.user_id from memberships k join due on due.account_id = k.account_id and due.user_id = k.user_id
           for no key update of k skip locked
         ) d
         where m.account_id = d.account_id and m.user_id = d.user_id`,
        [ids],
      );
    } catch {
      // As below.
    }
  }

  private async writeTokens(): Promise<void> {
    if (this.used.size === 0) return;
    const uses = [...this.used];
    this.used.clear();
    try {
      await this.store.query(
        'note last use',
        // Locked in one order, so that two gateways with the same tokens do not wait for each other.
        `update api_tokens set last_used_at = used.at
         from (
           select t.id, now() - u.ago_ms * interval '1 ms' as at
           from unnest($1::uuid[], $2::float8[]) u (id, ago_ms) join api_tokens t on t.id = u.id
           order by t.id for no key update of t
         ) used
         where api_tokens.id = used.id and (last_used_at is null or last_used_at < used.at)`,
        [uses.map(([id]) => id), uses.map(([, at]) => performance.now() - at)],
      );
    } catch {
      // The store is away: the next use says more than this one. AuthStore has logged it.
    }
  }
}
