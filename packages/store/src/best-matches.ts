import type { PageReply } from '@nexivo/bus/reply';
import { MAX_BEST_MATCHES } from '@nexivo/contracts/pagination';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { boundedReadsOf } from './bounded-reads.js';
import type { PageInput } from './found-rows.js';
import { narrowByTime, toPageOfSome } from './page.js';
import type { Queryable } from './pool.js';
import type { RawRow, ReadingOf, RowReading } from './raw-rows.js';

/** So many of those that do not begin with the text are sorted: one more than are listed. */
const MAX_OTHERS = MAX_BEST_MATCHES + 1;

/** What is typed, and how rows fit. */
export interface Typed<Entity extends ObjectLiteral> {
  readonly text: string;
  /**
   * What a row may be called, as SQL over its table, folded: for each the table has an index over the account, this in the collation "C" and
   * the id. Those that have the words in another order are sorted by the first.
   */
  readonly labels: readonly [string, ...string[]];
  readonly accountId: string;
  /** Narrows a list to the rows of the account that have all the words in any order. */
  readonly narrow: (query: SelectQueryBuilder<Entity>, connection: Queryable) => Promise<void>;
}

/**
 * A page of the rows that fit what somebody is typing: first those whose first label begins with it, then those of the next one, then others
 * that have its words, each in the order of the label. The list has {@link MAX_BEST_MATCHES} at most, and says so. Of two words the other
 * order is tried in the same way: `s smith` is then a range, too, where all Smiths would be looked through.
 *
 * Those that begin with it are a range of an index for each label, so that a single letter costs no more than a name. Others are looked for only
 * where these do not fill the page; of very many, some.
 *
 * @param query filtered, and not yet scoped to an account
 */
export function findBestMatches<Entity extends ObjectLiteral, Resource>(
  query: SelectQueryBuilder<Entity>,
  input: PageInput,
  readingOf: ReadingOf<Resource>,
  typed: Typed<Entity>,
): Promise<PageReply<Resource>> {
  const reading = readingOf(query.expressionMap.mainAlias!.metadata);
  return boundedReadsOf(query.connection).run(async (connection) => {
    await narrowByTime(query, input);
    const wanted = Math.min(input.page * input.per_page, MAX_BEST_MATCHES) + 1;
    const found: RawRow[] = [];
    for (const text of ordersOf(typed.text)) {
      for (const label of typed.labels) {
        if (found.length < wanted)
          found.push(...(await findBeginning(connection, query, reading, { ...typed, text }, label, found, wanted)));
      }
    }
    if (found.length < wanted) found.push(...(await findOthers(connection, query, reading, typed, found, wanted)));
    const offset = (input.page - 1) * input.per_page;
    const end = Math.min(offset + input.per_page, MAX_BEST_MATCHES);
    const rows = found.slice(offset, end).map(reading.toRow);
    return toPageOfSome(rows, Math.min(found.length, MAX_BEST_MATCHES), input, found.length < wanted);
  });
}

/** A text, and what it is with its two words in the other order. */
function ordersOf(text: string): string[] {
  const words = text.trim().split(/\s+/);
  return words.length === 2 ? [text, words.toReversed().join(' ')] : [text];
}

async function findBeginning<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  { columns, types }: RowReading<unknown>,
  { text, accountId }: Typed<Entity>,
  label: string,
  found: readonly RawRow[],
  wanted: number,
): Promise<RawRow[]> {
  const value = `${label} collate "C"`;
  const [statement, values] = query
    .clone()
    .select(columns.map((column) => `${query.alias}.${column}`).join(', '))
    .addSelect(value, 'label')
    .andWhere(`${query.alias}.account_id = :accountId`, { accountId })
    .andWhere(`${value} >= folded(:typed) and ${value} <= folded(:typed) || :last`, { typed: text, last: '\u{10ffff}' })
    .andWhere(`${query.alias}.id <> all(:found)`, { found: found.map(({ id }) => id) })
    .orderBy('label')
    .addOrderBy(`${query.alias}.id`)
    .limit(wanted - found.length)
    .getQueryAndParameters();
  return (await connection.query({ text: statement, values, types })).rows;
}

async function findOthers<Entity extends ObjectLiteral>(
  connection: Queryable,
  query: SelectQueryBuilder<Entity>,
  { columns, types }: RowReading<unknown>,
  { labels: [label], narrow }: Typed<Entity>,
  found: readonly RawRow[],
  wanted: number,
): Promise<RawRow[]> {
  const { metadata } = query.expressionMap.mainAlias!;
  const matching = query
    .clone()
    .select(`${query.alias}.ctid`, 'place')
    .addSelect(`${query.alias}.id`, 'id')
    .addSelect(`${label} collate "C"`, 'label')
    .limit(MAX_OTHERS + found.length);
  await narrow(matching, connection);
  const [statement, values] = matching.getQueryAndParameters();
  const bind = (parameter: unknown): string => `$${values.push(parameter)}`;
  const text = `with matches as materialized (${statement}),
      page as (select * from matches where id <> all(${bind(found.map(({ id }) => id))}::uuid[])
               order by label, id limit ${bind(wanted - found.length)})
    select ${columns.map((column) => `whole.${column}`).join(', ')}
    from page join ${metadata.tablePath} whole on whole.ctid = page.place order by page.label, page.id`;
  return (await connection.query({ text, values, types })).rows;
}
