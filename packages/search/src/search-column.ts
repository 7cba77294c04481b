import type { QueryRunner } from 'typeorm';
import type { SearchFields } from './fields.js';
import { searchVector } from './vector.js';

/** The column that {@link addSearchColumn} adds. */
export const SEARCH_COLUMN = 'search';

/**
 * Rows up to so many bytes are stored whole. By default it is half of that, and of every fifth candidate the vector would lie elsewhere:
 * three or four pages more to read whenever a search checks the row.
 */
const WHOLE_ROW_BYTES = 4_080;

/** So many rows are read and written at once. */
const BATCH = 1_000;

/**
 * Adds the column `search` to a table and an index over it and the account, for migrations; also anew, in a release that changes the
 * fields or how text becomes lexemes. The table is locked until all of its rows have been written.
 *
 * The index has no list of pending entries: one would make a write cheaper, but every query would read it whole. The statistics
 * are kept of more words than usual: without them Postgres takes rare words for less rare than they are, and looks for them by
 * walking through the table in the order of the list.
 *
 * @param table with the primary key `account_id`, `id` and the columns of the fields; not a part of user input
 */
export async function addSearchColumn(queryRunner: QueryRunner, table: string, fields: SearchFields): Promise<void> {
  check(fields);
  await queryRunner.query(`alter table ${table} drop column if exists ${SEARCH_COLUMN}`);
  await queryRunner.query(`alter table ${table} add column ${SEARCH_COLUMN} tsvector`);
  await queryRunner.query(`alter table ${table} set (toast_tuple_target = ${WHOLE_ROW_BYTES})`);
  await fillSearchColumn(queryRunner, table, fields);
  await queryRunner.query(
    `alter table ${table} alter column ${SEARCH_COLUMN} set not null, alter column ${SEARCH_COLUMN} set statistics 500`,
  );
  await queryRunner.query(
    `create index ${table}_search on ${table} using gin (account_id, ${SEARCH_COLUMN}) with (fastupdate = off)`,
  );
}

/** Undoes {@link addSearchColumn}. */
export const dropSearchColumn = (queryRunner: QueryRunner, table: string): Promise<void> =>
  queryRunner.query(`alter table ${table} drop column ${SEARCH_COLUMN}`);

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
      `update ${table} set ${SEARCH_COLUMN} = written.search
         from unnest($1::tid[], $2::tsvector[]) as written (place, search) where ${table}.ctid = written.place`,
      [rows.map((row) => row['ctid']), rows.map((row) => searchVector(fields, row))],
    );
  }
}

function check(fields: SearchFields): void {
  const codes = new Set(fields.map(({ code }) => code));
  const isSound = fields.every(({ field, code }) => /^[a-z]+$/.test(field) && /^[A-Z]$/.test(code));
  const firstLong = fields.findIndex(({ isLong }) => isLong);
  if (firstLong >= 0 && fields.slice(firstLong).some(({ isLong }) => !isLong)) {
    throw new Error('long search fields come behind the others');
  }
  if (!isSound || codes.size < fields.length) {
    throw new Error('a search field needs a name in small letters and a code of one capital letter that no other has');
  }
}
