import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import {
  ATTEMPTS_SHOWN,
  deliveries,
  type Delivery,
  type DeliverySummary,
  TEST_EVENT,
  type TestEvent,
} from '@nexivo/contracts/deliveries';
import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/events';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { Idempotency } from '@nexivo/store/idempotency';
import { changeOwned, findOwned } from '@nexivo/store/owned';
import { filterBy, findPage } from '@nexivo/store/page';
import { type PageReply, Reply } from '@nexivo/bus/reply';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { DataSource, type EntityManager, LessThanOrEqual } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
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
    return findPage(query, input, toDeliverySummary);
  }

  async get(
    { accountId }: RequestContext,
    { id, delivery_id }: InputOf<typeof deliveries.get>,
  ): Promise<Reply<Delivery>> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, accountId, id);
    return toReply(manager, ofWebhook(id, await findOwned(manager, DELIVERY, accountId, delivery_id)));
  }

  /** Sends a test, to see whether a webhook works. */
  async test(context: RequestContext, input: InputOf<typeof deliveries.test>): Promise<Reply<Delivery>> {
    const reply = await this.idempotency.run(context, deliveries.test, input, async (tx) => {
      // The lock keeps the webhook from being deleted before the delivery is inserted.
      const webhook = await findOwned(tx, WEBHOOK, context.accountId, input.id, { forUpdate: true });
      refuseDisabled(webhook);
      const row = testDelivery(context, webhook, await databaseTime(tx));
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

/** A delivery with a body of its own: there is no event behind it. */
function testDelivery(context: RequestContext, webhook: WebhookEntity, now: Date): DeliveryEntity {
  const event: TestEvent = {
    id: `evt_${uuidv7().replaceAll('-', '')}`,
    type: TEST_EVENT,
    created_at: now.toISOString(),
    account_id: context.accountId,
    request_id: context.requestId,
    resource_version: webhook.version,
    data: { object: toWebhook(webhook), previous: null },
  };
  return Object.assign(new DeliveryEntity(), {
    account_id: context.accountId,
    id: uuidv7(),
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

/** @throws DomainError `validation_failed` when what the delivery carried is no longer kept */
async function checkBody(tx: EntityManager, { account_id, event_id, body_of }: DeliveryEntity): Promise<void> {
  if (body_of === 'test') return;
  const kept = await tx.query<unknown[]>(
    `select 1 from events where account_id = $1 and id = $2 and received_at > now() - ${SHOWN_FOR}`,
    [account_id, event_id],
  );
  if (kept.length > 0) return;
  throw DomainError.invalid({
    field: 'delivery_id',
    code: 'event_expired',
    message: `its event is older than ${EVENT_RETENTION_DAYS} days and no longer kept`,
  });
}
