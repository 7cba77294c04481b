import type { PageReply } from '@nexivo/bus/reply';
import { MAX_BEST_MATCHES } from '@nexivo/contracts/pagination';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { boundedReadsOf } from './bounded-reads.js';
import type { PageInput } from './found-rows.js';
import { narrowByTime, toPageOfSome } from './page.js';
import type { Queryable } from './pool.js';
import { type RawRow, rowReading } from './raw-rows.js';

/** So many of those that do not begin with the text are sorted: one more than are listed. */
const MAX_OTHERS = MAX_BEST_MATCHES + 1;

/** What is typed, and how rows fit. */
export interface Typed<Entity extends ObjectLiteral> {
  readonly text: string;
  /** What a row is called, as SQL over its table, folded: the table has an index over the account, this in the collation "C" and the id. */
  readonly label: string;
  readonly accountId: string;
  /** Narrows a list to the rows of the account that have all the words in any order. */
  readonly narrow: (query: SelectQueryBuilder<Entity>, connection: Queryable) => Promise<void>;
}

/**
 * A page of the rows that fit what somebody is typing: first those whose label begins with it, then others that have its words, each in the
 * order of the label. The list has {@link MAX_BEST_MATCHES} at most, and says so.
 *
 * The first ones are a range of an index, so that a single letter costs no more than a name. Others are looked for only where these
 * do not fill the page; of very many, some.
 *
 * @param query filtered, and not yet scoped to an account
 */
export function findBestMatches<Entity extends ObjectLiteral, Resource>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  toResource: (row: Entity) => Resource,
  typed: Typed<Entity>,
): Promise<PageReply<Resource>> {
  const reading = rowReading<Entity>(query.expressionMap.mainAlias!.metadata);
  return boundedReadsOf(query.connection).run(async (connection) => {
    await narrowByTime(query, input);
    const wanted = Math.min(input.page * input.per_page, MAX_BEST_MATCHES) + 1;
    const first = await findBeginning(connection, query, typed, wanted);
    const others =
      first.length < wanted ? await findOthers(connection, query, typed, first, wanted - first.length) : [];
    const found = [...first, ...others];
    const offset = (input.page - 1) * input.per_page;
    const end = Math.min(offset + input.per_page, MAX_BEST_MATCHES);
    const rows = found.slice(offset, end).map(reading.toRow).map(toResource);
    return toPageOfSome(rows, Math.min(found.length, MAX_BEST_MATCHES), input, found.length < wanted);
  });
}

async function findBeginning<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  { text, label, accountId }: Typed<Entity>,
  limit: number,
): Promise<RawRow[]> {
  const { columns } = rowReading<Entity>(query.expressionMap.mainAlias!.metadata);
  const value = `${label} collate "C"`;
  const [statement, values] = query
    .clone()
    .select(columns.map((column) => `${query.alias}.${column}`).join(', '))
    .addSelect(value, 'label')
    .andWhere(`${query.alias}.account_id = :accountId`, { accountId })
    .andWhere(`${value} >= folded(:typed) and ${value} <= folded(:typed) || :last`, { typed: text, last: '\u{10ffff}' })
    .orderBy('label')
    .addOrderBy(`${query.alias}.id`)
    .limit(limit)
    .getQueryAndParameters();
  return (await connection.query({ text: statement, values })).rows;
}

async function findOthers<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  { label, narrow }: Typed<Entity>,
  first: readonly RawRow[],
  limit: number,
): Promise<RawRow[]> {
  const { metadata } = query.expressionMap.mainAlias!;
  const { columns } = rowReading<Entity>(metadata);
  const matching = query
    .clone()
    .select(`${query.alias}.ctid`, 'place')
    .addSelect(`${query.alias}.id`, 'id')
    .addSelect(`${label} collate "C"`, 'label')
    .limit(MAX_OTHERS + first.length);
  await narrow(matching, connection);
  const [statement, values] = matching.getQueryAndParameters();
  const bind = (parameter: unknown): string => `$${values.push(parameter)}`;
  const text = `with matches as materialized (${statement}),
      page as (select * from matches where id <> all(${bind(first.map((row) => row['id']))}::uuid[])
               order by label, id limit ${bind(limit)})
    select ${columns.map((column) => `whole.${column}`).join(', ')}
    from page join ${metadata.tablePath} whole on whole.ctid = page.place order by page.label, page.id`;
  return (await connection.query({ text, values })).rows;
}
