import { BY_RELEVANCE, type Cursor, MAX_COUNTED_ROWS, type Position } from '@nexivo/contracts/pagination';
import { LRUCache } from 'lru-cache';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type Counted, sumOfCounters } from './list-counters.js';
import { poolOf } from './pool.js';
import { type RawRow, rowReading } from './raw-rows.js';

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
  /** SQL of what the sort `-relevance` goes by. */
  readonly relevance: string;
  /**
   * The parameters with which all of its rows are found the fastest, if no other filter narrows the list. Without them it can be read in
   * its order, or by the index of a filter.
   */
  readonly findsAll: Readonly<Record<string, unknown>>;
}

export interface RowsOptions {
  after?: Position | undefined;
  offset?: number;
  search?: Search | undefined;
  /** What to read the total by, along with the rows. */
  counted?: Counted | undefined;
}

export interface FoundRows<Entity> {
  rows: Entity[];
  /** Where the next page begins. */
  next: Position | null;
  /** Where it was asked for and there are rows. */
  total: number | 'capped' | undefined;
}

/** How long a list that had more rows than are counted is taken for one that has. */
const LONG_FOR_MS = 60_000;
/** Lists that were too long to be counted, by their statements. */
const longLists = new LRUCache<string, true>({ max: 2_000, ttl: LONG_FOR_MS });
/** Lists of which nobody knows yet, by their statements: who asks for one meanwhile waits, and need not look for all of its rows. */
const lookedFor = new Map<string, Promise<unknown>>();

/**
 * A page of a list that no counter knows, and its total. Whether to look for all of its rows and sort them, or to walk through the
 * table in the order of the list until the page is full, depends on how many there are: a factor of a thousand in a large account,
 * for either. So they are looked for first, as far as they are counted, and the page is taken from them if those are all. If there are
 * more, the page is near when one walks, and nothing is looked for while that is remembered.
 */
export async function findCountedRows<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  options: { offset: number; search: Search | undefined; isSearchAlone: boolean },
): Promise<FoundRows<Entity>> {
  const { alias } = query;
  const { value } = orderOf(query, input, options);
  const [matches, values] = query
    .clone()
    .select(`${alias}.ctid`, 'place')
    .addSelect(value, 'value')
    .addSelect(`${alias}.id`, 'id')
    .setParameters(options.isSearchAlone ? (options.search?.findsAll ?? {}) : {})
    .limit(MAX_COUNTED_ROWS + 1)
    .getQueryAndParameters();
  // Where the list ends for the moment makes it no other one.
  const { horizon: _, ...parameters } = query.getParameters();
  const list = JSON.stringify([matches, parameters]);
  const looking = lookedFor.get(list);
  if (looking) await looking;
  if (!longLists.has(list)) {
    const finding = findAllUpToCap(query, input, options, matches, values);
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
  return { ...(await findRows(query.clone(), input, options)), total: 'capped' };
}

/**
 * @param matches the statement that finds a row's place, and what the list is sorted by, of all rows that are counted, and `values`
 * @returns nothing if there are more
 */
async function findAllUpToCap<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  options: { offset: number; search: Search | undefined },
  matches: string,
  values: unknown[],
): Promise<FoundRows<Entity> | undefined> {
  const { direction } = orderOf(query, input, options);
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
  if (total !== undefined && total > MAX_COUNTED_ROWS) return undefined;
  return { ...toFoundRows(raw, input, reading.toRow, 'list_value'), total };
}

/** What a list is sorted by: the key, its SQL, and which way. */
function orderOf<Entity extends ObjectLiteral>(
  { alias }: SelectQueryBuilder<Entity>,
  { sort }: PageInput,
  { search }: { search?: Search | undefined },
): { key: string; value: string; direction: 'ASC' | 'DESC' } {
  const key = sort.replace(/^-/, '');
  const value = sort === BY_RELEVANCE && search ? search.relevance : `${alias}.${key}`;
  return { key, value, direction: sort.startsWith('-') ? 'DESC' : 'ASC' };
}

/**
 * The rows of one page: one more is asked for than it has. The statement is not prepared. Of that, Postgres would soon make a plan for
 * an account of average size, and sort all rows of a larger one for each of its pages.
 */
export async function findRows<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  { after, offset = 0, search, counted }: RowsOptions,
): Promise<FoundRows<Entity>> {
  const { alias } = query;
  const { per_page } = input;
  const reading = rowReading<Entity>(query.expressionMap.mainAlias!.metadata);
  const { key, value, direction } = orderOf(query, input, { search });
  query.select(reading.columns.map((column) => `${alias}.${column}`).join(', '));
  if (value === search?.relevance) {
    query.addSelect(value, key).orderBy(key, direction);
    if (after) {
      const behind = `(${value}, ${alias}.id) < (cast(:after_value as real), :after_id)`;
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
  const { rows: raw } = await poolOf(query.connection).query({ text, values });
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
