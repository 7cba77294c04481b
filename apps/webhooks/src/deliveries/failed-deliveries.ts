import { FAILED_COUNTED_MAX } from '@nexivo/contracts/redeliveries';
import type { EntityManager } from 'typeorm';
import { SHOWN_FOR } from '../events/retention.js';

/** Which failed deliveries are meant; both times are included. */
export interface Selection {
  readonly since: Date;
  readonly until: Date;
  readonly event_type: string | null;
}

/**
 * Whether what a delivery carries is still kept, as a condition on `deliveries`. An event is kept for as long as the delivery that was
 * made as it happened; only replays make deliveries of old ones.
 */
export const IS_KEPT = `(origin <> 'replay' or exists (
  select from events where events.account_id = deliveries.account_id and events.id = deliveries.event_id
    and received_at > now() - ${SHOWN_FOR}))`;

/** How many deliveries of a webhook have failed and may be delivered once more; counting stops at {@link FAILED_COUNTED_MAX}. */
export async function countFailed(
  manager: EntityManager,
  accountId: string,
  webhookId: string,
  { since, until, event_type }: Selection,
): Promise<{ deliveries: number; isExact: boolean }> {
  const [{ count }] = await manager.query<[{ count: number }]>(
    `select count(*)::integer as count from (
       select from deliveries
       where account_id = $1 and webhook_id = $2 and status = 'failed' and completed_at between $3 and $4
         and ($5::text is null or event_type = $5) and ${IS_KEPT}
       limit ${FAILED_COUNTED_MAX + 1}
     ) failed`,
    [accountId, webhookId, since, until, event_type],
  );
  return { deliveries: Math.min(count, FAILED_COUNTED_MAX), isExact: count <= FAILED_COUNTED_MAX };
}
