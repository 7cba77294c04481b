import type { Miscount } from '@nexivo/contracts/counters';
import type { DataSource, QueryRunner } from 'typeorm';

/** What is counted: the rows of a table by one of its columns. */
export interface CountedTable {
  readonly table: string;
  /** A text column with few values, such as a status. */
  readonly column: string;
}

/** What of a list the counters know. */
export interface Counted {
  readonly accountId: string;
  /** The input's filter that the counters are kept by. */
  readonly filter: string;
  /** The values of it that are listed. */
  readonly values: readonly string[];
}

/** So many rows hold an account's count of one value, so that writers do not queue for one. */
const SHARDS = 16;

/**
 * The `list_counters` table and the triggers that keep it, for the migration of a service whose lists are long. Triggers,
 * because they count in the write's own transaction whoever writes: the service, a consumer of events, a bulk load.
 * A transaction takes its counters in the order of their keys, and those of its own connection, so writers do not
 * deadlock over them and seldom wait.
 */
export async function createListCounters(queryRunner: QueryRunner, { table, column }: CountedTable): Promise<void> {
  const shard = `pg_backend_pid() % ${SHARDS}`;
  const add = `on conflict (account_id, value, shard) do update set rows = kept.rows + excluded.rows`;
  const statements = [
    `create table list_counters (
       account_id uuid not null,
       value text not null,
       shard smallint not null,
       rows bigint not null,
       primary key (account_id, value, shard)
     ) with (fillfactor = 50)`,
    `create function count_inserted() returns trigger language plpgsql set search_path from current as $$ begin
       insert into list_counters as kept (account_id, value, shard, rows)
         select account_id, ${column}, ${shard}, count(*) from inserted group by 1, 2 order by 1, 2 ${add};
       return null;
     end $$`,
    `create function count_deleted() returns trigger language plpgsql set search_path from current as $$ begin
       insert into list_counters as kept (account_id, value, shard, rows)
         select account_id, ${column}, ${shard}, -count(*) from deleted group by 1, 2 order by 1, 2 ${add};
       return null;
     end $$`,
    `create function count_moved() returns trigger language plpgsql set search_path from current as $$ begin
       insert into list_counters as kept (account_id, value, shard, rows)
         select new.account_id, value, ${shard}, change
           from (values (old.${column}, -1), (new.${column}, 1)) as moved (value, change) order by value ${add};
       return null;
     end $$`,
    `create trigger count_inserted after insert on ${table}
       referencing new table as inserted for each statement execute function count_inserted()`,
    `create trigger count_deleted after delete on ${table}
       referencing old table as deleted for each statement execute function count_deleted()`,
    `create trigger count_moved after update of ${column} on ${table}
       for each row when (old.${column} is distinct from new.${column}) execute function count_moved()`,
    `insert into list_counters (account_id, value, shard, rows)
       select account_id, ${column}, 0, count(*) from ${table} group by 1, 2`,
  ];
  for (const statement of statements) await queryRunner.query(statement);
}

export async function dropListCounters(queryRunner: QueryRunner, { table }: CountedTable): Promise<void> {
  for (const name of ['count_inserted', 'count_deleted', 'count_moved']) {
    await queryRunner.query(`drop trigger ${name} on ${table}`);
    await queryRunner.query(`drop function ${name}`);
  }
  await queryRunner.query(`drop table list_counters`);
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
