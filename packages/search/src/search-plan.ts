import { LRUCache } from 'lru-cache';
import { SEARCH_COLUMN } from './fields.js';
import type { CompiledSearch } from './tsquery.js';

/**
 * Which conditions of a search are looked up in an index, and which are checked on the rows that are found so.
 *
 * Left alone, Postgres looks up every condition that an index knows. That is slow for two of them. An account with most of the
 * table has a million entries. A prefix has those of every word that begins with it. Where another term leaves only a few rows,
 * checking those few is faster.
 */
export interface SearchPlan {
  /** Whether the prefixes of the query are checked and not looked up. */
  readonly isCostlyChecked: boolean;
  /** Whether the account is checked and not looked up. A list that is read in its order ignores this: its index begins with the account. */
  readonly isAccountChecked: boolean;
}

/** Everything is looked up. */
export const WHOLE: SearchPlan = { isCostlyChecked: false, isAccountChecked: false };

/** Checking one row costs about as much as looking up so many in the index. */
const LOOKUPS_FOR_CHECK = 6;
/** An account with this share of a table's rows, or more, is checked. */
const MOST = 0.5;
/** Estimates that change slowly. Each is kept for a minute, and all together take a few megabytes at most. */
const estimates = new LRUCache<string, number, () => Promise<number>>({
  ttl: 60_000,
  maxSize: 2_000_000,
  sizeCalculation: (_, key) => key.length,
  fetchMethod: (_key, _stale, { context: estimate }) => estimate(),
});

/** Runs a statement on the service's database; one at a time. */
export type Ask = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>;

/**
 * Chooses the plan of a search. Postgres' own statistics say how many rows each condition leaves.
 *
 * @param table not a part of user input; the service's counters count it
 */
export async function planSearch(
  ask: Ask,
  table: string,
  { split, onlyExcludes }: Pick<CompiledSearch, 'split' | 'onlyExcludes'>,
  accountId: string,
): Promise<SearchPlan> {
  if (onlyExcludes) return WHOLE;
  const isAccountChecked = await hasMost(ask, table, accountId);
  if (!split) return { isCostlyChecked: false, isAccountChecked };
  const found = await expectedRows(ask, table, accountId, split.plain);
  const costly = await rememberedRows(ask, table, null, split.costly);
  return { isCostlyChecked: found * LOOKUPS_FOR_CHECK <= costly, isAccountChecked };
}

/** Whether an account has most of a table. Of nearly all the counters know that it has not, for much less than an estimate costs. */
async function hasMost(ask: Ask, table: string, accountId: string): Promise<boolean> {
  const most = MOST * (await rememberedRows(ask, table, null, null));
  const text = 'select coalesce(sum(rows), 0)::float8 as counted from list_counters where account_id = $1';
  const [{ counted }] = (await ask<{ counted: number }>(text, [accountId])) as [{ counted: number }];
  return counted >= most && (await rememberedRows(ask, table, accountId, null)) >= most;
}

/**
 * How many rows Postgres expects to match.
 *
 * @param accountId `null` for the rows of all accounts
 * @param tsquery `null` for all rows
 */
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
  const estimate = (): Promise<number> => expectedRows(...asked);
  try {
    return (await estimates.fetch(JSON.stringify(what), { context: estimate }))!;
  } catch {
    // Whoever asked first may have been given up meanwhile.
    return estimate();
  }
}

/** That a row is the account's, as SQL that no index answers: `(…) is true`. */
export const accountCondition = (alias: string, account: string): string =>
  `(${alias}.account_id = ${account}) is true`;

/**
 * The conditions of a row that is found, as SQL; they say nothing of its account that {@link accountCondition} does not.
 *
 * @param alias of the table in the statement
 * @param account the statement's name for the account's id
 * @param isAccountChecked the statement's name for whether the account is checked. It is a parameter because Postgres plans an
 * unnamed statement for the values that it is given
 * @param bind makes a parameter of a `tsquery`, and returns its name in the statement
 */
export function searchConditions(
  { tsquery, split, onlyExcludes }: CompiledSearch,
  { isCostlyChecked }: SearchPlan,
  alias: string,
  account: string,
  isAccountChecked: string,
  bind: (tsquery: string) => string,
): string[] {
  const matches = (part: string): string => `${alias}.${SEARCH_COLUMN} @@ cast(${bind(part)} as tsquery)`;
  // Of all that a word leaves out an index knows nothing but by reading all of itself.
  if (onlyExcludes) return [`${alias}.account_id = ${account}`, `(${matches(tsquery)}) is true`];
  return [
    `(${isAccountChecked} or ${alias}.account_id = ${account})`,
    ...(isCostlyChecked && split ? [matches(split.plain), `(${matches(split.costly)}) is true`] : [matches(tsquery)]),
  ];
}
