import type { DataSource } from 'typeorm';
import { poolOf, prepared } from './pool.js';
import type { SynchronizedList } from './visibility-horizon.js';

/**
 * The last time of which everything is visible: each change that a statement after this one does not see has a later `updated_at`.
 *
 * It is no later than the newest row, where there is one. Changes go on from that, also when the database's clock is set back.
 *
 * @param horizon see `visibilityHorizon`
 */
export async function syncedUntil(database: DataSource, horizon: Date, list?: SynchronizedList): Promise<string> {
  const last = new Date(horizon.getTime() - 1);
  return ((list && (await newestBefore(database, horizon, list))) ?? last).toISOString();
}

async function newestBefore(
  database: DataSource,
  horizon: Date,
  { table, accountId }: SynchronizedList,
): Promise<Date | null> {
  const newest = `select max(updated_at) as newest from ${table} where account_id = $1 and updated_at < $2`;
  const { rows } = await poolOf(database).query<{ newest: Date | null }>(prepared(newest, [accountId, horizon]));
  return rows[0]!.newest;
}
