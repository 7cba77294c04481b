import { PageReply } from '@nexivo/bus/reply';
import {
  BY_RELEVANCE,
  isContinued,
  MAX_COUNTED_ROWS,
  type PageMeta,
  type Position,
} from '@nexivo/contracts/pagination';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { boundedReadsOf } from './bounded-reads.js';
import { type Counted, sumOfCounters } from './list-counters.js';
import { type PageInput, positionOf, type Search } from './found-rows.js';
import { findCountedRows, findRows } from './page-rows.js';
import { poolOf, type Queryable } from './pool.js';
import type { RawRow, ReadingOf, RowReading } from './raw-rows.js';
import { syncedUntil } from './synced-until.js';
import { type SynchronizedList, visibilityHorizon } from './visibility-horizon.js';

/**
 * Narrows a list by the columns that its input names: the column has the value, or one of the values. A filter that was
 * not given narrows nothing.
 */
export function filterBy<Entity extends ObjectLiteral, Input extends object>(
  query: SelectQueryBuilder<Entity>,
  input: Input,
  columns: readonly (keyof Input & keyof Entity & string)[],
): void {
  for (const column of columns) {
    const given = input[column];
    if (given === undefined) continue;
    // One value of an index leaves its rows in the order of the index's next column, one of several does not.
    const wanted: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
    const parameter = Array.isArray(wanted) ? `any(:${column})` : `:${column}`;
    query.andWhere(`${query.alias}.${column} = ${parameter}`, { [column]: wanted });
  }
}

/**
 * Narrows a list by texts, compared without case and accents: the column has any of the values, or one of its entries is any of them. The
 * table has an index over `folded` and `folded_all` of its columns (`folded.table.ts`).
 */
export function filterByText<Entity extends ObjectLiteral, Name extends string>(
  query: SelectQueryBuilder<Entity>,
  input: { readonly [Filter in NoInfer<Name>]?: readonly string[] | undefined },
  columns: Readonly<Record<Name, { readonly column: keyof Entity & string; readonly isList?: boolean }>>,
): void {
  for (const name of Object.keys(columns) as Name[]) {
    const given: readonly string[] | string | undefined = input[name];
    if (given === undefined) continue;
    const wanted = valuesOf(given);
    const { column, isList = false } = columns[name];
    const own = `${query.alias}.${column}`;
    const any = `folded_all(cast(:${name} as text[]))`;
    if (isList) query.andWhere(`folded_all(${own}) && ${any}`, { [name]: wanted });
    // As with `filterBy`.
    else if (wanted.length === 1) query.andWhere(`folded(${own}) = folded(:${name})`, { [name]: wanted[0] });
    else query.andWhere(`folded(${own}) = any(${any})`, { [name]: wanted });
  }
}

/** A gateway of the release before sends one value as a text. */
export const valuesOf = (given: readonly string[] | string): readonly string[] =>
  typeof given === 'string' ? [given] : given;

const BOUNDS = [
  ['created_after', 'created_at', '>'],
  ['created_before', 'created_at', '<='],
  ['updated_after', 'updated_at', '>'],
  ['updated_before', 'updated_at', '<='],
] as const;

/** What narrows a list to the rows of a `q`. */
export interface ListSearch {
  /** Chooses how the rows are found, and adds the conditions to the list's query. */
  narrow(connection: Queryable): Promise<Search>;
}

interface ListOptions {
  /**
   * Lets the total be read where nothing but the counted column narrows the list. Lists that are counted are also those of which copies are
   * kept: their table has an index over `(account_id, updated_at)`, and their rows the times of `change-time.ts`.
   */
  readonly counted?: Counted | undefined;
  readonly search?: ListSearch | undefined;
}

/** Rows that a page by number may pass by and still take no longer than any other. */
const NEAR_ROWS = 1_000;

/**
 * Runs a list query: time bounds, sort (ties broken by id), and a page: by number with its total, or by cursor without.
 *
 * The total is exact where counters know it, or where it is at most {@link MAX_COUNTED_ROWS}; counting stops there.
 *
 * What is neither searched nor filtered is read in the order of an index, a page at a time. Everything else may take long, and has
 * its turn among {@link boundedReadsOf the reads that are bounded}.
 *
 * @param query already scoped to an account and filtered
 * @param readingOf how rows become what the API shows of them
 * @throws Busy, DomainError `service_timeout` of the reads that are bounded
 */
