import { DomainError } from '@nexivo/bus/domain-error';
import type { PageInput } from '@nexivo/store/found-rows';
import { isNarrowedOnlyBy, type ListSearch } from '@nexivo/store/page';
import type { Queryable } from '@nexivo/store/pool';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { SEARCH_COLUMN, type SearchFields } from './fields.js';
import type { ParseOptions } from './parser.js';
import { SearchError } from './search-error.js';
import { accountCondition, type Ask, planSearch, searchConditions } from './search-plan.js';
import { type CompiledSearch, compileSearch } from './tsquery.js';

/**
 * Narrows a list to the rows of an account, and makes of a `q` what narrows it to the rows that this finds, once it is the list's turn
 * to be read.
 *
 * @param query on a table with the column that `addSearchColumnV1` adds
 * @param input of the list. Where it has a filter beside `q`, the `q` may only exclude
 * @returns nothing without a `q`
 * @throws DomainError `validation_failed` for the field `q`, with the `offset` in code points and a stable `code`
 */
export function filterByAccountAndSearch<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  fields: SearchFields,
  accountId: string,
  input: PageInput & { q?: string | undefined },
): ListSearch | undefined {
  const { alias } = query;
  const { q } = input;
  query.setParameter('accountId', accountId);
  if (q === undefined) {
    query.andWhere(`${alias}.account_id = :accountId`);
    return undefined;
  }
  const search = compile(q, fields, { mayExclude: !isNarrowedOnlyBy(input, 'q') });
  query.andWhere(accountCondition(alias, ':accountId'));
  const table = query.expressionMap.mainAlias!.metadata.tablePath;
  return {
    narrow: async (connection) => {
      const plan = await planSearch(askOf(connection), table, search, accountId);
      let parameters = 0;
      const bind = (tsquery: string): string => {
        const name = `search_${parameters++}`;
        query.setParameter(name, tsquery);
        return `:${name}`;
      };
      for (const condition of searchConditions(search, plan, alias, ':accountId', ':isAccountChecked', bind)) {
        query.andWhere(condition, { isAccountChecked: false });
      }
      return {
        column: SEARCH_COLUMN,
        ranking: search.ranking,
        findsAll: { isAccountChecked: plan.isAccountChecked },
      };
    },
  };
}

/**
 * Narrows a list by a field whose values are compared whole, as `field:"value"` in a `q` would.
 *
 * @throws DomainError `validation_failed` where the value can be none
 */
export function filterByKey<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  fields: SearchFields,
  field: string,
  value: string | undefined,
): void {
  if (value === undefined) return;
  const { alias } = query;
  try {
    const { tsquery } = compileSearch(`${field}:"${value.replaceAll('"', ' ')}"`, fields);
    query.andWhere(`${alias}.${SEARCH_COLUMN} @@ cast(:${field} as tsquery)`, { [field]: tsquery });
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    throw DomainError.invalid({ field, code: error.code, message: error.message });
  }
}

function compile(q: string, fields: SearchFields, options: ParseOptions): CompiledSearch {
  try {
    return compileSearch(q, fields, options);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { code, message, offset } = error;
    const fault = { field: 'q', code, message, offset };
    throw DomainError.invalid(fault);
  }
}

/** Asks on a connection. */
export const askOf =
  (connection: Queryable): Ask =>
  async <Row extends object>(text: string, values: unknown[]) =>
    (await connection.query<Row>({ text, values })).rows;
