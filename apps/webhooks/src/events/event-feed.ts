import { Injectable } from '@nestjs/common';
import { type AnyEvent, EVENT_RETENTION_DAYS, type EventPage, type ListEventsInput } from '@nexivo/contracts/events';
import type { RequestContext } from '@nexivo/bus/context';
import { PageReply } from '@nexivo/bus/reply';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource } from 'typeorm';
import { SHOWN_FOR } from './retention.js';

/** What one answer may hold: half of what the bus carries. */
const LARGEST_PAGE_BYTES = 4 * 1024 * 1024;

interface FeedRow {
  /** The account's newest event in the same snapshot. */
  newest: string;
  /** Null in the one row of a page without events. */
  id: string | null;
  body: string;
}

/** The events of an account in the order in which they were recorded. */
@Injectable()
export class EventFeed {
  constructor(private readonly database: DataSource) {}

  /**
   * The events after one. Positions become visible in their order, so that whoever goes on from the last one misses nothing.
   *
   * @throws DomainError `validation_failed` when `after` names no event that is kept
   */
  async list(
    { accountId }: RequestContext,
    { after, type, per_page }: ListEventsInput,
  ): Promise<PageReply<AnyEvent, EventPage['meta']>> {
    const rows = await this.database.query<FeedRow[]>(
      `select newest.id as newest, event.id, event.body
       from (select id from events where account_id = $1 order by position desc limit 1) newest
       left join (
         select position, id, body from events
         where account_id = $1 and position > $2 and ($3::text[] is null or type = any($3))
           and received_at > now() - ${SHOWN_FOR}
         order by position limit $4
       ) event on true
       order by event.position`,
      [accountId, after === undefined ? 0 : await this.positionOf(accountId, after), type ?? null, per_page + 1],
    );
    const events = rows.filter(({ id }) => id !== null);
    const page = events.slice(0, Math.min(per_page, countThatFits(events)));
    const hasMore = events.length > page.length;
    // At the end it is the newest event of any type, so that the next page does not look at the others again.
    const next = hasMore ? page.at(-1)?.id : rows[0]?.newest;
    return new PageReply(
      page.map(({ body }) => JSON.parse(body) as AnyEvent),
      { per_page, has_more: hasMore, next_after: next ?? null },
    );
  }

  /** The position of an event. One that is no longer shown still has it, as long as no event after it has expired. */
  private async positionOf(accountId: string, eventId: string): Promise<string> {
    const [found] = await this.database.query<{ position: string }[]>(
      `select position from events place where account_id = $1 and id = $2 and not exists (
         select from events next
         where next.account_id = $1 and next.position = place.position + 1 and next.received_at <= now() - ${SHOWN_FOR})`,
      [accountId, eventId],
    );
    if (found) return found.position;
    throw DomainError.invalid({
      field: 'after',
      code: 'unknown_event',
      message: `names no event of this account in the last ${EVENT_RETENTION_DAYS} days; begin again without it to read all that are kept`,
    });
  }
}

/** How many events fit into one answer, at least one. */
function countThatFits(events: readonly FeedRow[]): number {
  let bytes = 0;
  const tooMany = events.findIndex(({ body }) => (bytes += Buffer.byteLength(body)) > LARGEST_PAGE_BYTES);
  return tooMany === -1 ? events.length : Math.max(tooMany, 1);
}