export async function findPage<Entity extends ObjectLiteral, Resource>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  readingOf: ReadingOf<Resource>,
  options: ListOptions = {},
): Promise<PageReply<Resource>> {
  const { metadata } = query.expressionMap.mainAlias!;
  const { counted } = options;
  if (counted && counted.table.table !== metadata.tableName)
    throw new Error(`the counters count ${counted.table.table}, not ${metadata.tableName}`);
  const isWhole = isNarrowedOnlyBy(input, counted?.table.column);
  const isQuick = isWhole && (input.cursor !== undefined || (counted && input.page * input.per_page <= NEAR_ROWS));
  const reading = readingOf(metadata);
  const read = (connection: Queryable) => readPage(connection, query, input, reading, options, isWhole);
  const { connection } = query;
  const { rows, meta } = await (isQuick ? read(poolOf(connection)) : boundedReadsOf(connection).run(read));
  return cuttable(rows, reading, meta, input);
}

/** A page that may be cut, since a cursor goes on behind any of its rows; but by relevance, which rows do not show. */
function cuttable<Resource>(
  rows: readonly RawRow[],
  reading: RowReading<Resource>,
  meta: PageMeta,
  { sort }: PageInput,
): PageReply<Resource> {
  const metaOfFirst = (count: number): PageMeta => ({
    ...meta,
    is_truncated: true,
    next: keepSync(positionOf(rows[count - 1]!, reading, sort.replace(/^-/, '')), meta),
  });
  return new PageReply(rows.map(reading.toRow), meta, sort === BY_RELEVANCE ? undefined : metaOfFirst);
}

/** @param isWhole whether nothing narrows the list but the counted column */
async function readPage<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  reading: RowReading<unknown>,
  { counted, search: toSearch }: ListOptions,
  isWhole: boolean,
): Promise<{ rows: readonly RawRow[]; meta: PageMeta }> {
  const search = await toSearch?.narrow(connection);
  const sync = await narrowByTime(
    query,
    input,
    counted && { table: counted.table.table, accountId: counted.accountId },
  );
  const { cursor, page, per_page } = input;
  const isSearchAlone = isNarrowedOnlyBy(input, counted?.table.column, 'q');
  if (cursor !== undefined) {
    const after = cursor === 'start' ? undefined : cursor;
    const { rows, next, ranked } =
      input.sort === BY_RELEVANCE
        ? await findCountedRows(connection, query, input, reading, { after, offset: 0, search, isSearchAlone })
        : await findRows(connection, query, input, reading, { after, search });
    return { rows, meta: { per_page, ...windowOf(ranked), ...sync, next: next && keepSync(next, sync) } };
  }
  const known = isWhole ? counted : undefined;
  const offset = (page - 1) * per_page;
  const { rows, next, total, ranked } = known
    ? await findRows(connection, query.clone(), input, reading, { offset, counted: known })
    : await findCountedRows(connection, query, input, reading, { offset, search, isSearchAlone });
  const seen = offset + rows.length + (next === null ? 0 : 1);
  const numbers = pageNumbers(await count(), input, seen);
  return { rows, meta: { ...numbers, ...windowOf(ranked), ...sync, next: next && keepSync(next, sync) } };

  async function count(): Promise<number | 'capped'> {
    // The end of the list in sight is a count.
    if (ranked === undefined && next === null && (rows.length > 0 || offset === 0)) return offset + rows.length;
    if (typeof total === 'number') return total;
    if (total === 'capped' && (rows.length > 0 || ranked !== undefined)) return total;
    return known ? countFromCounters(connection, known) : countUpToCap(connection, query);
  }
}

/** @param ranked how many rows were sorted by relevance, where these may not be all */
const windowOf = (ranked: number | undefined): Pick<PageMeta, 'rank_window_size'> =>
  ranked === undefined ? {} : { rank_window_size: ranked };

/** The envelope of one page of a list that is read by number only. */
export const toPage = <Item>(
  data: Item[],
  total: number,
  input: Pick<PageInput, 'page' | 'per_page'>,
): PageReply<Item> => new PageReply(data, pageNumbers(total, input));

