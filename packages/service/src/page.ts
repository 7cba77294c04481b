import type { Page } from '@nexivo/contracts/pagination';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** The part of a list's input that every list has. */
export interface PageInput {
  page: number;
  per_page: number;
  sort: string;
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
 * Runs a list query: time bounds, sort (ties broken by id), page and total.
 *
 * @param query already scoped to an account and filtered
 * @param toResource what the API shows of a row
 */
export async function findPage<Entity extends ObjectLiteral, Resource>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  toResource: (row: Entity) => Resource,
): Promise<Page<Resource>> {
  for (const [parameter, column, operator] of BOUNDS) {
    if (input[parameter])
      query.andWhere(`${query.alias}.${column} ${operator} :${parameter}`, { [parameter]: input[parameter] });
  }
  const direction = input.sort.startsWith('-') ? 'DESC' : 'ASC';
  const [rows, total] = await query
    .orderBy(`${query.alias}.${input.sort.replace(/^-/, '')}`, direction)
    .addOrderBy(`${query.alias}.id`, direction)
    .offset((input.page - 1) * input.per_page)
    .limit(input.per_page)
    .getManyAndCount();
  return toPage(rows.map(toResource), total, input);
}

/** The envelope of one page. */
export const toPage = <Item>(
  data: Item[],
  total: number,
  { page, per_page }: { page: number; per_page: number },
): Page<Item> => ({
  data,
  meta: { page, per_page, total, total_pages: Math.ceil(total / per_page), total_is_exact: true },
});
