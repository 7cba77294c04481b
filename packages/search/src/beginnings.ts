import { DEFAULT_SORT } from '@nexivo/contracts/pagination';
import type { PageInput } from '@nexivo/store/found-rows';
import type { Queryable } from '@nexivo/store/pool';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { SEARCH_COLUMN, type SearchFields } from './fields.js';
import { normalize, withoutMarks } from './normalize.js';
import { MAX_PREFIXES } from './parser.js';
import { isSearchable } from './places.js';
import { askOf } from './search-filter.js';
import { accountCondition, planSearch } from './search-plan.js';
import { termQuery } from './tsquery.js';

/** Words that somebody is typing, all of which a field has the beginnings of. */
export interface Beginnings {
  /** What an index looks up. */
  readonly lookedUp: string;
  /** What is checked on the rows found: a single letter stands for a tenth of all rows. Nothing where all is looked up. */
  readonly checked: string | undefined;
}

/**
 * The words of a text as beginnings, in any order. Nothing in it is an operator, and what is no letter or digit counts for nothing. As many
 * are looked up as a `q` may have, the longest, which are the rarest.
 *
 * @param field the name of one of the fields
 * @returns nothing for a text without a word
 */
export function beginningsIn(text: string, fields: SearchFields, field: string): Beginnings | undefined {
  const words = [...new Set(text.split(/\s+/))].filter(isSearchable);
  const longer = words.filter((word) => !isLetter(word)).toSorted((a, b) => b.length - a.length);
  const lookedUp = (longer.length === 0 ? words : longer).slice(0, MAX_PREFIXES);
  const checked = words.filter((word) => !lookedUp.includes(word));
  const all = (some: readonly string[]): string =>
    some
      .map((word) => `(${termQuery({ type: 'term', field, kind: 'prefix', text: word, offset: 0 }, fields)})`)
      .join(' & ');
  if (words.length === 0) return undefined;
  return { lookedUp: all(lookedUp), checked: checked.length === 0 ? undefined : all(checked) };
}

const isLetter = (word: string): boolean => [...withoutMarks(normalize(word)).trim()].length === 1;

/** Narrows a list to the rows that have these beginnings; to none without any. */
export function filterByBeginnings<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  beginnings: Beginnings | undefined,
): void {
  if (!beginnings) {
    query.andWhere('false');
    return;
  }
  const column = `${query.alias}.${SEARCH_COLUMN}`;
  query.andWhere(`${column} @@ cast(:beginnings as tsquery)`, { beginnings: beginnings.lookedUp });
  if (beginnings.checked === undefined) return;
  query.andWhere(`(${column} @@ cast(:letters as tsquery)) is true`, { letters: beginnings.checked });
}

/** Whether a list by what somebody is typing shows the best first. */
export const isBestFirst = ({ sort, cursor, q }: PageInput & { q?: string | undefined }): boolean =>
  sort === DEFAULT_SORT && cursor === undefined && q === undefined;

/** Narrows a list to the rows of an account that have these beginnings, the account looked up or checked: see `SearchPlan`. */
export const byBeginningsOf =
  <Entity extends ObjectLiteral>(accountId: string, beginnings: Beginnings | undefined) =>
  async (query: SelectQueryBuilder<Entity>, connection: Queryable): Promise<void> => {
    const { alias } = query;
    const table = query.expressionMap.mainAlias!.metadata.tablePath;
    const { isAccountChecked } = await planSearch(askOf(connection), table, { onlyExcludes: false }, accountId);
    const account = isAccountChecked ? accountCondition(alias, ':accountId') : `${alias}.account_id = :accountId`;
    query.andWhere(account, { accountId });
    filterByBeginnings(query, beginnings);
  };
