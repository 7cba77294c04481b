import {
  BY_RELEVANCE,
  type Cursor,
  MAX_COUNTED_ROWS,
  type Page,
  type PageMeta,
  type Position,
} from '@nexivo/contracts/pagination';
import { LRUCache } from 'lru-cache';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type Counted, sumOfCounters } from './list-counters.js';
import { poolOf, prepared } from './pool.js';
import { type RawRow, rowReading } from './raw-rows.js';
import { settledUntil } from './settled.js';

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
    const wanted = input[column];
    if (wanted === undefined) continue;
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
 * @param options.counted lets the total be read where nothing but `counted.filter` narrows the list
 * @param options.relevance SQL of what the sort `-relevance` goes by
 */
export async function findPage<Entity extends ObjectLiteral, Resource>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  toResource: (row: Entity) => Resource,
  { counted, relevance }: { counted?: Counted; relevance?: string | undefined } = {},
): Promise<Page<Resource>> {
  await narrowByTime(query, input);
  const { cursor, page, per_page } = input;
  const known = counted && isNarrowedOnlyBy(counted, input) ? counted : undefined;
  if (cursor !== undefined) {
    const after = cursor === 'start' ? undefined : cursor;
    const { rows, next } = await findRows(query, input, { after, relevance, isHot: known !== undefined });
    return { data: rows.map(toResource), meta: { per_page, next } };
  }
  const offset = (page - 1) * per_page;
  const { rows, next, total } = known
    ? await findRows(query.clone(), input, { offset, counted: known })
    : await findCountedRows(query, input, { offset, relevance });
  return { data: rows.map(toResource), meta: { ...pageNumbers(await count(), input), next } };

  async function count(): Promise<number | 'beyond'> {
    // The end of the list in sight is a count.
    if (next === null && (rows.length > 0 || offset === 0)) return offset + rows.length;
    if (total !== undefined && rows.length > 0) return total;
    return known ? countFromCounters(query, known) : countUpToCap(query);
  }
}

/** The envelope of one page of a list that is read by number only. */
export const toPage = <Item>(data: Item[], total: number, input: Pick<PageInput, 'page' | 'per_page'>): Page<Item> => ({
  data,
  meta: pageNumbers(total, input),
});

/** @param count `'beyond'` for more rows than are counted */
function pageNumbers(count: number | 'beyond', { page, per_page }: Pick<PageInput, 'page' | 'per_page'>): PageMeta {
  const total = count === 'beyond' ? MAX_COUNTED_ROWS : count;
  return { page, per_page, total, total_pages: Math.ceil(total / per_page), total_is_exact: count !== 'beyond' };
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
    const settled = await settledUntil(query.connection);
    for (const column of continued) query.andWhere(`${query.alias}.${column} < :settled`, { settled });
  }
  for (const [parameter, column, operator] of BOUNDS) {
    if (input[parameter])
      query.andWhere(`${query.alias}.${column} ${operator} :${parameter}`, { [parameter]: input[parameter] });
  }
}

interface RowsOptions {
  after?: Position | undefined;
  offset?: number;
  relevance?: string | undefined;
  /** Whether the statement is one of a few that are asked all the time. */
  isHot?: boolean;
  /** What to read the total by, along with the rows. */
  counted?: Counted | undefined;
}

interface FoundRows<Entity> {
  rows: Entity[];
  /** Where the next page begins. */
  next: Position | null;
  /** Where it was asked for and there are rows. */
  total: number | 'beyond' | undefined;
}

/** How long a list that had more rows than are counted is taken for one that has. */
const LONG_FOR_MS = 60_000;
/** Lists that were too long to be counted, by their statements. */
const longLists = new LRUCache<string, true>({ max: 2_000, ttl: LONG_FOR_MS });

/**
 * A page of a list that no counter knows, and its total. Whether to look for all of its rows and sort them, or to walk through the
 * table in the order of the list until the page is full, depends on how many there are: a factor of a thousand in a large account,
 * for either. So they are looked for first, as far as they are counted, and the page is taken from them if those are all. If there are
 * more, the page is near when one walks, and nothing is looked for while that is remembered.
 */
async function findCountedRows<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  options: { offset: number; relevance: string | undefined },
): Promise<FoundRows<Entity>> {
  const { alias } = query;
  const { value, direction } = orderOf(query, input, options);
  const [matches, values] = query
    .clone()
    .select(`${alias}.ctid`, 'place')
    .addSelect(value, 'value')
    .addSelect(`${alias}.id`, 'id')
    .limit(MAX_COUNTED_ROWS + 1)
    .getQueryAndParameters();
  const list = JSON.stringify([matches, values]);
  if (!longLists.has(list)) {
    const { metadata } = query.expressionMap.mainAlias!;
    const reading = rowReading<Entity>(metadata);
    const order = `value ${direction}, id ${direction}`;
    const bind = (parameter: number): string => `$${values.push(parameter)}`;
    const text = `with found as materialized (${matches}),
        page as (select * from found order by ${order} offset ${bind(options.offset)} limit ${bind(input.per_page + 1)})
      select ${reading.columns.map((column) => `whole.${column}`).join(', ')}, page.value as list_value,
        (select count(*)::integer from found) as list_total
      from page join ${metadata.tablePath} whole on whole.ctid = page.place order by page.value ${direction}, page.id ${direction}`;
    const { rows: raw } = await poolOf(query.connection).query({ text, values });
    const total = raw[0]?.['list_total'] as number | undefined;
    if (total === undefined || total <= MAX_COUNTED_ROWS) {
      return { ...toFoundRows(raw, input, reading.toRow, 'list_value'), total };
    }
    longLists.set(list, true);
  }
  return { ...(await findRows(query.clone(), input, options)), total: 'beyond' };
}

