import type { SearchField, SearchFields } from './fields.js';
import { beginningOf, normalize } from './normalize.js';
import { type Place, placesOf } from './places.js';

/** How much of a field is searchable, in units of UTF-16, before and after normalisation, which can make eighteen of one. */
const MAX_FIELD = 30_000;
/**
 * Greatest size of a row's vector as text, in bytes. As such it is larger than as a `tsvector`, of which Postgres refuses more than
 * 1 MiB. Tables with limits like those of candidates come near only with tens of thousands of ligatures.
 */
const MAX_VECTOR = 1_000_000;
/** How many places there are between two entries of a list or two fields, beside their own: no phrase spans them. */
const GAP = 3;

/**
 * What a row is indexed by, in the text form of a `tsvector`. Whoever writes a row with a search column writes this with it.
 * Places count through all fields.
 *
 * Lexemes need no quotes: they consist of letters, digits and `. _ + # @ -`.
 */
export function searchVector(fields: SearchFields, row: object): string {
  let vector = '';
  let at = 1;
  for (const field of fields) {
    let left = MAX_FIELD;
    for (const text of textsOf(field, row as Readonly<Record<string, unknown>>)) {
      const normalized = beginningOf(normalize(beginningOf(text, left)), left);
      for (const place of placesOf(normalized)) vector += entryOf(place, at++, field);
      left = Math.max(0, left - Math.max(text.length, normalized.length));
      at += GAP;
    }
  }
  return fitting(vector);
}

function textsOf({ columns, isArray }: SearchField, row: Readonly<Record<string, unknown>>): readonly string[] {
  const entries = row[columns[0]] as readonly string[];
  if (isArray) return entries.length > 0 ? entries : [''];
  return [columns.map((column) => (row[column] as string | null | undefined) ?? '').join(' ')];
}

function entryOf({ word, others, joined }: Place, at: number, field: SearchField): string {
  const behind = `:${at}${field.weight} `;
  let entry = word === '' ? '' : lexemeAt(word, behind, field);
  for (const other of others) entry += lexemeAt(other, behind, field);
  return joined === undefined ? entry : entry + lexemeAt(joined, behind, field);
}

/** With the code of the field in front, and in short fields without it once more. */
const lexemeAt = (lexeme: string, behind: string, { code, isLong }: SearchField): string =>
  isLong ? `${code}${lexeme}${behind}` : `${code}${lexeme}${behind}${lexeme}${behind}`;

/** As much of a vector as Postgres takes, from its beginning. */
function fitting(vector: string): string {
  let fit = vector;
  while (Buffer.byteLength(fit) > MAX_VECTOR) fit = fit.slice(0, fit.lastIndexOf(' ', fit.length * 0.9) + 1);
  return fit;
}

/** Keeps the search column of rows in step: for `derived` of the kind of row that has one. */
export function derivedSearch<Row extends object>(
  fields: SearchFields,
): (row: Row, changed: readonly (keyof Row)[]) => { search?: string } {
  const searched = new Set<unknown>(fields.flatMap(({ columns }) => columns));
  return (row, changed) =>
    changed.some((column) => searched.has(column)) ? { search: searchVector(fields, row) } : {};
}
