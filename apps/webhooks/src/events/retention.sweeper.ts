import { Injectable } from '@nestjs/common';
import { SWEPT_AT, Sweeper } from '@nexivo/store/sweeper';
import { COUNTS_KEPT_FOR } from '../queue/attempt-counts.js';
import { EVENTS_KEPT_FOR, SHOWN_FOR } from './retention.js';

/** Whoever holds the place before an event keeps it from being swept: what would follow the place would be missing. */
const HAS_NO_PLACE_BEFORE = `not exists (
          select from events place where place.account_id = events.account_id and place.position = events.position - 1
            and place.body is null)`;
const HAS_EXPIRED_NEXT = `exists (
          select from events next where next.account_id = events.account_id and next.position = events.position + 1
            and next.received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR})`;

const STATEMENTS = {
  // Attempts go with their deliveries.
  // What is still to be sent stays as long as there is something to send, and what was just sent again a day for those who look at it.
  deliveries: `
    delete from deliveries where (account_id, id) in (
      select account_id, id from deliveries
      where created_at <= ${SWEPT_AT} - ${SHOWN_FOR} and updated_at <= ${SWEPT_AT} - interval '1 day'
        and (status <> 'pending' or created_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR})
      order by created_at limit $1 for update skip locked)`,
  deliveriesOfDeletedWebhooks: `
    delete from deliveries where (account_id, id) in (
      select account_id, id from deliveries join deleted_webhooks using (account_id, webhook_id)
      limit $1 for update of deliveries skip locked)`,
  deletedWebhooks: `
    delete from deleted_webhooks gone where webhook_id in (select webhook_id from deleted_webhooks limit $1)
      and not exists (
        select from deliveries where deliveries.account_id = gone.account_id and deliveries.webhook_id = gone.webhook_id)`,
  // The newest expired event of an account stays, without its body: a reader who has read it goes on from its position. It is not looked
  // at again until the account's next event has expired, which takes its place.
  eventPlaces: `
    delete from events where (account_id, position) in (
      select place.account_id, place.position
      from events join events place on place.account_id = events.account_id and place.position = events.position - 1
      where events.received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR} and events.body is not null and place.body is null
      order by events.received_at limit $1 for update of place skip locked)`,
  events: `
    delete from events where (account_id, position) in (
      select account_id, position from events
      where received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR} and body is not null and ${HAS_NO_PLACE_BEFORE}
        and ${HAS_EXPIRED_NEXT}
      order by received_at limit $1 for update skip locked)`,
  eventBodies: `
    update events set body = null where (account_id, position) in (
      select account_id, position from events
      where received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR} and body is not null and ${HAS_NO_PLACE_BEFORE}
        and not ${HAS_EXPIRED_NEXT}
      order by received_at limit $1 for update skip locked)`,
  attemptCounts: `
    delete from attempt_counts where ctid = any(array(
      select ctid from attempt_counts where hour <= ${SWEPT_AT} - ${COUNTS_KEPT_FOR} limit $1 for update skip locked))`,
  redeliveries: `
    delete from redeliveries where (account_id, id) in (
      select account_id, id from redeliveries where completed_at <= ${SWEPT_AT} - ${SHOWN_FOR}
      limit $1 for update skip locked)`,
  replays: `
    delete from replays where (account_id, id) in (
      select account_id, id from replays where completed_at <= ${SWEPT_AT} - ${SHOWN_FOR}
      limit $1 for update skip locked)`,
};

/** Deletes what is no longer shown. */
@Injectable()
export class RetentionSweeper extends Sweeper<keyof typeof STATEMENTS> {
  protected readonly statements = STATEMENTS;
}
