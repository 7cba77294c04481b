import type { QueryRunner } from 'typeorm';

/** A field of the query language, and where its text is. */
export interface SearchField {
  /** What precedes the colon in a query. */
  readonly field: string;
  /** One capital letter that marks the field in the index; no other field of the table may ever have had it. */
  readonly code: string;
  /** Of type `text`, read as one text in this order; or one of type `text[]`, see `isArray`. */
  readonly columns: readonly [string, ...string[]];
  /** What a match counts for in the order by relevance: A 1, B 0.4, C 0.2, D 0.1. */
  readonly weight: 'A' | 'B' | 'C' | 'D';
  /** The column is a list: no phrase spans two of its entries. */
  readonly isArray?: boolean;
  /** The text may have thousands of characters. Long fields come last: of a row with too much text the end is not found. */
  readonly isLong?: boolean;
}

/**
 * The searchable fields of a table; several services have one. How a row is indexed follows from them:
 *
 * There is one `tsvector` a row, and every form of query is answered by one GIN index over it and the account alone. Each word of a
 * field is in it as `<code>word`. That makes a query on a field a lookup as any other: weights could tell only four fields apart, and
 * GIN would have to fetch every row that has the word anywhere to see its weight. Words of short fields are in it once more without
 * the code, with places that count through all of them. Words of a long field are not, because most of the text of a row is there
 * and would be stored twice. A word without a field is therefore looked up as `word` and in each long field, two lookups and not one
 * per field, which keeps the planner's estimates of how rare a word is near the truth.
 *
 * Only for phrases GIN is not enough: it finds the rows with all of their words, and Postgres looks at the places in each. Places
 * end at 16,383 in a row, and 256 of them are kept of one word, limits of the type `tsvector`: a phrase beyond them is not
 * found, its words are.
 */
export type SearchFields = readonly [SearchField, ...SearchField[]];

/** The column that {@link addSearchColumn} adds. */
export const SEARCH_COLUMN = 'search';

/** The names of the fields, in the order in which they are listed to people. */
export const fieldNames = (fields: SearchFields): string[] => fields.map(({ field }) => field);

/**
 * Adds the generated column `search` to a table and an index over it and the account, for migrations. {@link createSearch} must
 * have made its functions. The table is rewritten and locked meanwhile.
 *
 * The index has no list of pending entries: one would make a write cheaper, but every query would read it whole. The statistics
 * are kept of more words than usual: without them Postgres takes rare words for less rare than they are, and looks for them by
 * walking through the table in the order of the list.
 *
 * @param table with the columns `account_id` and those of the fields; not a part of user input
 */
export async function addSearchColumn(queryRunner: QueryRunner, table: string, fields: SearchFields): Promise<void> {
  await queryRunner.query(
    `alter table ${table} add column ${SEARCH_COLUMN} tsvector generated always as (${searchVector(fields)}) stored`,
  );
  await queryRunner.query(`alter table ${table} alter column ${SEARCH_COLUMN} set statistics 1000`);
  await queryRunner.query(
    `create index ${table}_search on ${table} using gin (account_id, ${SEARCH_COLUMN}) with (fastupdate = off)`,
  );
}

/** Undoes {@link addSearchColumn}. */
export const dropSearchColumn = (queryRunner: QueryRunner, table: string): Promise<void> =>
  queryRunner.query(`alter table ${table} drop column ${SEARCH_COLUMN}`);

/** What a row is indexed by, as an SQL expression over its columns. */
export function searchVector(fields: SearchFields): string {
  check(fields);
  const specs = fields.map(({ code, weight, isLong }) => `'${code}${weight}${isLong ? '*' : ''}'`);
  return `search_vector(array[${specs.join(', ')}], array[${fields.map(textOf).join(', ')}])`;
}

// Columns may have collations that differ, of which an array can have but one.
function textOf({ columns, isArray }: SearchField): string {
  if (isArray) return `search_list(${columns[0]}) collate "C"`;
  if (columns.length === 1) return `${columns[0]} collate "C"`;
  return columns.map((column) => `coalesce(${column}, '') collate "C"`).join(` || ' ' || `);
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
