import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AuthStore } from './auth-store.js';

const WRITE_EVERY_MS = 10_000;

/** When each token was last used, gathered in memory and written once in a while: no request waits, and no row is hot. */
@Injectable()
export class LastUse implements OnApplicationShutdown {
  private readonly used = new Map<string, number>();
  private readonly timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();

  constructor(private readonly store: AuthStore) {}

  note(tokenId: string): void {
    this.used.set(tokenId, Date.now());
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  private async write(): Promise<void> {
    if (this.used.size === 0) return;
    const uses = [...this.used];
    this.used.clear();
    try {
      await this.store.query(
        'note last use',
        // Locked in one order, so that two gateways with the same tokens do not wait for each other.
        `update api_tokens set last_used_at = used.at
         from (
           select t.id, to_timestamp(u.at / 1000) as at
           from unnest($1::uuid[], $2::float8[]) u (id, at) join api_tokens t on t.id = u.id
           order by t.id for no key update of t
         ) used
         where api_tokens.id = used.id and (last_used_at is null or last_used_at < used.at)`,
        [uses.map(([id]) => id), uses.map(([, at]) => at)],
      );
    } catch {
      // The store is away: the next use says more than this one. AuthStore has logged it.
    }
  }
}
