import type { SearchFields } from './fields.js';
import { LEXEMES_MARK } from './lexemes.js';
import type { Ask } from './search-plan.js';
import { searchVector } from './vector.js';

/**
 * So many rows are read and written at once. A writer of one of them waits for a few hundredths of a second, and the longest texts that
 * there are take some tens of megabytes.
 */
const BATCH_ROWS = 100;

/** The primary key of a row. */
export interface RowKey {
  readonly account_id: string;
  readonly id: string;
}

/** Rows whose lexemes were made in another way, as the index over them says it. */
export const unconvertedRows = (mark: string): string => `not search @@ '${mark}'::tsquery`;

/**
 * Makes the lexemes of some rows anew, in the order of their keys. A row that somebody changes meanwhile is left as it is, and so is one that
 * another transaction holds: whoever waits for several rows may end in a deadlock. Nothing that people see changes.
 *
 * @param table with the columns `account_id`, `id`, `version` and those of the fields; not a part of user input
 * @param after the row behind which to go on
 * @returns the last row that was looked at; nothing when there was none
 */
export async function convertRows(
  ask: Ask,
  table: string,
  fields: SearchFields,
  after: RowKey | undefined,
): Promise<RowKey | undefined> {
  const columns = [...new Set(fields.flatMap((field) => field.columns))].join(', ');
  const rows = await ask<RowKey & { ctid: string; version: number }>(
    `select ctid, version, account_id, id, ${columns} from ${table} where ${unconvertedRows(LEXEMES_MARK)}
     ${after ? 'and (account_id, id) > ($1, $2)' : ''} order by account_id, id limit ${BATCH_ROWS}`,
    after ? [after.account_id, after.id] : [],
  );
  if (rows.length > 0) {
    await ask(
      `with held as (
         select made.place, made.search
           from unnest($1::tid[], $2::uuid[], $3::integer[], $4::tsvector[]) as made (place, id, version, search)
           join ${table} on ${table}.ctid = made.place and ${table}.id = made.id and ${table}.version = made.version
            for no key update of ${table} skip locked
       )
       update ${table} set search = held.search from held where ${table}.ctid = held.place`,
      [
        rows.map(({ ctid }) => ctid),
        rows.map(({ id }) => id),
        rows.map(({ version }) => version),
        rows.map((row) => searchVector(fields, row)),
      ],
    );
  }
  return rows.at(-1);
}
