import { setTimeout as delay } from 'node:timers/promises';
import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { QueryRunner } from 'typeorm';
import type { SearchFields } from './fields.js';
import { convertRows, type RowKey, unconvertedRows } from './search-conversion.js';
import { searchVector } from './vector.js';

/** So many rows are read and written at once. */
const BATCH = 1_000;

/**
 * Adds the column `search` to a table and an index over it and the account, for migrations of empty or small tables. The table is locked until all of its rows have been written, in the words of today.
 *
 * Rows up to 4,080 bytes are stored whole. By default it is half of that, and of every fifth candidate the vector would lie elsewhere:
 * three or four pages more to read whenever a search checks the row.
 *
 * The index has no list of pending entries: one would make a write cheaper, but every query would read it whole. The statistics
 * are kept of more words than usual: without them Postgres takes rare words for less rare than they are, and looks for them by
 * walking through the table in the order of the list.
 *
 * @param table with the primary key `account_id`, `id` and the columns of the fields; not a part of user input
 */
export async function addSearchColumnV1(queryRunner: QueryRunner, table: string, fields: SearchFields): Promise<void> {
  check(fields);
  await queryRunner.query(`alter table ${table} drop column if exists search`);
  await queryRunner.query(`alter table ${table} add column search tsvector`);
  await queryRunner.query(`alter table ${table} set (toast_tuple_target = 4080)`);
  await fillSearchColumn(queryRunner, table, fields);
  await queryRunner.query(
    `alter table ${table} alter column search set not null, alter column search set statistics 500`,
  );
  await queryRunner.query(
    `create index ${table}_search on ${table} using gin (account_id, search) with (fastupdate = off)`,
  );
}

/** Undoes {@link addSearchColumnV1}. */
export const dropSearchColumnV1 = (queryRunner: QueryRunner, table: string): Promise<void> =>
  queryRunner.query(`alter table ${table} drop column search`);

/**
 * For the migrations of every service with a `q`: the function that `planSearch` asks for how many rows Postgres expects, of an
 * account or of all, that match a query or any.
 */
export async function createSearchEstimateV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create function search_rows(relation regclass, account uuid, query tsquery) returns double precision
    language plpgsql volatile as $search$
    declare
      plan json;
    begin
      execute format('explain (format json) select from %s where true', relation)
        || case when account is not null then format(' and account_id = %L', account) else '' end
        || case when query is not null then format(' and search @@ %L', query) else '' end into plan;
      return plan -> 0 -> 'Plan' -> 'Plan Rows';
    end $search$`);
}

/** Undoes {@link createSearchEstimateV1}. */
export const dropSearchEstimateV1 = (queryRunner: QueryRunner): Promise<void> =>
  queryRunner.query('drop function search_rows(regclass, uuid, tsquery)');

async function fillSearchColumn(queryRunner: QueryRunner, table: string, fields: SearchFields): Promise<void> {
  const columns = fields.flatMap((field) => field.columns).join(', ');
  let behind: unknown[] = [];
  for (;;) {
    const rows = (await queryRunner.query(
      `select ctid, account_id, id, ${columns} from ${table}
       ${behind.length > 0 ? 'where (account_id, id) > ($1, $2)' : ''} order by account_id, id limit ${BATCH}`,
      behind,
    )) as Record<string, unknown>[];
    const last = rows.at(-1);
    if (!last) return;
    behind = [last['account_id'], last['id']];
    await queryRunner.query(
      `update ${table} set search = written.search
         from unnest($1::tid[], $2::tsvector[]) as written (place, search) where ${table}.ctid = written.place`,
      [rows.map((row) => row['ctid']), rows.map((row) => searchVector(fields, row))],
    );
  }
}

function check(fields: SearchFields): void {
  const codes = new Set(fields.map(({ code }) => code));
  const isSound = fields.every(({ field, code }) => /^[a-z_]+$/.test(field) && /^[A-UW-Z]$/.test(code));
  const firstLong = fields.findIndex(({ isLong }) => isLong);
  if (firstLong >= 0 && fields.slice(firstLong).some(({ isLong }) => !isLong)) {
    throw new Error('long search fields come behind the others');
  }
  if (!isSound || codes.size < fields.length) {
    throw new Error(
      'a search field needs a name in small letters and a code of one capital letter that no other has, but V',
    );
  }
}

/**
 * For the migration of a release that makes lexemes in another way, of a table that may be large and is in use: writes them into all rows
 * that have not got them, a batch at a time, and rests as long as each batch has taken. The index knows the rows that are left, those that
 * somebody holds and those that the release before writes afterwards; `LexemeUpkeep` converts these.
 *
 * @param mark what the lexemes of this release have in every row (`lexemes.ts`)
 */
export async function convertSearchV1(
  queryRunner: QueryRunner,
  table: string,
  fields: SearchFields,
  mark: string,
): Promise<void> {
  check(fields);
  const where = unconvertedRows(mark);
  await createIndexConcurrentlyV1(queryRunner, `${table}_unconverted`, `on ${table} (account_id, id) where ${where}`);
  const ask = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
    (await queryRunner.query(text, values)) as Row[];
  for (let last: RowKey | undefined; ;) {
    const startedAt = performance.now();
    last = await convertRows(ask, table, fields, last);
    if (!last) return;
    await delay(performance.now() - startedAt);
  }
}

/** Undoes {@link convertSearchV1}, but for the lexemes, which the release before finds its own among. */
export const unconvertSearchV1 = (queryRunner: QueryRunner, table: string): Promise<void> =>
  queryRunner.query(`drop index ${table}_unconverted`);
