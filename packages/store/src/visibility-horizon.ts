import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { databaseTime } from './database.js';
import { poolOf, prepared } from './pool.js';
import { NEVER_WRITES_LISTS } from './session-names.js';

const HORIZON = `
  with clock as materialized (select clock_timestamp() as now from pg_sleep(0.002))
  select date_trunc('milliseconds', least(now, (
    select min(xact_start) from pg_stat_activity
    where datname = current_database() and usename = current_user and pid <> pg_backend_pid() and xact_start < now
      and not application_name like any($1)
  ))) as horizon from clock`;
const PASSED_OVER = NEVER_WRITES_LISTS.map((ending) => `%${ending}`);

/**
 * The time before which nothing more will be written: rows that have an earlier `created_at` or `updated_at` and are not
 * visible to a statement after this one never will be.
 *
 * A row gets its times from the clock inside its transaction, and becomes visible when that is committed, so a reader may see
 * a later one first. Postgres knows which transactions of this role are open and since when; whatever they write is younger
 * than they are. The clock is read before they are looked up, so one that begins in between is younger than it. Sessions that write
 * no list are passed over ({@link NEVER_WRITES_LISTS}): nobody's list waits for a slow reader.
 *
 * The 2 ms make up for times that are stored in whole milliseconds: what was answered before this was called lies before the horizon.
 */
export async function visibilityHorizon(database: DataSource): Promise<Date> {
  const { rows } = await poolOf(database).query<{ horizon: Date }>(prepared(HORIZON, [PASSED_OVER]));
  return rows[0]!.horizon;
}

const SETTLED_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 5;

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
