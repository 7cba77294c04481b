import { LRUCache } from 'lru-cache';
import type { QueryRunner } from 'typeorm';
import { SEARCH_COLUMN } from './search-column.js';
import type { CompiledSearch } from './tsquery.js';

/**
 * How the rows of an account that a query finds are looked up. Left alone, Postgres looks up all that an index can tell: the account, and
 * every term of the query. Of an account with most of the table those are a million entries, and of the beginning of a word all rows with
 * any of its words, although a name among the terms leaves only a few. So what leaves few is looked up, and the rest is checked on them.
 */
export interface SearchPlan {
  /** Whether the costly part of the query is checked and not looked up. */
  readonly isCostlyChecked: boolean;
  /** Whether the account is. Not for reading a list in its order: the indexes for that begin with the account. */
  readonly isAccountChecked: boolean;
}

/** Everything is looked up. */
export const WHOLE: SearchPlan = { isCostlyChecked: false, isAccountChecked: false };

/** To check one row costs about as much as to look up so many in the index. */
const LOOKUPS_FOR_CHECK = 6;
/** The share of a table's rows from which on an account is not worth looking up. */
const MOST = 0.5;
/** Estimates that change slowly, of an account or of all: for a minute, and no more than a few megabytes of them. */
const estimates = new LRUCache<string, number>({
  ttl: 60_000,
  maxSize: 2_000_000,
  sizeCalculation: (_, key) => key.length,
});

/** Runs a statement on the service's database. */
export type Ask = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>;

/**
 * Chooses by what Postgres' statistics say of how many rows there are.
 *
 * @param table not a part of user input
 */
export async function planSearch(
  ask: Ask,
  table: string,
  { split }: CompiledSearch,
  accountId: string,
): Promise<SearchPlan> {
  const [ofAccount, ofAll] = await Promise.all([
    rememberedRows(ask, table, accountId, null),
    rememberedRows(ask, table, null, null),
  ]);
  const isAccountChecked = ofAccount >= MOST * ofAll;
  if (!split) return { isCostlyChecked: false, isAccountChecked };
  const [found, costly] = await Promise.all([
    expectedRows(ask, table, accountId, split.plain),
    rememberedRows(ask, table, null, split.costly),
  ]);
  return { isCostlyChecked: found * LOOKUPS_FOR_CHECK <= costly, isAccountChecked };
}

/** How many rows Postgres expects, of an account or of all, that match a `tsquery` or any. */
async function expectedRows(
  ask: Ask,
  table: string,
  accountId: string | null,
  tsquery: string | null,
): Promise<number> {
  const text = 'select search_rows($1, $2, $3) as expected';
  return (await ask<{ expected: number }>(text, [table, accountId, tsquery]))[0]!.expected;
}

async function rememberedRows(...asked: Parameters<typeof expectedRows>): Promise<number> {
  const [, ...what] = asked;
  const key = JSON.stringify(what);
  let expected = estimates.get(key);
  if (expected === undefined) estimates.set(key, (expected = await expectedRows(...asked)));
  return expected;
}

/**
 * The conditions of a row that is found, as SQL.
 *
 * @param bind makes a parameter of a query, and returns how the statement names it
 * @param alias of the table in the statement
 * @param account how the statement names the account's id
 * @param isAccountChecked how it names whether the account is checked: Postgres plans for the value that a statement without a name is
 * given
 */
export function searchConditions(
  { tsquery, split }: CompiledSearch,
  { isCostlyChecked }: SearchPlan,
  alias: string,
  account: string,
  isAccountChecked: string,
  bind: (tsquery: string) => string,
): string[] {
  const matches = (part: string): string => `${alias}.${SEARCH_COLUMN} @@ cast(${bind(part)} as tsquery)`;
  const owned = `${alias}.account_id = ${account}`;
  // An index can tell whether a comparison holds, and not whether it is true that it does.
  const checked = (condition: string): string => `(${condition}) is true`;
  return [
    checked(owned),
    `(${isAccountChecked} or ${owned})`,
    ...(isCostlyChecked && split ? [matches(split.plain), checked(matches(split.costly))] : [matches(tsquery)]),
  ];
}

/**
 * For the migrations of every service with a `q`: the function that {@link planSearch} asks for how many rows Postgres expects, of an
 * account or of all, that match a query or any.
 */
export async function createSearchEstimate(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create function search_rows(relation regclass, account uuid, query tsquery) returns double precision
    language plpgsql volatile as $search$
    declare
      plan json;
    begin
      execute format('explain (format json) select from %s where true', relation)
        || case when account is not null then format(' and account_id = %L', account) else '' end
        || case when query is not null then format(' and ${SEARCH_COLUMN} @@ %L', query) else '' end into plan;
      return plan -> 0 -> 'Plan' -> 'Plan Rows';
    end $search$`);
}

/** Undoes {@link createSearchEstimate}. */
export const dropSearchEstimate = (queryRunner: QueryRunner): Promise<void> =>
  queryRunner.query('drop function search_rows(regclass, uuid, tsquery)');