/** A page of a list that has at least `total` rows, of which more may follow. */
export const toPageOfSome = <Item>(
  data: Item[],
  total: number,
  input: Pick<PageInput, 'page' | 'per_page'>,
  isExact: boolean,
): PageReply<Item> => new PageReply(data, { ...pageNumbers(total, input), total_is_exact: isExact });

/**
 * @param count `'capped'` for more rows than are counted
 * @param seen how many there are at least, by the page itself
 */
function pageNumbers(
  count: number | 'capped',
  { page, per_page }: Pick<PageInput, 'page' | 'per_page'>,
  seen = 0,
): PageMeta {
  const total = count === 'capped' ? Math.max(MAX_COUNTED_ROWS, seen) : count;
  return { page, per_page, total, total_pages: Math.ceil(total / per_page), total_is_exact: count !== 'capped' };
}

/** What the cursor behind a page keeps of its list's first one. */
const keepSync = (position: Position, { synced_until }: Pick<PageMeta, 'synced_until'>): Position =>
  synced_until === undefined ? position : { ...position, synced_until };

/**
 * Narrows by the bounds of the input. A list that someone goes on from, by a time or a cursor, ends before whatever is being
 * written at this moment: a row that is committed later has a later place in it, so that nobody passes it by. In ascending order of
 * that time it ends so with each page; in another order with what was written before its first page, for a row that changes later
 * may have its place on a page that was read.
 *
 * @param list of which the rows are, where its table has an index over `(account_id, updated_at)`
 * @returns a time after which all changes are that the list may miss, in whatever order it is read; nothing where a page by number is in an
 *   order that promises nothing, or its cursor is of such a list
 */
export async function narrowByTime<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  list?: SynchronizedList,
): Promise<Pick<PageMeta, 'synced_until'>> {
  const { cursor, sort } = input;
  const continued = (['created_at', 'updated_at'] as const).filter(
    (column) => sort === column || input[column === 'created_at' ? 'created_after' : 'updated_after'] !== undefined,
  );
  let synced = typeof cursor === 'object' ? cursor.synced_until : undefined;
  const isFirst = typeof cursor !== 'object';
  if (continued.length > 0 || (isFirst && (cursor === 'start' || isContinued(input)))) {
    const horizon = await visibilityHorizon(query.connection, list);
    if (isFirst) synced = await syncedUntil(query.connection, horizon, list);
    for (const column of continued) {
      const isFixed = synced !== undefined && sort !== column && sort !== 'updated_at';
      if (isFixed) query.andWhere(`${query.alias}.${column} <= :synced`, { synced });
      else query.andWhere(`${query.alias}.${column} < :horizon`, { horizon });
    }
  }
  for (const [parameter, column, operator] of BOUNDS) {
    if (input[parameter])
      query.andWhere(`${query.alias}.${column} ${operator} :${parameter}`, { [parameter]: input[parameter] });
  }
  return synced === undefined ? {} : { synced_until: synced };
}

/** For a page behind the end of the list. */
async function countFromCounters(connection: Queryable, { accountId, values }: Counted): Promise<number> {
  const statement = { text: `select ${sumOfCounters('$1', '$2')} as total`, values: [accountId, values] };
  return (await connection.query<{ total: number }>(statement)).rows[0]!.total;
}

async function countUpToCap<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
): Promise<number | 'capped'> {
  const [sql, parameters] = query
    .clone()
    .select('1')
    .limit(MAX_COUNTED_ROWS + 1)
    .getQueryAndParameters();
  const statement = { text: `select count(*)::int as count from (${sql}) as counted`, values: parameters };
  const { count } = (await connection.query<{ count: number }>(statement)).rows[0]!;
  return count > MAX_COUNTED_ROWS ? 'capped' : count;
}

/** What pages a list, and narrows it not. */
const PAGING = new Set(['page', 'per_page', 'sort', 'cursor']);

/** Whether nothing narrows a list but the filters of these names. */
export const isNarrowedOnlyBy = (input: PageInput, ...filters: (string | undefined)[]): boolean =>
  Object.entries(input).every(([name, value]) => value === undefined || filters.includes(name) || PAGING.has(name));