/** What a list is sorted by: the key, its SQL, and which way. */
function orderOf<Entity extends ObjectLiteral>(
  { alias }: SelectQueryBuilder<Entity>,
  { sort }: PageInput,
  { relevance }: { relevance?: string | undefined },
): { key: string; value: string; direction: 'ASC' | 'DESC' } {
  const key = sort.replace(/^-/, '');
  const value = sort === BY_RELEVANCE && relevance !== undefined ? relevance : `${alias}.${key}`;
  return { key, value, direction: sort.startsWith('-') ? 'DESC' : 'ASC' };
}

/** The page sizes whose statements are prepared: those that one gets without a wish, and with the greatest. */
const USUAL_SIZES = [25, 100];

/** The rows of one page: one more is asked for than it has. */
async function findRows<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  { after, offset = 0, relevance, counted, isHot = counted !== undefined }: RowsOptions,
): Promise<FoundRows<Entity>> {
  const { alias } = query;
  const { per_page } = input;
  const reading = rowReading<Entity>(query.expressionMap.mainAlias!.metadata);
  const { key, value, direction } = orderOf(query, input, { relevance });
  query.select(reading.columns.map((column) => `${alias}.${column}`).join(', '));
  if (value === relevance) {
    query.addSelect(relevance, key).orderBy(key, direction);
    if (after) {
      const behind = `(${relevance}, ${alias}.id) < (cast(:after_value as real), :after_id)`;
      query.andWhere(behind, { after_value: after.value, after_id: after.id });
    }
  } else {
    query.orderBy(value, direction);
    if (after) startAfter(query, key, direction, after);
  }
  if (counted) {
    query.addSelect(sumOfCounters(':counted_account', ':counted_values'), 'counted_total');
    query.setParameters({ counted_account: counted.accountId, counted_values: counted.values });
  }
  const [text, values] = query
    .addOrderBy(`${alias}.id`, direction)
    .offset(offset)
    .limit(per_page + 1)
    .getQueryAndParameters();
  const isPrepared = isHot && offset === 0 && USUAL_SIZES.includes(per_page);
  const { rows: raw } = await poolOf(query.connection).query(isPrepared ? prepared(text, values) : { text, values });
  const total = raw[0]?.['counted_total'] as number | undefined;
  return { ...toFoundRows(raw, input, reading.toRow, key), total };
}

/** @param key the column with the value that the list is sorted by */
function toFoundRows<Entity>(
  raw: readonly RawRow[],
  { per_page }: PageInput,
  toRow: (raw: RawRow) => Entity,
  key: string,
): Omit<FoundRows<Entity>, 'total'> {
  const next = raw.length > per_page ? raw[per_page - 1]! : undefined;
  return {
    rows: raw.slice(0, per_page).map(toRow),
    next: next ? { value: toValue(next[key]), id: next['id'] as string } : null,
  };
}

const toValue = (value: unknown): Position['value'] =>
  value instanceof Date ? value.toISOString() : (value as Position['value']);

/** Rows behind a position. Postgres puts nulls behind all values, and before them in a descending order. */
function startAfter<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  key: string,
  direction: 'ASC' | 'DESC',
  { value, id }: Position,
): void {
  const [column, idColumn] = [`${query.alias}.${key}`, `${query.alias}.id`];
  const isNullable = query.expressionMap.mainAlias?.metadata.findColumnWithPropertyName(key)?.isNullable ?? false;
  const parameters = { after_value: value, after_id: id };
  const compare = direction === 'ASC' ? '>' : '<';
  const sameNull = `${column} is null and ${idColumn} ${compare} :after_id`;
  const behind = `(${column}, ${idColumn}) ${compare} (:after_value, :after_id)`;
  if (!isNullable) query.andWhere(behind, parameters);
  else if (direction === 'ASC')
    query.andWhere(value === null ? sameNull : `(${behind} or ${column} is null)`, parameters);
  else query.andWhere(value === null ? `(${sameNull} or ${column} is not null)` : behind, parameters);
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
): Promise<number | 'beyond'> {
  const [sql, parameters] = query
    .clone()
    .select('1')
    .limit(MAX_COUNTED_ROWS + 1)
    .getQueryAndParameters();
  const statement = { text: `select count(*)::int as count from (${sql}) as counted`, values: parameters };
  const { count } = (await poolOf(query.connection).query<{ count: number }>(statement)).rows[0]!;
  return count > MAX_COUNTED_ROWS ? 'beyond' : count;
}

/** What pages a list, and narrows it not. */
const PAGING = new Set(['page', 'per_page', 'sort', 'cursor']);

const isNarrowedOnlyBy = ({ filter }: Counted, input: PageInput): boolean =>
  Object.entries(input).every(([name, value]) => value === undefined || name === filter || PAGING.has(name));
