import { PageReply } from '@nexivo/bus/reply';
import { BY_RELEVANCE, MAX_COUNTED_ROWS, type PageMeta } from '@nexivo/contracts/pagination';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type Counted, sumOfCounters } from './list-counters.js';
import { findCountedRows, findRows, type PageInput, positionOf, type Search } from './page-rows.js';
import { poolOf } from './pool.js';
import { visibilityHorizon } from './visibility-horizon.js';

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

const BOUNDS = [
  ['created_after', 'created_at', '>'],
  ['created_before', 'created_at', '<'],
  ['updated_after', 'updated_at', '>'],
  ['updated_before', 'updated_at', '<'],
] as const;

/**
 * Runs a list query: time bounds, sort (ties broken by id), and a page: by number with its total, or by cursor without.
 *
 * The total is exact where counters know it, or where it is at most {@link MAX_COUNTED_ROWS}; counting stops there.
 *
 * @param query already scoped to an account and filtered
 * @param toResource what the API shows of a row
 * @param options.counted lets the total be read where nothing but the counted column narrows the list
 * @param options.search what narrows the list to the rows of a `q`
 */
export async function findPage<Entity extends ObjectLiteral, Resource>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  toResource: (row: Entity) => Resource,
  { counted, search }: { counted?: Counted; search?: Search | undefined } = {},
): Promise<PageReply<Resource>> {
  const { tableName } = query.expressionMap.mainAlias!.metadata;
  if (counted && counted.table.table !== tableName)
    throw new Error(`the counters count ${counted.table.table}, not ${tableName}`);
  await narrowByTime(query, input);
  const { cursor, page, per_page } = input;
  const known = counted && isNarrowedOnlyBy(input, counted.table.column) ? counted : undefined;
  if (cursor !== undefined) {
    const after = cursor === 'start' ? undefined : cursor;
    const { rows, next } = await findRows(query, input, { after, search });
    return cuttable(rows, toResource, { per_page, next }, input);
  }
  const offset = (page - 1) * per_page;
  const { rows, next, total } = known
    ? await findRows(query.clone(), input, { offset, counted: known })
    : await findCountedRows(query, input, {
        offset,
        search,
        isSearchAlone: isNarrowedOnlyBy(input, counted?.table.column, 'q'),
      });
  return cuttable(rows, toResource, { ...pageNumbers(await count(), input), next }, input);

  async function count(): Promise<number | 'capped'> {
    // The end of the list in sight is a count.
    if (next === null && (rows.length > 0 || offset === 0)) return offset + rows.length;
    if (total !== undefined && rows.length > 0) return total;
    return known ? countFromCounters(query, known) : countUpToCap(query);
  }
}

/** A page that may be cut, since a cursor goes on behind any of its rows; but by relevance, which rows do not show. */
function cuttable<Entity extends ObjectLiteral, Resource>(
  rows: readonly Entity[],
  toResource: (row: Entity) => Resource,
  meta: PageMeta,
  { sort }: PageInput,
): PageReply<Resource> {
  const metaOfFirst = (count: number): PageMeta => ({
    ...meta,
    is_truncated: true,
    next: positionOf(rows[count - 1]!, sort.replace(/^-/, '')),
  });
  return new PageReply(rows.map(toResource), meta, sort === BY_RELEVANCE ? undefined : metaOfFirst);
}

/** The envelope of one page of a list that is read by number only. */
export const toPage = <Item>(
  data: Item[],
  total: number,
  input: Pick<PageInput, 'page' | 'per_page'>,
): PageReply<Item> => new PageReply(data, pageNumbers(total, input));

/** @param count `'capped'` for more rows than are counted */
function pageNumbers(count: number | 'capped', { page, per_page }: Pick<PageInput, 'page' | 'per_page'>): PageMeta {
  const total = count === 'capped' ? MAX_COUNTED_ROWS : count;
  return { page, per_page, total, total_pages: Math.ceil(total / per_page), total_is_exact: count !== 'capped' };
}

/**
 * Narrows by the bounds of the input. A list that someone goes on from, by a time or a cursor, ends before whatever is being
 * written at this moment: a row that is committed later has a later place in it, so that nobody passes it by.
 */
async function narrowByTime<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
): Promise<void> {
  const isContinued = (column: 'created_at' | 'updated_at', after: string | undefined): boolean =>
    after !== undefined || (input.cursor !== undefined && input.sort === column);
  const continued = [
    ...(isContinued('created_at', input.created_after) ? ['created_at'] : []),
    ...(isContinued('updated_at', input.updated_after) ? ['updated_at'] : []),
  ];
  if (continued.length > 0) {
    const horizon = await visibilityHorizon(query.connection);
    for (const column of continued) query.andWhere(`${query.alias}.${column} < :horizon`, { horizon });
  }
  for (const [parameter, column, operator] of BOUNDS) {
    if (input[parameter])
      query.andWhere(`${query.alias}.${column} ${operator} :${parameter}`, { [parameter]: input[parameter] });
  }
}

/** For a page behind the end of the list. */
async function countFromCounters<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  { accountId, values }: Counted,
): Promise<number> {
  const statement = { text: `select ${sumOfCounters('$1', '$2')} as total`, values: [accountId, values] };
  return (await poolOf(query.connection).query<{ total: number }>(statement)).rows[0]!.total;
}

async function countUpToCap<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
): Promise<number | 'capped'> {
  const [sql, parameters] = query
    .clone()
    .select('1')
    .limit(MAX_COUNTED_ROWS + 1)
    .getQueryAndParameters();
  const statement = { text: `select count(*)::int as count from (${sql}) as counted`, values: parameters };
  const { count } = (await poolOf(query.connection).query<{ count: number }>(statement)).rows[0]!;
  return count > MAX_COUNTED_ROWS ? 'capped' : count;
}

/** What pages a list, and narrows it not. */
const PAGING = new Set(['page', 'per_page', 'sort', 'cursor']);

const isNarrowedOnlyBy = (input: PageInput, ...filters: (string | undefined)[]): boolean =>
  Object.entries(input).every(([name, value]) => value === undefined || filters.includes(name) || PAGING.has(name));
