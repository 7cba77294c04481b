import { MAX_RANKED_ROWS, type Position } from '@nexivo/contracts/pagination';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type FoundRows, type PageInput, relevanceOf, type Search, toFoundRows } from './found-rows.js';
import type { Queryable } from './pool.js';
import type { RowReading } from './raw-rows.js';

/**
 * A page of what a search finds, the best first. Of many matches the newest {@link MAX_RANKED_ROWS} are ranked, and the list ends with
 * them: to rank one takes about as long as to find it, and a word can have a million.
 *
 * They are chosen before they are ranked, and only then read: the rows that are sorted have nothing in them but their place and rank.
 */
export async function findRankedRows<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  reading: RowReading<unknown>,
  { after, offset, search }: { after: Position | undefined; offset: number; search: Search },
): Promise<FoundRows> {
  const { alias } = query;
  const { metadata } = query.expressionMap.mainAlias!;
  const [newest, values] = query
    .clone()
    .select(`${alias}.ctid`, 'place')
    .addSelect(`${alias}.id`, 'id')
    .addSelect(`${alias}.${search.column}`, 'lexemes')
    .orderBy(`${alias}.created_at`, 'DESC')
    .addOrderBy(`${alias}.id`, 'DESC')
    .limit(MAX_RANKED_ROWS)
    .getQueryAndParameters();
  const bind = (parameter: unknown): string => `$${values.push(parameter)}`;
  const behind = after ? `where (relevance, id) < (cast(${bind(after.value)} as real), ${bind(after.id)})` : '';
  const text = `with ranked as materialized (
      select place, id, ${relevanceOf('lexemes', bind(search.ranking))} as relevance from (${newest}) as newest
    ), page as (
      select * from ranked ${behind} order by relevance desc, id desc offset ${bind(offset)} limit ${bind(input.per_page + 1)}
    )
    select ${reading.columns.map((column) => `whole.${column}`).join(', ')}, page.relevance, counted.ranked
    from (select count(*)::integer as ranked from ranked) as counted
      left join (page join ${metadata.tablePath} whole on whole.ctid = page.place) on true
    order by page.relevance desc, page.id desc`;
  const { rows: raw } = await connection.query({ text, values, types: reading.types });
  const ranked = raw[0]!['ranked'] as number;
  const found = raw.filter((row) => row['id'] !== null);
  return {
    ...toFoundRows(found, input, reading, 'relevance'),
    total: undefined,
    ranked: ranked < MAX_RANKED_ROWS ? undefined : ranked,
  };
}
