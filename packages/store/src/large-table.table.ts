import { setTimeout as delay } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';

/**
 * For migrations of tables that may be large and are in use meanwhile. Such a migration says `transaction = false`, so that nothing is
 * locked for longer than one statement takes, and is broken off and run again without harm.
 */

/**
 * Creates an index while rows are written. One that an earlier run has begun and not finished is there, but invalid: it is made anew.
 *
 * @param definition what follows the name: `on candidates (account_id, city)`
 * @param unique whether the index is unique
 */
export async function createIndexConcurrentlyV1(
  queryRunner: QueryRunner,
  index: string,
  definition: string,
  { unique = false } = {},
): Promise<void> {
  // It waits for transactions that are under way, and nobody waits for it meanwhile.
  await queryRunner.query('set lock_timeout = 0');
  const unfinished = (await queryRunner.query(
    'select from pg_index where indexrelid = to_regclass($1) and not indisvalid',
    [index],
  )) as unknown[];
  if (unfinished.length > 0) await queryRunner.query(`drop index concurrently ${index}`);
  await queryRunner.query(`create ${unique ? 'unique ' : ''}index concurrently if not exists ${index} ${definition}`);
  await queryRunner.query('reset lock_timeout');
}

/** What a backfill does to which rows. */
export interface BackfillV1 {
  /** Under which the place that it has come to is kept, until it is done. */
  name: string;
  table: string;
  /** Columns of the primary key with their types, in its order. */
  key: Readonly<Record<string, string>>;
  /** What is written into a row: `city_key = lower(city)`. A run that is killed at its very end is repeated, so it must bear that. */
  set: string;
  /** Rows that need it; all unless told. Columns are those of the table. */
  where?: string;
  batchRows?: number;
}

/** The key of the last row that is done. */
interface Place {
  place: readonly string[];
}

/**
 * Writes something into all rows of a table, in the order of its primary key, so many at a time, and rests as long as each batch has taken.
 * A run that was broken off goes on where it was: the place is kept in the same statement as the rows.
 */
export async function backfillV1(
  queryRunner: QueryRunner,
  { name, table, key, set, where = 'true', batchRows = 1_000 }: BackfillV1,
): Promise<void> {
  await queryRunner.query(`
    create table if not exists migration_progress (name text primary key, place text[] not null, rows bigint not null)`);
  const columns = Object.keys(key);
  const list = columns.join(', ');
  const own = columns.map((column) => `${table}.${column}`).join(', ');
  const inBatch = columns.map((column) => `batch.${column}`).join(', ');
  const given = Object.values(key).map((type, index) => `$${index + 2}::${type}`);
  const statement = (isFirst: boolean): string => `
    with batch as materialized (
      select ${list} from ${table} ${isFirst ? '' : `where (${list}) > (${given.join(', ')})`}
      order by ${list} limit ${batchRows}
    ), changed as (
      update ${table} set ${set} from batch where (${own}) = (${inBatch}) and (${where})
    ), last as (
      select array[${columns.map((column) => `${column}::text`).join(', ')}] as place, (select count(*) from batch) as rows
      from batch order by ${columns.map((column) => `${column} desc`).join(', ')} limit 1
    )
    insert into migration_progress as kept (name, place, rows) select $1, place, rows from last
    on conflict (name) do update set place = excluded.place, rows = kept.rows + excluded.rows
    returning place`;
  let [last] = (await queryRunner.query('select place from migration_progress where name = $1', [name])) as Place[];
  for (;;) {
    const startedAt = performance.now();
    const place = last?.place ?? [];
    [last] = (await queryRunner.query(statement(place.length === 0), [name, ...place])) as Place[];
    if (last === undefined) break;
    await delay(performance.now() - startedAt);
  }
  await queryRunner.query('delete from migration_progress where name = $1', [name]);
}
