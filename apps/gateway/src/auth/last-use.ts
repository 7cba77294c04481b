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
        `update api_tokens t set last_used_at = to_timestamp(u.at / 1000)
         from unnest($1::uuid[], $2::float8[]) u (id, at)
         where t.id = u.id and (t.last_used_at is null or t.last_used_at < to_timestamp(u.at / 1000))`,
        [uses.map(([id]) => id), uses.map(([, at]) => at)],
      );
    } catch {
      // The store is away: the next use says more than this one. AuthStore has logged it.
    }
  }
}
