import { Injectable } from '@nestjs/common';
import { ack, type EventHandler, type Outcome, type ReceivedEvent } from '@nexivo/events/consumer';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { FARTHEST_AHEAD } from '@nexivo/store/change-time';
import { uuidV7InOrderOf } from '@nexivo/store/uuid-v7';
import type { EntityManager } from 'typeorm';
import { fanOut } from '../consumers.js';
import { lockAccounts } from '../endpoints/account-lock.js';

/**
 * Records a batch of events and queues their deliveries. It runs under the locks of the accounts, so it sees every change of a
 * webhook that was committed before. `received_at` is read after that. What a disabled webhook misses is therefore recorded later
 * than its `disabled_at`, and a replay since then sends all of it. A clock that has been set back changes nothing of that: `received_at` is
 * never earlier than that of the event before, nor than the last `disabled_at`.
 */
const RECORD = `
  with incoming as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::uuid[], $7::text[])
      with ordinality as event (account_id, id, type, created_at, body, object_id, traceparent, number)
  ), accounts as (
    select account_id, last, greatest(
      clock_timestamp(),
      (select received_at from events where events.account_id = event_positions.account_id and position = last
        and received_at <= now() + ${FARTHEST_AHEAD}),
      (select max(disabled_at) from webhooks where webhooks.account_id = event_positions.account_id
        and disabled_at <= now() + ${FARTHEST_AHEAD})) as received_at
    from event_positions where account_id = any($1)
  ), fresh as (
    select incoming.*, received_at, last + row_number() over (partition by account_id order by number) as position
    from incoming join accounts using (account_id)
    where not exists (
      select from events known where known.account_id = incoming.account_id and known.id = incoming.id)
  ), recorded as (
    insert into events (account_id, position, id, type, created_at, received_at, body, object_id, traceparent)
    select account_id, position, id, type, created_at, received_at, body, object_id, traceparent from fresh
  ), moved as (
    update event_positions set last = newest.position
    from (select account_id, max(position) as position from fresh group by account_id) newest
    where event_positions.account_id = newest.account_id
  ), queued as (
    insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin)
    select fresh.account_id, ${uuidV7InOrderOf('fresh.account_id, fresh.position')}, webhooks.id, fresh.id, fresh.type, 'event', 'event'
    from fresh join webhooks using (account_id)
    where status = 'enabled' and webhooks.events && array[fresh.type, '*'] and webhooks.id <> fresh.object_id
    order by account_id, position
    on conflict do nothing
    returning 1
  )
  select exists (select from queued) as has_queued`;

/** Records the events of each account in one order, and queues a delivery for each webhook that has subscribed to them: none is told of itself. */
@Injectable()
export class FanOut implements EventHandler {
  readonly consumer = fanOut;

  /** Whether there is something for the worker since it was told last. */
  private hasQueued = false;

  constructor(private readonly wakeUp: WakeUp) {}

  async handle(tx: EntityManager, received: readonly ReceivedEvent[]): Promise<Outcome> {
    const events = received.map(({ event }) => event);
    await lockAccounts(
      tx,
      events.map(({ account_id }) => account_id),
    );
    const [recorded] = await tx.query<{ has_queued: boolean }[]>(RECORD, [
      events.map(({ account_id }) => account_id),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ created_at }) => created_at),
      received.map(({ json }) => json),
      events.map(({ data }) => data.object.id),
      received.map(({ traceparent }) => traceparent ?? null),
    ]);
    this.hasQueued ||= recorded!.has_queued;
    return ack();
  }

  committed(): void {
    if (this.hasQueued) this.wakeUp.notify();
    this.hasQueued = false;
  }
}
