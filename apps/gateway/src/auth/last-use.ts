import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { LOGGER } from '@nexivo/runtime/logging';
import { singleFlight } from '@nexivo/runtime/single-flight';
import { unavailabilityOf } from '@nexivo/store/database';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { VerifiedSession } from './session-verifier.js';

const WRITE_EVERY_MS = 10_000;
/** What is already written of a session is good for so long. */
const SESSION_EVERY_MS = 60_000;
/** How many rows one statement writes: it holds their locks for some ten milliseconds. */
const CHUNK = 1_000;

const NOTE_TOKENS = `
  update api_tokens set last_used_at = used.at
  from (
    select t.account_id, t.id, now() - u.ago_ms * interval '1 ms' as at
    from unnest($1::uuid[], $2::float8[]) u (id, ago_ms) join api_tokens t on t.id = u.id
    order by t.id for no key update of t
  ) used
  where api_tokens.account_id = used.account_id and api_tokens.id = used.id
    and (last_used_at is null or last_used_at < used.at)`;

// Whoever is about to end a session, or what somebody belongs to, is not waited for: the next use says it all the same.
const NOTE_SESSIONS = `
  with due as (
    select account_id, id, user_id from sessions
    where id = any($1::uuid[]) and last_seen_at <= now() - interval '50 seconds' for no key update skip locked),
  seen as (
    update sessions s set last_seen_at = now() from due where s.account_id = due.account_id and s.id = due.id)
  update memberships m set last_seen_at = now()
  from (
    select k.account_id, k.user_id from memberships k join due on due.account_id = k.account_id and due.user_id = k.user_id
    for no key update of k skip locked
  ) d
  where m.account_id = d.account_id and m.user_id = d.user_id`;

/**
 * When each token and session was last used, gathered in memory and written once in a while, some at a time: no request waits, no row
 * is hot, and the connections by which requests are let in are left alone.
 */
@Injectable()
export class LastUse implements OnApplicationShutdown {
  /** By `performance.now()`: the database, which knows the time, is told how long ago it was. */
  private used = new Map<string, number>();
  /** Sessions, of which nobody needs the exact moment. */
  private seen = new Set<string>();
  private readonly timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();

  private readonly failures: FailureLog;

  constructor(
    private readonly database: DataSource,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.failures = new FailureLog(logger, 'noting last use');
  }

  noteToken(tokenId: string): void {
    this.used.set(tokenId, performance.now());
  }

  noteSession({ sessionId, seenAt }: Pick<VerifiedSession, 'sessionId' | 'seenAt'>): void {
    if (performance.now() - seenAt >= SESSION_EVERY_MS) this.seen.add(sessionId);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    // The first may have been under way already, with less than all.
    await this.write();
    await this.write();
  }

  private readonly write = singleFlight(async () => {
    const [used, seen] = [[...this.used], [...this.seen]];
    [this.used, this.seen] = [new Map(), new Set()];
    try {
      // In the order of the ids, so that two gateways with the same tokens do not wait for each other.
      for (const chunk of chunksOf(used.toSorted(byId)))
        await this.database.query(NOTE_TOKENS, [
          chunk.map(([id]) => id),
          chunk.map(([, at]) => performance.now() - at),
        ]);
      for (const chunk of chunksOf(seen)) await this.database.query(NOTE_SESSIONS, [chunk]);
      this.failures.succeeded();
    } catch (error) {
      // What was gathered is let go: the next use says more than this one.
      this.failures.failed(error, unavailabilityOf(error));
    }
  });
}

const byId = ([a]: [string, number], [b]: [string, number]): number => (a < b ? -1 : 1);

function* chunksOf<Each>(all: readonly Each[]): Generator<Each[]> {
  for (let from = 0; from < all.length; from += CHUNK) yield all.slice(from, from + CHUNK);
}
