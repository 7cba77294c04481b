import type { KeyKind } from './keys.js';
import type { FieldName } from './lexer.js';

/** The column of a table that holds what `q` finds a row by. */
export const SEARCH_COLUMN = 'search';

/** A field of the query language, and where its text is. */
export interface SearchField extends FieldName {
  /** One capital letter that marks the field in the index; no other field of the table may ever have had it. */
  readonly code: string;
  /** Of type `text`, read as one text in this order; or one of type `text[]`, see `isArray`. */
  readonly columns: readonly [string, ...string[]];
  /** What a match counts for in the order by relevance: A 1, B 0.4, C 0.2, D 0.1. */
  readonly weight: 'A' | 'B' | 'C' | 'D';
  /** The column is a list: no phrase spans two of its entries. */
  readonly isArray?: boolean;
  /** Its words are found behind its name alone: `us` is no country in "join us". */
  readonly isOnlyNamed?: boolean;
  /**
   * The columns are a given and a family name, which are searchable under these codes as well. In East Asia the family name comes first,
   * and without a blank.
   */
  readonly parts?: readonly [given: string, family: string];
  /** The field is one of these parts. */
  readonly isPart?: boolean;
  /** Each column is compared as a whole: see `keys.ts`. Without a field it is looked up only by what looks like one. */
  readonly key?: KeyKind;
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
 * Words of fields that only their name finds are stored with the code alone, and so are keys, which have no place.
 *
 * Only for phrases GIN is not enough: it finds the rows with all of their words, and Postgres looks at the places in each. Places
 * end at 16,383 in a row, and 256 of them are kept of one word, limits of the type `tsvector`: a phrase beyond them is not
 * found, its words are.
 */
export type SearchFields = readonly [SearchField, ...SearchField[]];
