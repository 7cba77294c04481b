import { isDeepStrictEqual } from 'node:util';
import { type Event, type EventObject, type EventType, eventTypes } from '@nexivo/contracts/events';
import type { RequestContext } from '@nexivo/bus/context';
import type { EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { sendIn } from '@nexivo/store/data-source';
import { prepared } from '@nexivo/store/pool';
import { announceCommit } from './outbox.subscriber.js';

/** What happened to a resource. */
export interface EventDraft<Type extends EventType> {
  type: Type;
  /** As the API shows it now. */
  object: EventObject<Type>;
  /** What the members that changed were before, see {@link changedFrom}; null for a new resource. */
  previous: Partial<EventObject<Type>> | null;
  /** The row's, after the change. */
  resource_version: number;
}

/**
 * Records an event in the transaction of the change that it tells of: both are there, or neither. The relay publishes it once
 * that is committed.
 *
 * Call it after the row was changed, that is under its lock: events of one resource are then numbered in the order of its
 * versions, and published in that order.
 *
 * @param tx of a transaction
 */
export async function appendToOutbox<Type extends EventType>(
  tx: EntityManager,
  context: Cause,
  draft: EventDraft<Type>,
): Promise<void> {
  announceCommit(tx);
  await sendIn(tx, prepared(INSERT_INTO_OUTBOX, outboxRow(context, draft)));
}

/** Who caused an event. */
type Cause = Pick<RequestContext, 'accountId' | 'requestId' | 'traceparent'>;

/** For those who write by other means than an `EntityManager`: the relay finds it within a second. The parameters are an {@link outboxRow}. */
export const INSERT_INTO_OUTBOX = `
  insert into outbox (id, account_id, aggregate_id, type, version, payload, request_id, traceparent)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;

/** An event as a row of the outbox. */
export function outboxRow<Type extends EventType>(
  { accountId, requestId, traceparent }: Cause,
  { type, object, previous, resource_version }: EventDraft<Type>,
): unknown[] {
  const event: Event<Type> = {
    id: `evt_${newId().replaceAll('-', '')}`,
    type,
    created_at: object.updated_at,
    account_id: accountId,
    request_id: requestId,
    resource_version,
    data: { object, previous },
  };
  return [
    event.id,
    accountId,
    object.id,
    type,
    eventTypes[type].version,
    JSON.stringify(event),
    requestId,
    traceparent ?? null,
  ];
}

/**
 * The members of `before` that are different in `after`, as they were: what an event carries as `previous`. `updated_at`, which
 * every change moves, is left out.
 */
export function changedFrom<Resource extends object>(before: Resource, after: Resource): Partial<Resource> {
  const members = Object.entries(before) as [keyof Resource & string, unknown][];
  return Object.fromEntries(
    members.filter(([name, value]) => name !== 'updated_at' && !isDeepStrictEqual(value, after[name])),
  ) as Partial<Resource>;
}
