import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { FARTHEST_AHEAD } from './change-time.js';
import { databaseTime } from './database.js';
import { poolOf, prepared } from './pool.js';
import { NEVER_WRITES_LISTS } from './session-names.js';

const SETTLED_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 5;
/** At least two, by whatever timer. */
const PAUSE_MS = 3;

const TRANSACTION = `pid || ' ' || xact_start`;
/** @param newest SQL of the greatest time in the list, null if it has none */
const horizonBefore = (newest: string): string => `
  with clock as materialized (
    select clock_timestamp() as now, (${newest}) as newest
  ), open as materialized (
    select xact_start, ${TRANSACTION} as transaction from pg_stat_activity
    where datname = current_database() and usename = current_user and pid <> pg_backend_pid() and xact_start is not null
      and not application_name like any($1)
  )
  select date_trunc('milliseconds', least(now, (select min(xact_start) from open where xact_start < now))) as horizon,
    case when newest >= date_trunc('milliseconds', now) then newest + interval '1 ms' end as behind_newest,
    (select coalesce(array_agg(transaction), '{}') from open) as open
  from clock`;
const STILL_OPEN = `select from pg_stat_activity where ${TRANSACTION} = any($1) limit 1`;
const PASSED_OVER = NEVER_WRITES_LISTS.map((ending) => `%${ending}`);

interface HorizonRow {
  horizon: Date;
  behind_newest: Date | null;
  open: string[];
}

/** A list of which copies are kept. */
export interface SynchronizedList {
  /** Has an index over `(account_id, updated_at)`. */
  readonly table: string;
  readonly accountId: string;
}

/**
 * The time before which nothing more will be written: rows that have an earlier `created_at` or `updated_at` and are not
 * visible to a statement after this one never will be.
 *
 * A row gets its times from the clock inside its transaction, and becomes visible when that is committed, so a reader may see
 * a later one first. Postgres knows which transactions of this role are open and since when; whatever they write is younger
 * than they are. The clock is read before they are looked up, so one that begins in between is younger than it. Sessions that write
 * no list are passed over ({@link NEVER_WRITES_LISTS}): nobody's list waits for a slow reader.
 *
 * The pause makes up for times that are stored in whole milliseconds: what was answered before this was called lies before the horizon. It is
 * taken here, because the database's ends by its clock: an hour late if that is set back by one.
 *
 * A clock that was set back lies behind rows that are there. For a list of which copies are kept the horizon is then behind the newest of them:
 * each later change has a later time (`change-time.ts`). When the open transactions began such a clock cannot tell, so their end is waited for.
 */
export async function visibilityHorizon(database: DataSource, list?: SynchronizedList): Promise<Date> {
  const pool = poolOf(database);
  const newest = list
    ? `select max(updated_at) from ${list.table} where account_id = $2 and updated_at <= now() + ${FARTHEST_AHEAD}`
    : 'null::timestamptz';
  await sleep(PAUSE_MS);
  const statement = prepared(horizonBefore(newest), [PASSED_OVER, ...(list ? [list.accountId] : [])]);
  const { horizon, behind_newest, open } = (await pool.query<HorizonRow>(statement)).rows[0]!;
  if (behind_newest === null) return horizon;
  for (const deadline = performance.now() + SETTLED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    if (open.length === 0) return behind_newest;
    if ((await pool.query(prepared(STILL_OPEN, [open]))).rows.length === 0) return behind_newest;
    if (performance.now() > deadline) return horizon;
  }
}

/**
 * The database's time of the call, as soon as all is visible that will ever have been written until then, both included: what is
 * chosen by such times is a set to which nothing is added. If a transaction stays open for a second, it is the time just before
 * that one began.
 */
export async function settledTime(database: DataSource): Promise<Date> {
  const now = await databaseTime(database.manager);
  for (const deadline = performance.now() + SETTLED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const horizon = await visibilityHorizon(database);
    if (horizon > now) return now;
    if (performance.now() > deadline) return new Date(horizon.getTime() - 1);
  }
}
