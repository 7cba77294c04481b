import { Injectable } from '@nestjs/common';
import { AuthStore } from './auth-store.js';

/** One of an account's two quotas, as it stands. */
export interface Quota {
  readonly limit: number;
  readonly used: number;
  /** How long until it has room again; while it has, until its oldest use no longer counts. */
  readonly resetsInMs: number;
}

/** Both quotas of an account at one moment. */
export interface QuotaState {
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
}

const MINUTE_MS = 60_000;

/** The shared count of what accounts use. */
@Injectable()
export class QuotaStore {
  constructor(private readonly store: AuthStore) {}

  /**
   * Takes as many admissions as both quotas allow, in one atomic statement.
   *
   * @param wanted 0 only looks
   * @param now for tests; the database's clock otherwise
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
    const values = [accountId, wanted, isForced, now ?? null];
    const text = 'select * from take_quota($1, $2, $3, $4)';
    const [row] = await this.store.query<GrantRow>('take quota', text, values, accountId);
    if (!row || row.granted === null) return undefined;
    return {
      granted: row.granted,
      state: {
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
export const later = ({ minute, day }: QuotaState, passedMs: number): QuotaState => ({
  minute: { ...minute, resetsInMs: Math.max(0, minute.resetsInMs - passedMs) },
  day: { ...day, resetsInMs: Math.max(0, day.resetsInMs - passedMs) },
});
