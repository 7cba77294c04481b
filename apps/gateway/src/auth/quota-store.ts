import { Injectable } from '@nestjs/common';
import { AuthStore } from './auth-store.js';
import { SteadyTime } from './steady-time.js';

/** One of an account's two quotas, as it stands. */
export interface Quota {
  readonly limit: number;
  readonly used: number;
  /** How long until it has room again; while it has, until its oldest use no longer counts. */
  readonly resetsInMs: number;
}

/** Both quotas of an account at one moment. */
export interface QuotaState {
  /** When that was, by the database's clock, in ms since 1970: what is told of a quota is dated by it. */
  readonly atMs: number;
  readonly minute: Quota;
  readonly day: Quota;
}

/** The answer to a request for admissions. */
export interface Grant {
  /** How many of those wanted are admitted; both quotas were used for each, or neither. */
  readonly granted: number;
  /** After those. */
  readonly state: QuotaState;
}

/** Whether a request may go on, and what to tell the client of its quotas. */
export interface Admission {
  readonly isAdmitted: boolean;
  readonly state: QuotaState;
}

interface GrantRow {
  granted: number | null;
  minute_limit: number;
  minute_used: number;
  minute_frees_in_us: string | null;
  day_limit: number;
  day_used: string;
  day_ends_in_us: string;
  now_us: string;
  clock_ms: number;
}

const MINUTE_MS = 60_000;

/** By the clock under the row's lock, unless that is far from $4. */
const TAKE = `
  select quota.*, (extract(epoch from clock.now) * 1000)::float8 as clock_ms
  from (select clock_timestamp() as now) clock cross join lateral take_quota(
    $1, $2, $3, case when abs(extract(epoch from clock.now - $4::timestamptz)) > 2 then $4::timestamptz end) quota`;

/** The shared count of what accounts use. */
@Injectable()
export class QuotaStore {
  private readonly time = new SteadyTime();

  constructor(private readonly store: AuthStore) {}

  /**
   * Takes as many admissions as both quotas allow, in one atomic statement.
   *
   * @param wanted 0 only looks
   * @param now for tests; otherwise the database's clock, unless it has been set within the last minute
   * @returns nothing for an account whose plan has no API access
   * @throws StoreAway
   */
  async take(accountId: string, wanted: number, now?: Date): Promise<Grant | undefined> {
    return this.run(accountId, wanted, false, now);
  }

  /**
   * Writes down what was used while the store was away, whatever the limits say.
   *
   * @throws StoreAway
   */
  async record(accountId: string, used: number): Promise<void> {
    await this.run(accountId, used, true);
  }

  private async run(accountId: string, wanted: number, isForced: boolean, now?: Date): Promise<Grant | undefined> {
    const expected = this.time.expected(performance.now());
    const time = now ?? (expected === undefined ? null : new Date(expected));
    const values = [accountId, wanted, isForced, time];
    const [row] = await this.store.query<GrantRow>('take quota', TAKE, values, accountId);
    if (row) this.time.learn(row.clock_ms, performance.now());
    if (!row || row.granted === null) return undefined;
    return {
      granted: row.granted,
      state: {
        atMs: Number(row.now_us) / 1_000,
        minute: {
          limit: row.minute_limit,
          used: row.minute_used,
          resetsInMs: row.minute_frees_in_us === null ? MINUTE_MS : Number(row.minute_frees_in_us) / 1_000,
        },
        day: { limit: row.day_limit, used: Number(row.day_used), resetsInMs: Number(row.day_ends_in_us) / 1_000 },
      },
    };
  }
}

/** How long every quota that is used up stays so; 0 if none is. */
export const exhaustedForMs = ({ minute, day }: QuotaState): number =>
  Math.max(...[minute, day].map(({ limit, used, resetsInMs }) => (used >= limit ? resetsInMs : 0)));

/** The same state some time later, with nothing used since. */
export const later = ({ atMs, minute, day }: QuotaState, passedMs: number): QuotaState => ({
  atMs: atMs + passedMs,
  minute: { ...minute, resetsInMs: Math.max(0, minute.resetsInMs - passedMs) },
  day: { ...day, resetsInMs: Math.max(0, day.resetsInMs - passedMs) },
});
