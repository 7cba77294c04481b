import { Injectable } from '@nestjs/common';
import { SWEPT_AT, Sweeper } from '@nexivo/store/sweeper';
import { COUNTS_KEPT_FOR } from '../queue/attempt-counts.js';
import { EVENTS_KEPT_FOR, SHOWN_FOR } from './retention.js';

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
  // The newest expired event stays, without its body: a reader who has read it goes on from its position.
  events: `
    delete from events where (account_id, position) in (
      select account_id, position from events
      where received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR} and exists (
        select from events next where next.account_id = events.account_id and next.position = events.position + 1
          and next.received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR})
      order by received_at limit $1 for update skip locked)`,
  eventBodies: `
    update events set body = null where (account_id, position) in (
      select account_id, position from events where received_at <= ${SWEPT_AT} - ${EVENTS_KEPT_FOR} and body is not null
      limit $1 for update skip locked)`,
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
