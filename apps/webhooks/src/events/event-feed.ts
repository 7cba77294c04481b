import { Injectable } from '@nestjs/common';
import {
  type AnyEvent,
  EVENT_RETENTION_DAYS,
  EVENT_TYPES,
  type EventPage,
  type EventType,
  type ListEventsInput,
} from '@nexivo/contracts/events';
import { MAX_PAGE_BYTES } from '@nexivo/contracts/pagination';
import type { RequestContext } from '@nexivo/bus/context';
import { PageReply, Reply } from '@nexivo/bus/reply';
import { DomainError } from '@nexivo/bus/domain-error';
import { databaseTime } from '@nexivo/store/database';
import { DataSource } from 'typeorm';
import { readableTypes, requireReadable } from '../endpoints/read-access.js';
import { firstPositionSince } from './positions.js';
import { SHOWN_FOR } from './retention.js';

const SHOWN_FOR_MS = EVENT_RETENTION_DAYS * 86_400_000;

interface FeedRow {
  /** Since when events are shown. */
  kept_since: Date;
  /** The account's newest event in the same snapshot. */
  newest: string | null;
  /** Null in the one row of a page without events. */
  id: string | null;
  body: string;
}

type Order = 'asc' | 'desc';

/** The next positions of an account, of those whose body is kept: a sweep by a wrong clock may have taken some early. $1 account, $2 the position to go on from, $3 how many */
const next = (order: Order, condition = ''): string => `
  select position from events
  where account_id = $1 ${condition} and position > $2 and received_at > now() - ${SHOWN_FOR} and body is not null
  order by position ${order} limit $3`;

/** @param positions SQL of those of a page */
const page = (order: Order, positions: string): string => `
  select kept.since as kept_since, newest.id as newest, event.id, event.body
  from (select now() - ${SHOWN_FOR} as since) kept
  left join (select id from events where account_id = $1 order by position desc limit 1) newest on true
  left join (
    select position, id, body from (${positions}) page join events using (position) where account_id = $1
  ) event on true
  order by event.position ${order}`;

const pages = (order: Order): { readonly ofAllTypes: string; readonly ofTypes: string } => ({
  ofAllTypes: page(order, next(order)),
  /** Each type by its own index: in the order of positions a rare one would be looked for among all others. $4 types */
  ofTypes: page(
    order,
    `select position from unnest($4::text[]) wanted (type)
     cross join lateral (${next(order, 'and type = wanted.type')}) each
     order by position ${order} limit $3`,
  ),
});

const OLDEST_FIRST = pages('asc');
const NEWEST_FIRST = pages('desc');

/** The events of an account in the order in which they were recorded. */
@Injectable()
export class EventFeed {
  constructor(private readonly database: DataSource) {}

  /**
   * The events after one that whoever asks may read. Positions become visible in their order, so that whoever goes on from the last
   * one misses nothing.
   *
   * @throws DomainError `insufficient_scope` when a `type` may not be read; `validation_failed` when `after` names no event,
   * `event_expired` when it names one that is no longer kept
   */
  async list(
    context: RequestContext,
    { after, since, sort, type, per_page }: ListEventsInput,
  ): Promise<PageReply<AnyEvent, EventPage['meta']>> {
    const { accountId } = context;
    if (type) requireReadable(context, type);
    const types = narrowing(type ?? readableTypes(context));
    const from =
      after === undefined ? await this.positionBefore(accountId, since) : await this.positionOf(accountId, after);
    const { ofTypes, ofAllTypes } = sort === 'recorded_at' ? OLDEST_FIRST : NEWEST_FIRST;
    const rows = await this.database.query<FeedRow[]>(types ? ofTypes : ofAllTypes, [
      accountId,
      from,
      per_page + 1,
      ...(types ? [types] : []),
    ]);
    const events = rows.filter(({ id }) => id !== null);
    const page = events.slice(0, Math.min(per_page, countThatFits(events)));
    const hasMore = events.length > page.length;
    // At the end it is the newest event of any type, so that the next page does not look at the others again.
    const { newest, kept_since } = rows[0]!;
    const next = hasMore && sort === 'recorded_at' ? page.at(-1)?.id : newest;
    return new PageReply(
      page.map(({ body }) => JSON.parse(body) as AnyEvent),
      {
        per_page,
        has_more: hasMore,
        next_after: next ?? null,
        order: sort,
        kept_since: kept_since.toISOString(),
        has_gap: since !== undefined && since < kept_since.toISOString(),
      },
    );
  }

