import { BY_RELEVANCE, MAX_COUNTED_ROWS, type Position } from '@nexivo/contracts/pagination';
import { LRUCache } from 'lru-cache';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type FoundRows, type PageInput, relevanceOf, type Search, toFoundRows } from './found-rows.js';
import { type Counted, sumOfCounters } from './list-counters.js';
import type { Queryable } from './pool.js';
import { findRankedRows } from './ranked-rows.js';
import type { RawRow, RowReading } from './raw-rows.js';

export interface RowsOptions {
  after?: Position | undefined;
  offset?: number;
  search?: Search | undefined;
  /** What to read the total by, along with the rows. */
  counted?: Counted | undefined;
}

/** For how long a list with too many rows to count is taken to have too many still. */
const LONG_FOR_MS = 60_000;
/** Lists with more than {@link MAX_COUNTED_ROWS} rows, by statement and parameters. */
const longLists = new LRUCache<string, true>({ max: 2_000, ttl: LONG_FOR_MS });
/** Lists whose rows are being looked for right now. Whoever asks for the same list waits, and does not look as well. */
const lookedFor = new Map<string, Promise<unknown>>();

interface CountedRowsOptions {
  /** Of a list by relevance alone. */
  after?: Position | undefined;
  offset: number;
  search: Search | undefined;
  /** Whether nothing but the search narrows the list. */
  isSearchAlone: boolean;
}

/**
 * A page of a list whose total no counter knows.
 *
 * There are two ways to read it. One finds all rows, counts them, sorts them and takes the page. That is fast for a short list. The
 * other walks through the table in the order of the list until the page is full. That is fast for a long list. In a large account
 * the wrong way takes a thousand times as long, and only the number of rows tells which is which.
 *
 * So the rows are found first, up to {@link MAX_COUNTED_ROWS}. If there are more, the list is walked through, and for a minute it is
 * remembered as long.
 */
export async function findCountedRows<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  reading: RowReading<unknown>,
  options: CountedRowsOptions,
): Promise<FoundRows> {
  const { alias } = query;
  const { value } = orderOf(query, input, options);
  const [matches, values] = query
    .clone()
    .select(`${alias}.ctid`, 'row_ctid')
    .addSelect(value, 'value')
    .addSelect(`${alias}.id`, 'id')
    .setParameters(options.isSearchAlone ? (options.search?.findsAll ?? {}) : {})
    .limit(MAX_COUNTED_ROWS + 1)
    .getQueryAndParameters();
  // The horizon moves with every request, and the list is the same.
  const { horizon: _, ...parameters } = query.getParameters();
  const list = JSON.stringify([matches, parameters]);
  const looking = lookedFor.get(list);
  if (looking) await looking;
  if (!longLists.has(list)) {
    const finding = findAllUpToCap(connection, query, input, reading, options, matches, values);
    // Whether it fails is nothing to those who wait.
    lookedFor.set(list, Promise.allSettled([finding]));
    try {
      const found = await finding;
      if (found) return found;
      longLists.set(list, true);
    } finally {
      lookedFor.delete(list);
    }
  }
  return { ...(await findRows(connection, query.clone(), input, reading, options)), total: 'capped' };
}

/**
 * Finds all rows of a list, and takes the page from them.
 *
 * @param matches the statement that finds them, up to one more than are counted: of each its ctid, sort value and id
 * @param values the parameters of that statement
 * @returns nothing if there are more rows than are counted
 */
