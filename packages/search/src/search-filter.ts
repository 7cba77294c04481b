import { DomainError } from '@nexivo/bus/domain-error';
import type { Search } from '@nexivo/store/page-rows';
import { poolOf } from '@nexivo/store/pool';
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { SEARCH_COLUMN, type SearchFields } from './fields.js';
import { SearchError } from './search-error.js';
import { type Ask, planSearch, searchConditions } from './search-plan.js';
import { compileSearch } from './tsquery.js';

/**
 * Narrows a list to the rows of an account, and if there is a `q` to those that it finds.
 *
 * @param query on a table with the column that `addSearchColumnV1` adds
 * @returns nothing without a `q`
 * @throws DomainError `validation_failed` for the field `q`, with the `offset` in code points and a stable `code`
 */
export async function filterByAccountAndSearch<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  fields: SearchFields,
  accountId: string,
  q: string | undefined,
): Promise<Search | undefined> {
  const { alias, connection } = query;
  query.setParameter('accountId', accountId);
  if (q === undefined) {
    query.andWhere(`${alias}.account_id = :accountId`);
    return undefined;
  }
  try {
    const search = compileSearch(q, fields);
    const table = query.expressionMap.mainAlias!.metadata.tablePath;
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
    query.setParameter('search', search.tsquery);
    return {
      relevance: `ts_rank(${alias}.${SEARCH_COLUMN}, cast(:search as tsquery))`,
      findsAll: { isAccountChecked: plan.isAccountChecked },
    };
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { code, message, offset } = error;
    const fault = { field: 'q', code, message, offset };
    throw DomainError.invalid(fault);
  }
}

/** Past TypeORM, as the lists themselves are read. */
const askOf =
  (database: DataSource): Ask =>
  async <Row extends object>(text: string, values: unknown[]) =>
    (await poolOf(database).query<Row>({ text, values })).rows;
