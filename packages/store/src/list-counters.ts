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

/** Compares all counters with a count, in one statement, so that nothing is written in between. */
export const findMiscounts = (database: DataSource, { table, column }: CountedTable): Promise<Miscount[]> =>
  database.query<Miscount[]>(
    `select account_id, value, coalesce(counted, 0)::float8 as counted, coalesce(kept, 0)::float8 as kept
     from (select account_id, ${column} as value, count(*) as counted from ${table} group by 1, 2) as counts
     full join (select account_id, value, sum(rows) as kept from list_counters group by 1, 2) as counters
       using (account_id, value)
     where coalesce(counted, 0) <> coalesce(kept, 0)
     order by account_id, value`,
  );

/** Counts anew, while nothing is written to the table. */
export const recount = (database: DataSource, { table, column }: CountedTable): Promise<void> =>
  database.transaction(async (tx) => {
    await tx.query(`lock table ${table} in share row exclusive mode`);
    await tx.query(`delete from list_counters`);
    await tx.query(
      `insert into list_counters (account_id, value, shard, rows)
         select account_id, ${column}, 0, count(*) from ${table} group by 1, 2`,
    );
  });
