import type { Miscount } from '@nexivo/contracts/counters';
import type { DataSource } from 'typeorm';

/** What is counted: the rows of a table by one of its columns. */
export interface CountedTable {
  readonly table: string;
  /** A text column with few values, such as a status. */
  readonly column: string;
}

/** What of a list the counters know. */
export interface Counted {
  readonly accountId: string;
  /** What is counted; the list's filter by that column is named as the column is. */
  readonly table: CountedTable;
  /** The values of it that are listed. */
  readonly values: readonly string[];
}

/**
 * How many rows of some values an account has, as an SQL expression.
 *
 * @param account and values are placeholders of an id and of an array
 */
export const sumOfCounters = (account: string, values: string): string =>
  `(select coalesce(sum(rows), 0)::float8 from list_counters where account_id = ${account} and value = any(${values}))`;

/** How many accounts a part of a check has at most, and after about how many rows it ends. */
const ACCOUNTS_CHECKED = 200;
const ROWS_CHECKED = 500_000;

const nextAccounts = (name: string, table: string): string => `
  ${name} as (
    (select account_id, 1 as number from ${table} where account_id > $1::uuid order by account_id limit 1)
    union all
    select next.account_id, number + 1 from ${name} cross join lateral (
      select account_id from ${table} where account_id > ${name}.account_id order by account_id limit 1
    ) next
    where number < ${ACCOUNTS_CHECKED})`;

/**
 * Compares the counters of the next accounts with a count, in one statement: both are of the same moment. What differs is added to a
 * counter, whatever is written meanwhile, and nobody waits. $1 the account to go on after, $2 whether to repair
 */
const check = ({ table, column }: CountedTable): string => `
  with recursive ${nextAccounts('of_rows', table)}, ${nextAccounts('of_counters', 'list_counters')}, accounts as (
    select account_id from of_rows union select account_id from of_counters order by account_id limit ${ACCOUNTS_CHECKED}
  ), sized as (
    select account_id, coalesce(sum(size) over (order by account_id rows between unbounded preceding and 1 preceding), 0) as before
    from accounts cross join lateral (
      select coalesce(sum(rows), 0) as size from list_counters where list_counters.account_id = accounts.account_id) kept
  ), part as materialized (
    select account_id from sized where before < ${ROWS_CHECKED}
  ), miscounts as materialized (
    select account_id, value, coalesce(counted, 0) as counted, coalesce(kept, 0) as kept
    from (
      select account_id, value, counted from part cross join lateral (
        select ${column} as value, count(*) as counted from ${table} where ${table}.account_id = part.account_id group by 1) each
    ) counts full join (
      select account_id, value, kept from part cross join lateral (
        select value, sum(rows) as kept from list_counters where list_counters.account_id = part.account_id group by 1) each
    ) counters using (account_id, value)
    where coalesce(counted, 0) <> coalesce(kept, 0)
  ), repaired as (
    insert into list_counters as kept (account_id, value, shard, rows)
    select account_id, value, 0, counted - kept from miscounts where $2 order by account_id, value
    on conflict (account_id, value, shard) do update set rows = kept.rows + excluded.rows
  )
  select last.account_id as last, miscounts.account_id, value, counted::float8, kept::float8
  from (select account_id from part order by account_id desc limit 1) last left join miscounts on true
  order by miscounts.account_id, value`;

const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Compares a part of the counters with a count.
 *
 * @param after the account that the part before ended with; the first part unless told
 * @param repair whether to set right what is wrong; it is told as it was
 * @returns what is wrong, and the account that the part ends with; none when there were no more
 */
export async function checkCounters(
  database: DataSource,
  counted: CountedTable,
  { after = FIRST, repair = false }: { after?: string | undefined; repair?: boolean } = {},
): Promise<{ miscounts: Miscount[]; next: string | null }> {
  const rows = await database.transaction(async (tx) => {
    // Two repairs at once would add the same twice.
    if (repair) await tx.query(`select pg_advisory_xact_lock(hashtextextended('repair of counters', 0))`);
    return tx.query<({ last: string } & { [Member in keyof Miscount]: Miscount[Member] | null })[]>(check(counted), [
      after,
      repair,
    ]);
  });
  const miscounts = rows.flatMap(({ last: _, ...row }) => (row.account_id === null ? [] : [row as Miscount]));
  return { miscounts, next: rows[0]?.last ?? null };
}