  /**
   * One event, as it was sent.
   *
   * @throws DomainError `not_found`, `event_expired`, `insufficient_scope`
   */
  async get(context: RequestContext, id: string): Promise<Reply<AnyEvent>> {
    const [found] = await this.database.query<{ type: EventType; body: string | null }[]>(
      `select type, case when received_at > now() - ${SHOWN_FOR} then body end as body from events
       where account_id = $1 and id = $2`,
      [context.accountId, id],
    );
    if (!found && !(await this.isOlderThanKept(id))) throw DomainError.notFound('event');
    if (!found?.body) throw new DomainError('event_expired');
    requireReadable(context, [found.type]);
    return new Reply(JSON.parse(found.body) as AnyEvent, { version: 1 });
  }

  /** The position after which everything is that was recorded since a time, or after which everything is. */
  private async positionBefore(accountId: string, since: string | undefined): Promise<string | number> {
    if (since === undefined) return 0;
    return (await firstPositionSince(this.database.manager, accountId, since)) - 1;
  }

  /** The position of an event. One that is no longer shown still has it, as long as no event after it has expired. */
  private async positionOf(accountId: string, eventId: string): Promise<string> {
    const [found] = await this.database.query<{ position: string; is_place: boolean }[]>(
      `select position, not exists (
         select from events next
         where next.account_id = $1 and next.position = place.position + 1
           and (next.received_at <= now() - ${SHOWN_FOR} or next.body is null)
       ) as is_place
       from events place where account_id = $1 and id = $2`,
      [accountId, eventId],
    );
    if (found?.is_place) return found.position;
    if (found || (await this.isOlderThanKept(eventId))) throw await this.expired();
    throw DomainError.invalid({
      field: 'after',
      code: 'unknown_event',
      message: `names no event of this account in the last ${EVENT_RETENTION_DAYS} days; begin again without it to read all that are kept`,
    });
  }

  /** The refusal to go on from an event that is no longer kept: where to begin instead. */
  private async expired(): Promise<DomainError> {
    const keptSince = new Date((await databaseTime(this.database.manager)).getTime() - SHOWN_FOR_MS).toISOString();
    const message = `is older than what is kept; read the resources anew, and begin with since=${keptSince}`;
    return new DomainError('event_expired', {
      detail: `after ${message}.`,
      errors: [{ field: 'after', code: 'event_expired', message }],
    });
  }

  /** Whether an event that is not there may have been: whoever's it was, by now nobody has it. */
  private async isOlderThanKept(eventId: string): Promise<boolean> {
    const madeAtMs = timeOf(eventId);
    if (madeAtMs === undefined) return false;
    return madeAtMs <= (await databaseTime(this.database.manager)).getTime() - SHOWN_FOR_MS;
  }
}

/** When an event was made, in ms since 1970, by its id; nothing if that is not made of a UUIDv7. */
const timeOf = (eventId: string): number | undefined =>
  eventId.startsWith('7', 'evt_'.length + 12) ? Number.parseInt(eventId.slice(4, 16), 16) : undefined;

/** The types to look for; nothing where that is all of them, those included that this release does not know. */
const narrowing = (types: readonly EventType[]): readonly EventType[] | null =>
  types.length === EVENT_TYPES.length ? null : types;

/** How many events fit into one answer, at least one. */
function countThatFits(events: readonly FeedRow[]): number {
  let bytes = 0;
  const tooMany = events.findIndex(({ body }) => (bytes += Buffer.byteLength(body)) > MAX_PAGE_BYTES);
  return tooMany === -1 ? events.length : Math.max(tooMany, 1);
}
