import { DomainError } from '@nexivo/service/domain-error';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { SEARCH_COLUMN, type SearchFields } from './fields.js';
import { SearchError } from './search-error.js';
import { compileSearch } from './tsquery.js';

/**
 * Narrows a list to the rows that `q` finds. A `q` that was not given narrows nothing.
 *
 * @param query on a table with the column that `addSearchColumn` adds, already scoped to an account
 * @returns what to sort by for relevance, greatest first, as SQL; nothing without a `q`
 * @throws DomainError `validation_failed` for the field `q`, with the `offset` in code points and a stable `code`
 */
export function filterBySearch<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  fields: SearchFields,
  q: string | undefined,
): string | undefined {
  if (q === undefined) return undefined;
  const { sql, parameters } = compile(q, fields);
  const column = `${query.alias}.${SEARCH_COLUMN}`;
  query.andWhere(
    `${column} @@ ${sql}`,
    Object.fromEntries(parameters.map((text, index) => [parameterName(index), text])),
  );
  return `ts_rank(${column}, ${sql})`;
}

const parameterName = (index: number): string => `search_${index}`;

function compile(q: string, fields: SearchFields): ReturnType<typeof compileSearch> {
  try {
    return compileSearch(q, fields, (index) => `:${parameterName(index)}`);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { code, message, offset } = error;
    const fault = { field: 'q', code, message, offset };
    throw DomainError.invalid(fault);
  }
}
