import type { EntityManager } from 'typeorm';
import { prepared } from './pool.js';
import { queryIn } from './row-statements.js';

/**
 * SQL of a time that new rows and changes of a synchronized kind get: the clock's, and later than that of any row of the account that the
 * statement sees. So whoever goes on from the greatest time that was shown misses nothing when the database's clock has been set back.
 * It is not earlier than the transaction either, by whose begin the visibility horizon goes.
 *
 * A time more than a day ahead counts for nothing: one jump of a clock must not lead an account for years.
 *
 * @param table has an index over `(account_id, updated_at)`
 * @param account SQL of the account's id
 * @param clock SQL of the clock's time
 */
export const changeTimeSql = (table: string, account: string, clock = 'clock_timestamp()'): string =>
  `greatest(${clock}, now(), (
    select max(newest.updated_at) from ${table} newest
    where newest.account_id = ${account} and newest.updated_at <= now() + ${FARTHEST_AHEAD}) + interval '1 ms')`;

/**
 * The times of a row that is made now, for an insert whose first parameter is the account's id. Both are the time of the statement: the
 * clock's would be another one for each.
 */
export const createdNow = (table: string): { created_at: string; updated_at: string } => {
  const time = changeTimeSql(table, '$1', 'statement_timestamp()');
  return { created_at: time, updated_at: time };
};

/** How far a time may lie ahead of the clock and still be gone on from. */
export const FARTHEST_AHEAD = `interval '1 day'`;

/** The time of a row that is made now, to the millisecond, see {@link changeTimeSql}. */
export async function changeTime(tx: EntityManager, table: string, accountId: string): Promise<Date> {
  const text = `select ${changeTimeSql(table, '$1')}::timestamptz(3) as time`;
  const [row] = await queryIn(tx, prepared(text, [accountId]));
  return row!['time'] as Date;
}
