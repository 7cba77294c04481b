import type { Cursor, Position } from '@nexivo/contracts/pagination';
import type { RawRow, RowReading } from './raw-rows.js';

/** The part of a list's input that every list has. */
export interface PageInput {
  page: number;
  per_page: number;
  sort: string;
  cursor?: Cursor | undefined;
  created_after?: string | undefined;
  created_before?: string | undefined;
  updated_after?: string | undefined;
  updated_before?: string | undefined;
}

/** What a search brings to its list. */
export interface Search {
  /** The column with the lexemes of a row. */
  readonly column: string;
  /** What the rows are ranked by, as the text of a `tsquery`. */
  readonly ranking: string;
  /**
   * Parameters for a statement that looks for all rows of the search, where no other filter narrows the list. Without them the list
   * is read in its order, or by the index of a filter.
   */
  readonly findsAll: Readonly<Record<string, unknown>>;
}

export interface FoundRows {
  rows: readonly RawRow[];
  /** Where the next page begins. */
  next: Position | null;
  /** Where it was asked for and there are rows. */
  total: number | 'capped' | undefined;
  /** How many of the newest were sorted by relevance, where there may be more. */
  ranked?: number | undefined;
}

/** @param key the column with the value that the list is sorted by */
export function toFoundRows(
  raw: readonly RawRow[],
  { per_page }: PageInput,
  reading: RowReading<unknown>,
  key: string,
): Omit<FoundRows, 'total'> {
  const next = raw.length > per_page ? raw[per_page - 1]! : undefined;
  return { rows: raw.slice(0, per_page), next: next ? positionOf(next, reading, key) : null };
}

/**
 * The place behind a row.
 *
 * @param key the column that the list is sorted by
 */
export const positionOf = (row: RawRow, reading: RowReading<unknown>, key: string): Position => ({
  value: reading.sortValue(row, key),
  id: row['id'] as string,
});

/** How well a row fits, as an SQL expression. */
export const relevanceOf = (column: string, tsquery: string): string =>
  `ts_rank(${column}, cast(${tsquery} as tsquery))`;