async function findAllUpToCap<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  reading: RowReading<unknown>,
  options: CountedRowsOptions,
  matches: string,
  values: unknown[],
): Promise<FoundRows | undefined> {
  const { direction } = orderOf(query, input, options);
  const { metadata } = query.expressionMap.mainAlias!;
  const order = `value ${direction}, id ${direction}`;
  const bind = (parameter: unknown): string => `$${values.push(parameter)}`;
  const { after, offset } = options;
  const behind = after ? `where (value, id) < (cast(${bind(after.value)} as real), ${bind(after.id)})` : '';
  const text = `with found as materialized (${matches}),
      page as (select * from found ${behind} order by ${order} offset ${bind(offset)} limit ${bind(input.per_page + 1)})
    select ${reading.columns.map((column) => `whole.${column}`).join(', ')}, page.value as list_value, counted.total as list_total
    from (select count(*)::integer as total from found) as counted
      left join (page join ${metadata.tablePath} whole on whole.ctid = page.row_ctid) on true
    order by page.value ${direction}, page.id ${direction}`;
  const { rows: raw } = await connection.query({ text, values, types: reading.types });
  const total = raw[0]!['list_total'] as number;
  if (total > MAX_COUNTED_ROWS) return undefined;
  // A page without rows is one row of nothing but the total.
  const onPage = raw.filter((row) => row['id'] !== null);
  return { ...toFoundRows(onPage, input, reading, 'list_value'), total };
}

/** What a list is sorted by: the key, its SQL, and which way. */
function orderOf<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  { sort }: PageInput,
  { search }: { search?: Search | undefined },
): { key: string; value: string; direction: 'ASC' | 'DESC' } {
  const key = sort.replace(/^-/, '');
  if (sort === BY_RELEVANCE && search) query.setParameter('list_ranking', search.ranking);
  const value =
    sort === BY_RELEVANCE && search
      ? relevanceOf(`${query.alias}.${search.column}`, ':list_ranking')
      : `${query.alias}.${key}`;
  return { key, value, direction: sort.startsWith('-') ? 'DESC' : 'ASC' };
}

/**
 * The rows of one page. One row more is read, to know whether another page follows.
 *
 * The statement is not prepared. Postgres would plan a prepared one for an account of average size, and then sort all rows of a
 * larger account for each page.
 */
export async function findRows<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  reading: RowReading<unknown>,
  { after, offset = 0, search, counted }: RowsOptions,
): Promise<FoundRows> {
  if (input.sort === BY_RELEVANCE && search)
    return findRankedRows(connection, query, input, reading, { after, offset, search });
  const { alias } = query;
  const { per_page } = input;
  const { key, value, direction } = orderOf(query, input, { search });
  query.select(reading.columns.map((column) => `${alias}.${column}`).join(', '));
  query.orderBy(value, direction);
  if (counted) {
    query.addSelect(sumOfCounters(':counted_account', ':counted_values'), 'counted_total');
    query.setParameters({ counted_account: counted.accountId, counted_values: counted.values });
  }
  query.addOrderBy(`${alias}.id`, direction).offset(offset);
  const raw: RawRow[] = [];
  for (const part of after ? partsBehind(query, key, direction, after) : [undefined]) {
    const missing = per_page + 1 - raw.length;
    if (missing === 0) break;
    const rest = query.clone().limit(missing);
    if (part) rest.andWhere(part);
    const [text, values] = rest.getQueryAndParameters();
    raw.push(...(await connection.query({ text, values, types: reading.types })).rows);
  }
  const total = raw[0]?.['counted_total'] as number | undefined;
  return { ...toFoundRows(raw, input, reading, key), total };
}

/**
 * Conditions for the rows behind a position, one after the other. Postgres puts nulls behind all values, and before them in a descending
 * order. Each part is a range of the list's index; both in one condition would be none.
 */
function partsBehind<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  key: string,
  direction: 'ASC' | 'DESC',
  { value, id }: Position,
): string[] {
  const [column, idColumn] = [`${query.alias}.${key}`, `${query.alias}.id`];
  const isNullable = query.expressionMap.mainAlias?.metadata.findColumnWithPropertyName(key)?.isNullable ?? false;
  query.setParameters({ after_value: value, after_id: id });
  const compare = direction === 'ASC' ? '>' : '<';
  const behind = `(${column}, ${idColumn}) ${compare} (:after_value, :after_id)`;
  const sameNull = `${column} is null and ${idColumn} ${compare} :after_id`;
  if (!isNullable) return [behind];
  if (direction === 'ASC') return value === null ? [sameNull] : [behind, `${column} is null`];
  return value === null ? [sameNull, `${column} is not null`] : [behind];
}
