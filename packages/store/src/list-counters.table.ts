import type { QueryRunner } from 'typeorm';
import type { CountedTable } from './list-counters.js';

/**
 * The `list_counters` table and the triggers that keep it, for the migration of a service whose lists are long. Triggers,
 * because they count in the write's own transaction whoever writes: the service, a consumer of events, a bulk load.
 * A transaction takes its counters in the order of their keys, and those of its own connection, so writers do not
 * deadlock over them and seldom wait: 16 rows hold an account's count of one value.
 */
export async function createListCountersV1(queryRunner: QueryRunner, { table, column }: CountedTable): Promise<void> {
  const shard = `pg_backend_pid() % 16`;
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

export async function dropListCountersV1(queryRunner: QueryRunner, { table }: CountedTable): Promise<void> {
  for (const name of ['count_inserted', 'count_deleted', 'count_moved']) {
    await queryRunner.query(`drop trigger ${name} on ${table}`);
    await queryRunner.query(`drop function ${name}`);
  }
  await queryRunner.query(`drop table list_counters`);
}
