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
  /** When, by the clock that quotas go by, in microseconds since 1970. */
  readonly takenAtUs: string;
  /** For how long from then they may be used: they are noted at the end of that time. 0 where they are noted at their moment. */
  readonly usableForMs: number;
  /** After those. */
  readonly state: QuotaState;
}

/** Whether a request may go on, and what to tell the client of its quotas. */
export interface Admission {
  readonly isAdmitted: boolean;
  /** As of the grant that it is of; of one that was given out while the store was away there is none. */
  readonly takenAtUs?: string;
  /** Whether a gateway has decided alone, because the store did not answer. */
  readonly isLocal?: boolean;
  readonly state: QuotaState;
}

/** Admissions that were granted and that nobody has used. */
export interface Unused {
  readonly accountId: string;
  /** Of the grant, as {@link Grant} has it. */
  readonly takenAtUs: string;
  readonly units: number;
}

interface GrantRow {
  account_id: string;
  granted: number;
  minute_limit: number;
  minute_used: number;
  minute_frees_in_us: string | null;
  day_limit: number;
  day_used: string;
  day_ends_in_us: string;
  now_us: string;
  usable_for_us: string;
  clock_ms: number;
}

const MINUTE_MS = 60_000;

/** How many admissions an account wants. */
export interface Wanted {
  readonly accountId: string;
  readonly units: number;
}

/** By the clock under the rows' locks, unless that is far from $4. */
const TAKE = `
  select quota.*, (extract(epoch from clock.now) * 1000)::float8 as clock_ms
  from (select clock_timestamp() as now) clock cross join lateral take_quotas_v1(
    $1, $2, $3, case when abs(extract(epoch from clock.now - $4::timestamptz)) > 2 then $4::timestamptz end, $5) quota`;
/** Accounts whose rows somebody holds wait in a line of their own, and leave connections to the others. */
const ONE_BY_ONE = 'take quota';

/** The shared count of what accounts use. */
@Injectable()
export class QuotaStore {
  private readonly time = new SteadyTime();

  constructor(private readonly store: AuthStore) {}

  /**
   * Takes as many admissions as both quotas allow, in one atomic statement.
   *
   * @param units 0 only looks
   * @param now for tests; otherwise the database's clock, unless it has been set within the last minute
   * @returns nothing for an account whose plan has no API access
   * @throws StoreAway
   * @throws Busy
   */
  async take(accountId: string, units: number, now?: Date): Promise<Grant | undefined> {
    const grants = await this.run([{ accountId, units }], { isForced: false, waits: true, now });
    return grants.get(accountId);
  }

  /**
   * The same for many accounts at once, which waits for none of them.
   *
   * @param wanted each account once
   * @returns by account; an account is missing if somebody else holds its row, or its plan has no API access: {@link take} knows
   * @throws StoreAway
   * @throws Busy
   */
  takeMany(wanted: readonly Wanted[], now?: Date): Promise<Map<string, Grant>> {
    return this.run(wanted, { isForced: false, waits: false, now });
  }

  /**
   * Writes down what was used while the store was away, whatever the limits say.
   *
   * @throws StoreAway
   * @throws Busy
   */
  async record(accountId: string, used: number): Promise<void> {
    await this.run([{ accountId, units: used }], { isForced: true, waits: true });
  }

  /**
   * Gives back admissions that nobody has used.
   *
   * @returns the accounts that are seen to; somebody else holds the rows of the others, and theirs stay used until they are given back again
   * @throws StoreAway
   * @throws Busy
   */
  async giveBack(unused: readonly Unused[]): Promise<Set<string>> {
    const rows = await this.store.query<{ account_id: string }>({
      name: 'return quotas',
      text: 'select return_quotas_v1($1, $2, $3) as account_id',
      values: [
        unused.map(({ accountId }) => accountId),
        unused.map(({ takenAtUs }) => takenAtUs),
        unused.map(({ units }) => units),
      ],
      waitsForNobody: true,
    });
    return new Set(rows.map(({ account_id }) => account_id));
  }

  private async run(
    wanted: readonly Wanted[],
    { isForced, waits, now }: { isForced: boolean; waits: boolean; now?: Date | undefined },
  ): Promise<Map<string, Grant>> {
    const expected = this.time.expected(performance.now());
    const time = now ?? (expected === undefined ? null : new Date(expected));
    const rows = await this.store.query<GrantRow>({
      name: 'take quotas',
      text: TAKE,
      values: [wanted.map(({ accountId }) => accountId), wanted.map(({ units }) => units), isForced, time, waits],
      ...(waits ? { line: ONE_BY_ONE } : { waitsForNobody: true }),
    });
    const [row] = rows;
    if (row) this.time.learn(row.clock_ms, performance.now());
    return new Map(rows.map((each) => [each.account_id, toGrant(each)]));
  }
}

const toGrant = (row: GrantRow): Grant => ({
  granted: row.granted,
  takenAtUs: row.now_us,
  usableForMs: Number(row.usable_for_us) / 1_000,
  state: {
    atMs: Number(row.now_us) / 1_000,
    minute: {
      limit: row.minute_limit,
      used: row.minute_used,
      resetsInMs: row.minute_frees_in_us === null ? MINUTE_MS : Number(row.minute_frees_in_us) / 1_000,
    },
    day: { limit: row.day_limit, used: Number(row.day_used), resetsInMs: Number(row.day_ends_in_us) / 1_000 },
  },
});

/** How long every quota that is used up stays so; 0 if none is. */
export const exhaustedForMs = ({ minute, day }: QuotaState): number =>
  Math.max(...[minute, day].map(({ limit, used, resetsInMs }) => (used >= limit ? resetsInMs : 0)));

/** The same state some time later, with nothing used since. */
export const later = ({ atMs, minute, day }: QuotaState, passedMs: number): QuotaState => ({
  atMs: atMs + passedMs,
  minute: { ...minute, resetsInMs: Math.max(0, minute.resetsInMs - passedMs) },
  day: { ...day, resetsInMs: Math.max(0, day.resetsInMs - passedMs) },
});
