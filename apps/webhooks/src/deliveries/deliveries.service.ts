import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import {
  ATTEMPTS_SHOWN,
  deliveries,
  type Delivery,
  type DeliverySummary,
  type ExpandedDelivery,
  type SentEvent,
  TEST_EVENT,
} from '@nexivo/contracts/deliveries';
import { eventExample } from '@nexivo/contracts/event-examples';
import { EVENT_RETENTION_DAYS, type EventType } from '@nexivo/contracts/events';
import type { Webhook } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { Idempotency } from '@nexivo/store/idempotency';
import { changeOwned, findOwned } from '@nexivo/store/owned';
import { filterBy, findPage } from '@nexivo/store/page';
import { rowReading } from '@nexivo/store/raw-rows';
import { PageReply, Reply } from '@nexivo/bus/reply';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { DataSource, type EntityManager, LessThanOrEqual } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { requireReadable } from '../endpoints/read-access.js';
import { readStanding } from '../endpoints/standing.js';
import { refuseDisabled, toWebhook, WEBHOOK, type WebhookEntity } from '../endpoints/webhook.entity.js';
import { SHOWN_FOR } from '../events/retention.js';
import { AttemptEntity, DeliveryEntity, toDelivery, toDeliverySummary } from './delivery.entity.js';

const DELIVERY = { entity: DeliveryEntity, name: 'delivery' };

/** The log of deliveries, tests and redeliveries. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly database: DataSource,
    private readonly idempotency: Idempotency,
    private readonly wakeUp: WakeUp,
  ) {}

  async list(
    { accountId }: RequestContext,
    input: InputOf<typeof deliveries.list>,
  ): Promise<PageReply<DeliverySummary>> {
    await findOwned(this.database.manager, WEBHOOK, accountId, input.id);
    const query = this.database.manager
      .createQueryBuilder(DeliveryEntity, 'delivery')
      .where('delivery.account_id = :accountId', { accountId })
      .andWhere('delivery.webhook_id = :id', { id: input.id });
    filterBy(query, input, ['status', 'event_type']);
    const { data, meta } = (await findPage(query, input, rowReading<DeliveryEntity>)).body;
    const last = await lastAttempts(this.database.manager, accountId, data);
    return new PageReply(
      data.map((row) => toDeliverySummary(row, last.get(row.id))),
      meta,
    );
  }

  /** With its attempts, and with what is sent if that is asked for; then without a version, which does not tell of that. */
  async get(
    context: RequestContext,
    { id, delivery_id, expand }: InputOf<typeof deliveries.get>,
  ): Promise<Reply<ExpandedDelivery>> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, context.accountId, id);
    const row = ofWebhook(id, await findOwned(manager, DELIVERY, context.accountId, delivery_id));
    const reply = await toReply(manager, row);
    if (!expand?.includes('event')) return reply;
    if (row.body_of === 'event') requireReadable(context, [row.event_type as EventType]);
    return new Reply({ ...reply.body, event: await sentBy(manager, row) });
  }

  /** Sends a test, to see whether a webhook works, or how what it calls takes a type of event. */
  async test(context: RequestContext, input: InputOf<typeof deliveries.test>): Promise<Reply<Delivery>> {
    const reply = await this.idempotency.run(context, deliveries.test, input, async (tx) => {
      // The lock keeps the webhook from being deleted before the delivery is inserted.
      const webhook = await findOwned(tx, WEBHOOK, context.accountId, input.id, { forUpdate: true });
      refuseDisabled(webhook);
      const object = toWebhook(webhook, await readStanding(tx, webhook));
      const event = testOf(context, input.type, { object, version: webhook.version, now: await databaseTime(tx) });
      const row = testDelivery(context, webhook, event);
      await tx.insert(DeliveryEntity, row);
      return toReply(tx, row);
    });
    this.wakeUp.notify();
    return reply;
  }

  /** Begins a new round of attempts, whatever the status of the delivery is. */
  async redeliver(context: RequestContext, input: InputOf<typeof deliveries.redeliver>): Promise<Reply<Delivery>> {
    const { id, delivery_id } = input;
    const reply = await this.idempotency.run(context, deliveries.redeliver, input, async (tx) => {
      const webhook = await findOwned(tx, WEBHOOK, context.accountId, id);
      const { after } = await changeOwned(
        tx,
        DELIVERY,
        context,
        delivery_id,
        async (row): Promise<Partial<DeliveryEntity>> => {
          ofWebhook(id, row);
          refuseDisabled(webhook);
          await checkBody(tx, row);
          return { status: 'pending', attempts: 0, completed_at: null, due_at: await databaseTime(tx) };
        },
      );
      return toReply(tx, after);
    });
    this.wakeUp.notify();
    return reply;
  }
}

