import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ErrorCode } from '@nexivo/contracts/errors';
import { LOGGER } from '@nexivo/runtime/logging';
import { singleFlight } from '@nexivo/runtime/single-flight';
import { Busy } from '@nexivo/bus/busy';
import type { Logger } from 'pino';
import { AuthStore, StoreAway } from './auth-store.js';

/** What became of a request: let in, or refused with that code. */
export type Outcome = 'admitted' | ErrorCode;

const WRITE_EVERY_MS = 10_000;
/** How many tokens one statement writes: it holds its locks for some ten milliseconds. */
const BATCH_TOKENS = 1_000;
/** With so many tokens the next turn is not waited for. */
const MANY_TOKENS = 10_000;
/** Of more tokens nothing is kept while the store is away. */
const MAX_TOKENS = 20_000;

interface TokenUsage {
  readonly accountId: string;
  readonly requests: Partial<Record<Outcome, number>>;
}

interface Batch {
  readonly number: number;
  readonly tokens: readonly (readonly [tokenId: string, usage: TokenUsage])[];
}

/**
 * Counts the requests of valid tokens by account, UTC day, token and outcome. Counts are gathered in memory and added to `usage_days`
 * every 10 seconds and at shutdown, each exactly once; a gateway that is killed loses those since its last turn. While the store is
 * away they are kept.
 *
 * A request counts for the day, by the database's clock, in which it is written, as what the store was away for does in the day's quota.
 */
@Injectable()
export class Usage implements OnApplicationShutdown {
  /** Names this process to the database, which adds each of its batches once. */
  private readonly writer = randomUUID();
  private readonly tokens = new Map<string, TokenUsage>();
  private batches = 0;
  /** A batch that has been sent and not acknowledged: it may have been added or not, and is sent again as it is. */
  private unacknowledged: Batch | undefined;
  /** Requests that there was no room to count. */
  private dropped = 0;
  private readonly timer = setInterval(() => void this.flush(), WRITE_EVERY_MS).unref();

  constructor(
    private readonly store: AuthStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Counts a request. Nothing waits for it. */
  note(accountId: string, tokenId: string, outcome: Outcome): void {
    let usage = this.tokens.get(tokenId);
    if (!usage) {
      if (this.tokens.size === MAX_TOKENS) {
        this.dropped++;
        return;
      }
      usage = { accountId, requests: {} };
      this.tokens.set(tokenId, usage);
      if (this.tokens.size === MANY_TOKENS) void this.flush();
    }
    usage.requests[outcome] = (usage.requests[outcome] ?? 0) + 1;
  }

  /** Writes what has been counted so far. What cannot be written is kept for the next turn. */
  readonly flush = singleFlight(async () => {
    if (this.dropped > 0) this.logger.warn({ requests: this.dropped }, 'usage: too many tokens, requests not counted');
    this.dropped = 0;
    try {
      // Not until nothing is left: while one batch is written, the next one comes in.
      for (let due = this.tokens.size; due > 0 || this.unacknowledged;) {
        if (!this.unacknowledged) {
          this.unacknowledged = this.takeBatch();
          due -= BATCH_TOKENS;
        }
        await this.write(this.unacknowledged);
        this.unacknowledged = undefined;
      }
    } catch (error) {
      // AuthStore has logged that it is away.
      if (!(error instanceof StoreAway || error instanceof Busy))
        this.logger.error({ err: error }, 'usage: not written; the next turn tries again');
    }
  });

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    // The first may have been under way already, with less than all.
    await this.flush();
    await this.flush();
    const left = [...this.tokens, ...(this.unacknowledged?.tokens ?? [])];
    if (left.length > 0) {
      const requests = left
        .flatMap(([, usage]) => Object.values(usage.requests))
        .reduce((sum, count) => sum + count, 0);
      this.logger.warn({ requests }, 'usage: the store is away, requests not counted');
    }
  }

  private takeBatch(): Batch {
    const tokens: [string, TokenUsage][] = [];
    for (const entry of this.tokens) {
      if (tokens.push(entry) === BATCH_TOKENS) break;
    }
    for (const [tokenId] of tokens) this.tokens.delete(tokenId);
    return { number: ++this.batches, tokens };
  }

  private async write({ number, tokens }: Batch): Promise<void> {
    const rows = tokens.flatMap(([tokenId, { accountId, requests }]) =>
      Object.entries(requests).map(([outcome, count]) => ({ accountId, tokenId, outcome, count })),
    );
    // In the order of the key: gateways that write the same rows wait for each other, and never in a circle.
    await this.store.query({
      name: 'add usage',
      text: `with batch as (
         insert into usage_writers as w (id, batch) values ($1, $2)
         on conflict (id) do update set batch = excluded.batch, written_at = excluded.written_at where w.batch < excluded.batch
         returning id)
       insert into usage_days as d (account_id, day, token_id, outcome, requests)
       select account_id, (now() at time zone 'UTC')::date, token_id, outcome, requests
       from unnest($3::uuid[], $4::uuid[], $5::text[], $6::bigint[]) u (account_id, token_id, outcome, requests)
       where exists (select from batch)
       order by account_id, token_id, outcome
       on conflict (account_id, day, token_id, outcome) do update set requests = d.requests + excluded.requests`,
      values: [
        this.writer,
        number,
        rows.map(({ accountId }) => accountId),
        rows.map(({ tokenId }) => tokenId),
        rows.map(({ outcome }) => outcome),
        rows.map(({ count }) => count),
      ],
    });
  }
}
