import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import {
  ATTEMPTS_SHOWN,
  type Delivery,
  type DeliverySummary,
  EVENT_RETENTION_DAYS,
  TEST_EVENT,
  type TestEvent,
  webhooks,
} from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { Idempotency } from '@nexivo/store/idempotency';
import { changeOwned, findOwned } from '@nexivo/store/owned';
import { filterBy, findPage } from '@nexivo/store/page';
import { type PageReply, Reply } from '@nexivo/bus/reply';
import { DataSource, type EntityManager, LessThanOrEqual } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AttemptEntity, DeliveryEntity, toDelivery, toDeliverySummary } from './delivery.entity.js';
import { DeliveryWorker } from './delivery/delivery.worker.js';
import { SHOWN_FOR } from './retention.js';
import { refuseDisabled, toWebhook, WEBHOOK, type WebhookEntity } from './webhook.entity.js';

const DELIVERY = { entity: DeliveryEntity, name: 'delivery' };

/** What people see of deliveries, and how they ask for one. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly database: DataSource,
    private readonly idempotency: Idempotency,
    private readonly worker: DeliveryWorker,
  ) {}

  async list(
    { accountId }: RequestContext,
    input: InputOf<typeof webhooks.listDeliveries>,
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
    { id, delivery_id }: InputOf<typeof webhooks.getDelivery>,
  ): Promise<Reply<Delivery>> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, accountId, id);
    return toReply(manager, ofWebhook(id, await findOwned(manager, DELIVERY, accountId, delivery_id)));
  }

  /** Sends a test, to see whether a webhook works. */
  async test(context: RequestContext, input: InputOf<typeof webhooks.test>): Promise<Reply<Delivery>> {
    const reply = await this.idempotency.run(context, webhooks.test, input, async (tx) => {
      // Its lock keeps it from being deleted before the delivery is there.
      const webhook = await findOwned(tx, WEBHOOK, context.accountId, input.id, { forUpdate: true });
      refuseDisabled(webhook);
      const row = testDelivery(context, webhook, await databaseTime(tx));
      await tx.insert(DeliveryEntity, row);
      return toReply(tx, row);
    });
    this.worker.poke();
    return reply;
  }

  /** Begins a new round of attempts, whatever came of those before. */
  async redeliver(context: RequestContext, input: InputOf<typeof webhooks.redeliver>): Promise<Reply<Delivery>> {
    const { id, delivery_id } = input;
    const reply = await this.idempotency.run(context, webhooks.redeliver, input, async (tx) => {
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
    this.worker.poke();
    return reply;
  }
}

/** @throws DomainError `not_found` for a delivery of another webhook */
function ofWebhook(id: string, row: DeliveryEntity): DeliveryEntity {
  if (row.webhook_id !== id) throw DomainError.notFound(DELIVERY.name);
  return row;
}

/** With the attempts that the row counts: another may have been written down since it was read. */
async function toReply(manager: EntityManager, row: DeliveryEntity): Promise<Reply<Delivery>> {
  const attempts = await manager.find(AttemptEntity, {
    where: { account_id: row.account_id, delivery_id: row.id, number: LessThanOrEqual(row.attempts_total) },
    order: { number: 'DESC' },
    take: ATTEMPTS_SHOWN,
  });
  return new Reply(toDelivery(row, attempts.toReversed()), { version: row.version });
}

/** A delivery that brings its own body, for no event has happened. */
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