/** @throws DomainError `not_found` for a delivery of another webhook */
function ofWebhook(id: string, row: DeliveryEntity): DeliveryEntity {
  if (row.webhook_id !== id) throw DomainError.notFound(DELIVERY.name);
  return row;
}

/** Shows only attempts that the row counts: one may have been written after the row was read. */
async function toReply(manager: EntityManager, row: DeliveryEntity): Promise<Reply<Delivery>> {
  const attempts = await manager.find(AttemptEntity, {
    where: { account_id: row.account_id, delivery_id: row.id, number: LessThanOrEqual(row.attempts_total) },
    order: { number: 'DESC' },
    take: ATTEMPTS_SHOWN,
  });
  return new Reply(toDelivery(row, attempts.toReversed()), { version: row.version });
}

/** The last attempt at each of some deliveries that its row counts, by the delivery's id. */
async function lastAttempts(
  manager: EntityManager,
  accountId: string,
  rows: readonly DeliveryEntity[],
): Promise<Map<string, AttemptEntity>> {
  const tried = rows.filter(({ attempts_total }) => attempts_total > 0);
  if (tried.length === 0) return new Map();
  const attempts = await manager.query<AttemptEntity[]>(
    `select attempts.* from unnest($2::uuid[], $3::int[]) as last (delivery_id, number)
     cross join lateral (
       select * from attempts
       where account_id = $1 and delivery_id = last.delivery_id and number = last.number
     ) attempts`,
    [accountId, tried.map(({ id }) => id), tried.map(({ attempts_total }) => attempts_total)],
  );
  return new Map(attempts.map((attempt) => [attempt.delivery_id, attempt]));
}

/** What a delivery sends, as it was stored; nothing if that is no longer kept. */
async function sentBy(
  manager: EntityManager,
  { account_id, event_id, test_body }: DeliveryEntity,
): Promise<SentEvent | null> {
  if (test_body !== null) return JSON.parse(test_body) as SentEvent;
  const [event] = await manager.query<{ body: string | null }[]>(
    `select body from events where account_id = $1 and id = $2 and received_at > now() - ${SHOWN_FOR}`,
    [account_id, event_id],
  );
  return event?.body ? (JSON.parse(event.body) as SentEvent) : null;
}

/** An event that tests a webhook: the documented example of a type, marked as a test, or else one with the webhook itself. */
function testOf(
  context: RequestContext,
  type: EventType | undefined,
  { object, version, now }: { object: Webhook; version: number; now: Date },
): SentEvent {
  const own = {
    id: `evt_${newId().replaceAll('-', '')}`,
    created_at: now.toISOString(),
    account_id: context.accountId,
    request_id: context.requestId,
  };
  if (type) return { ...eventExample(type), ...own, test: true };
  const { id, ...rest } = own;
  return {
    id,
    type: TEST_EVENT,
    ...rest,
    resource_version: version,
    data: { object, previous: null },
  };
}

/** A delivery with a body of its own: there is no event behind it. */
function testDelivery(context: RequestContext, webhook: WebhookEntity, event: SentEvent): DeliveryEntity {
  const now = new Date(event.created_at);
  return Object.assign(new DeliveryEntity(), {
    account_id: context.accountId,
    id: newId(),
    webhook_id: webhook.id,
    event_id: event.id,
    event_type: event.type,
    body_of: 'test',
    attempts_total: 0,
    test_body: JSON.stringify(event),
    origin: 'test',
    replay_id: null,
    due_at: now,
    created_at: now,
    updated_at: now,
    completed_at: null,
  } as const);
}

/** @throws DomainError `event_expired` when what the delivery carried is no longer kept */
async function checkBody(tx: EntityManager, { account_id, event_id, body_of }: DeliveryEntity): Promise<void> {
  if (body_of === 'test') return;
  const kept = await tx.query<unknown[]>(
    `select 1 from events where account_id = $1 and id = $2 and received_at > now() - ${SHOWN_FOR} and body is not null`,
    [account_id, event_id],
  );
  if (kept.length > 0) return;
  throw new DomainError('event_expired', {
    detail: `The event of this delivery is older than ${EVENT_RETENTION_DAYS} days and no longer kept.`,
  });
}
