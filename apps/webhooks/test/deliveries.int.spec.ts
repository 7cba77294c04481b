import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  deliveries,
  delivery as deliverySchema,
  type Delivery,
  deliverySummary,
  expandedDelivery,
  testEvent,
} from '@nexivo/contracts/deliveries';
import { eventExample } from '@nexivo/contracts/event-examples';
import { EVENT_TYPES, eventOf, type EventType } from '@nexivo/contracts/events';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import {
  again,
  type Bus,
  connectServices,
  deliveriesOf,
  type DeliveryRow,
  happen,
  newWebhook,
  readEvents,
  startWebhooks,
} from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let receiver: Receiver;

beforeAll(async () => {
  world = await startWorld();
  await startWebhooks(world);
  [bus, receiver] = await Promise.all([connectServices(world), startReceiver()]);
  receiver.answer = ({ path }) => {
    const [, status] = path.split('/');
    return { status: Number(status), body: `the answer is ${status}` };
  };
});
afterAll(async () => {
  await Promise.all([bus.close(), receiver.stop()]);
  await world.stop();
});

const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

/** A webhook whose receiver answers always the same. */
const webhookThatAnswers = (context: RequestContext, status: number) =>
  newWebhook(world, context, { url: `${receiver.url}/${status}/${randomUUID()}` });
const arrivedAt = ({ url }: { url: string }) => receiver.requests.filter(({ path }) => url.endsWith(path));

const test = (context: RequestContext, id: string, type?: EventType) =>
  exchange(world.bus, deliveries.test, { id, type }, context);
const get = (context: RequestContext, id: string, delivery_id: string, expand: 'event'[] = []) =>
  exchange(world.bus, deliveries.get, { id, delivery_id, expand }, context);
const redeliver = (context: RequestContext, id: string, delivery_id: string) =>
  exchange(world.bus, deliveries.redeliver, { id, delivery_id }, context);
const list = (context: RequestContext, id: string, query: Record<string, string> = {}) =>
  world.bus.request(deliveries.list, deliveries.list.input.parse({ ...query, id }), context);

const onlyDelivery = async (webhookId: string): Promise<DeliveryRow> => {
  const [only, ...others] = await deliveriesOf(world, webhookId);
  expect(others).toEqual([]);
  return only!;
};

/** Until so many attempts were made and written down. */
const attempted = (context: RequestContext, id: string, delivery_id: string, attempts: number): Promise<Delivery> =>
  eventually(async () => {
    const { body } = await get(context, id, delivery_id);
    expect(body.attempts).toHaveLength(attempts);
    return body;
  });

describe('a test', () => {
  it('is delivered signed like any event, shows the webhook without its secret, and is in no feed', async () => {
    const context = callFor();
    const { secret, ...webhook } = await webhookThatAnswers(context, 200);
    const { body: created, version } = await test(context, webhook.id);
    expect(version).toBe(1);
    expect(deliverySchema.parse(created)).toEqual(created);
    expect(created).toMatchObject({
      webhook_id: webhook.id,
      event_type: 'webhook.test',
      origin: 'test',
      status: 'pending',
      attempts: [],
      next_attempt_at: created.created_at,
    });
    const done = await attempted(context, webhook.id, created.id, 1);
    expect(done).toMatchObject({ status: 'succeeded', next_attempt_at: null, attempts_total: 1 });
    expect(done.attempts[0]).toMatchObject({
      number: 1,
      status_code: 200,
      error: null,
      response_body: 'the answer is 200',
    });
    const [request, ...others] = arrivedAt(webhook);
    expect(others).toEqual([]);
    expect(request!.body).not.toContain(secret);
    const event = testEvent.parse(JSON.parse(request!.body));
    expect(event).toEqual({
      id: created.event_id,
      type: 'webhook.test',
      created_at: created.created_at,
      account_id: context.accountId,
      request_id: context.requestId,
      resource_version: 1,
      data: { object: webhook, previous: null },
    });
    expect(request!.headers).toMatchObject({
      'x-nexivohr-event': 'webhook.test',
      'x-nexivohr-delivery': created.id,
      'webhook-id': created.event_id,
    });
    await expect(readEvents(world, context)).resolves.toMatchObject({ data: [] });
  });

  it('is refused while the webhook is disabled, and nothing is queued', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context, { status: 'disabled' });
    await expect(test(context, id)).rejects.toMatchObject({ code: 'webhook_disabled' });
    await expect(deliveriesOf(world, id)).resolves.toEqual([]);
  });

  it('that is asked for again under one key is sent once', async () => {
    const context: RequestContext = { ...callFor(), idempotencyKey: randomUUID() };
    const webhook = await webhookThatAnswers(again(context), 200);
    const first = await test(context, webhook.id);
    await expect(test(context, webhook.id)).resolves.toEqual({ ...first, isReplay: true });
    await attempted(again(context), webhook.id, first.body.id, 1);
    expect(arrivedAt(webhook)).toHaveLength(1);
  });
});

describe('a delivery', () => {
  it('is logged with every attempt: when, what came back, how long it took and what was wrong', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 500);
    const [event] = await happen(bus, context, 'job.created');
    const { id } = await onlyDelivery(webhook.id);
    const logged = await attempted(context, webhook.id, id, 1);
    expect(logged).toMatchObject({
      event_id: event!.id,
      event_type: 'job.created',
      origin: 'event',
      replay_id: null,
      status: 'pending',
      attempts_total: 1,
      completed_at: null,
    });
    expect(Date.parse(logged.next_attempt_at!)).toBeGreaterThan(Date.parse(logged.created_at) + 3_000);
    const [first] = logged.attempts;
    expect(first).toMatchObject({ number: 1, status_code: 500, response_body: 'the answer is 500' });
    expect(first!.error).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(first!.error_detail).toContain('500');
    expect(first!.latency_ms).toBeGreaterThanOrEqual(0);
    expect(Date.parse(first!.at)).toBeGreaterThanOrEqual(Date.parse(logged.created_at));
  });

  it('is shown with its last 100 attempts when there were more', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    const { body } = await test(context, webhook.id);
    await attempted(context, webhook.id, body.id, 1);
    await world.sql(
      'webhooks',
      `insert into attempts (account_id, delivery_id, number, at, latency_ms)
       select $1, $2, n, now(), 1 from generate_series(2, 120) n`,
      [context.accountId, body.id],
    );
    await world.sql('webhooks', 'update deliveries set attempts_total = 120 where id = $1', [body.id]);
    const { body: shown } = await get(context, webhook.id, body.id);
    expect(shown.attempts.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 21));
  });

  it('is not found under another webhook, nor by another account', async () => {
    const context = callFor();
    const [webhook, other] = [await webhookThatAnswers(context, 200), await webhookThatAnswers(context, 200)];
    const { body } = await test(context, webhook.id);
    const absent = { code: 'not_found', detail: 'There is no such delivery.' };
    for (const attempt of [
      get(context, other.id, body.id),
      redeliver(context, other.id, body.id),
      get(context, webhook.id, UNKNOWN),
      redeliver(context, webhook.id, UNKNOWN),
    ]) {
      await expect(attempt).rejects.toMatchObject(absent);
    }
    const stranger = callFor();
    const mine = await webhookThatAnswers(stranger, 200);
    await expect(get(stranger, mine.id, body.id)).rejects.toMatchObject(absent);
    await expect(redeliver(stranger, mine.id, body.id)).rejects.toMatchObject(absent);
    await expect(list(stranger, webhook.id)).rejects.toMatchObject({ detail: 'There is no such webhook.' });
  });
});

describe('a test of a type', () => {
  it.each(EVENT_TYPES)('sends the documented example of %s under an id of its own, marked as a test', async (type) => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    const { body } = await test(context, webhook.id, type);
    expect(body).toMatchObject({ event_type: type, origin: 'test' });
    await attempted(context, webhook.id, body.id, 1);
    const [request] = arrivedAt(webhook);
    const sent = JSON.parse(request!.body);
    expect(sent).toEqual({
      ...eventExample(type),
      id: body.event_id,
      created_at: body.created_at,
      account_id: context.accountId,
      request_id: context.requestId,
      test: true,
    });
    expect(eventOf(type).parse(sent)).toEqual(sent);
    expect(request!.headers).toMatchObject({ 'x-nexivohr-event': type, 'webhook-id': body.event_id });
    await expect(readEvents(world, context)).resolves.toMatchObject({ data: [] });
  });
});

describe('a delivery that is expanded', () => {
  it('shows what was sent, byte for byte, and then has no version', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    await happen(bus, context, 'candidate.created');
    const ids = [(await onlyDelivery(webhook.id)).id];
    ids.push((await test(context, webhook.id)).body.id, (await test(context, webhook.id, 'job.closed')).body.id);
    for (const id of ids) {
      await attempted(context, webhook.id, id, 1);
      const { body, version } = await get(context, webhook.id, id, ['event']);
      expect(expandedDelivery.parse(body)).toEqual(body);
      const { event, ...plain } = body;
      expect(arrivedAt(webhook).map((request) => request.body)).toContain(JSON.stringify(event));
      expect(event!.id).toBe(plain.event_id);
      expect(version).toBeUndefined();
      await expect(get(context, webhook.id, id)).resolves.toMatchObject({ body: plain, version: expect.any(Number) });
    }
  });

  it('shows nothing in the place of an event that is no longer kept', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    const [event] = await happen(bus, context, 'job.created');
    const { id } = await onlyDelivery(webhook.id);
    await world.sql('webhooks', `update events set received_at = now() - interval '31 days' where id = $1`, [
      event!.id,
    ]);
    await expect(get(context, webhook.id, id, ['event'])).resolves.toMatchObject({ body: { event: null } });
  });

  it('needs the scope that reads what the event carries, unless it is an example', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    await happen(bus, context, 'candidate.created');
    const { id } = await onlyDelivery(webhook.id);
    const example = (await test(context, webhook.id, 'candidate.created')).body.id;
    const blind: RequestContext = { ...again(context), scopes: ['webhooks:read', 'jobs:read'] };
    await expect(get(blind, webhook.id, id, ['event'])).rejects.toMatchObject({
      code: 'insufficient_scope',
      detail: expect.stringContaining('candidates:read'),
    });
    await expect(get(blind, webhook.id, id)).resolves.toMatchObject({ body: { id } });
    await expect(get(blind, webhook.id, example, ['event'])).resolves.toMatchObject({
      body: { event: { test: true } },
    });
    const seeing: RequestContext = { ...blind, scopes: ['candidates:read'] };
    await expect(get(seeing, webhook.id, id, ['event'])).resolves.toMatchObject({
      body: { event: { type: 'candidate.created' } },
    });
  });
});

describe('a redelivery', () => {
  it('sends the same once more, under the same ids, and adds to the log', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    const [event] = await happen(bus, context, 'job.created');
    const { id } = await onlyDelivery(webhook.id);
    await attempted(context, webhook.id, id, 1);
    const before = await get(context, webhook.id, id);
    const asked = await redeliver(context, webhook.id, id);
    expect(asked.version).toBe(before.version! + 1);
    expect(asked.body).toEqual({
      ...before.body,
      status: 'pending',
      completed_at: null,
      next_attempt_at: asked.body.next_attempt_at,
      updated_at: asked.body.updated_at,
    });
    const done = await attempted(context, webhook.id, id, 2);
    expect(done).toMatchObject({ status: 'succeeded', attempts_total: 2 });
    expect(done.attempts.map(({ number }) => number)).toEqual([1, 2]);
    const requests = arrivedAt(webhook);
    expect(requests.map(({ body }) => body)).toEqual([JSON.stringify(event), JSON.stringify(event)]);
    for (const { headers } of requests) {
      expect(headers).toMatchObject({ 'webhook-id': event!.id, 'x-nexivohr-delivery': id });
    }
    await expect(deliveriesOf(world, webhook.id)).resolves.toHaveLength(1);
  });

  it('begins a new round for one that was given up, and makes one that waits for its next attempt due now', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 500);
    const { body } = await test(context, webhook.id);
    await attempted(context, webhook.id, body.id, 1);
    await world.sql('webhooks', `update deliveries set due_at = now() + interval '1 hour' where id = $1`, [body.id]);
    await redeliver(context, webhook.id, body.id);
    const second = await attempted(context, webhook.id, body.id, 2);
    expect(second.status).toBe('pending');
    // As if it had come to the end of its schedule.
    await world.sql(
      'webhooks',
      `update deliveries set status = 'failed', attempts = 10, completed_at = now() where id = $1`,
      [body.id],
    );
    await redeliver(context, webhook.id, body.id);
    await expect(attempted(context, webhook.id, body.id, 3)).resolves.toMatchObject({ status: 'pending' });
  });

  it('is refused while the webhook is disabled, and of an event that is no longer kept', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    const [event] = await happen(bus, context, 'job.created');
    const { id } = await onlyDelivery(webhook.id);
    await attempted(context, webhook.id, id, 1);
    await world.bus.request(webhooks.update, { id: webhook.id, patch: { status: 'disabled' } }, context);
    await expect(redeliver(context, webhook.id, id)).rejects.toMatchObject({ code: 'webhook_disabled' });
    await world.bus.request(webhooks.update, { id: webhook.id, patch: { status: 'enabled' } }, context);
    await world.sql('webhooks', `update events set received_at = now() - interval '31 days' where id = $1`, [
      event!.id,
    ]);
    await expect(redeliver(context, webhook.id, id)).rejects.toMatchObject({ code: 'event_expired' });
    await expect(get(context, webhook.id, id)).resolves.toMatchObject({ body: { status: 'succeeded' } });
  });
});

describe('the log', () => {
  it('is narrowed by status, type and time, sorted and paged', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 200);
    await happen(bus, context, 'job.created', 'job.updated', 'job.closed');
    const other = await webhookThatAnswers(context, 500);
    await test(context, other.id);
    await eventually(async () => expect((await list(context, webhook.id, { status: 'succeeded' })).meta.total).toBe(3));
    const { body } = await test(context, webhook.id);
    await attempted(context, webhook.id, body.id, 1);
    const typesOf = async (query: Record<string, string>): Promise<string[]> =>
      (await list(context, webhook.id, query)).data.map(({ event_type }) => event_type);
    await expect(typesOf({})).resolves.toEqual(['webhook.test', 'job.closed', 'job.updated', 'job.created']);
    await expect(typesOf({ sort: 'created_at', per_page: '2', page: '2' })).resolves.toEqual([
      'job.closed',
      'webhook.test',
    ]);
    await expect(typesOf({ event_type: 'webhook.test,job.created' })).resolves.toEqual(['webhook.test', 'job.created']);
    await expect(typesOf({ status: 'pending,failed' })).resolves.toEqual([]);
    await expect(typesOf({ created_after: body.created_at })).resolves.toEqual([]);
    await redeliver(context, webhook.id, (await list(context, webhook.id, { event_type: 'job.created' })).data[0]!.id);
    expect((await typesOf({ sort: '-updated_at' }))[0]).toBe('job.created');
    const [shown] = (await list(context, webhook.id)).data;
    expect(shown).not.toHaveProperty('attempts');
  });

  it('shows the last attempt of each delivery, of this account alone, and none before the first', async () => {
    const context = callFor();
    const webhook = await webhookThatAnswers(context, 500);
    const tried = (await test(context, webhook.id)).body;
    const twice = (await test(context, webhook.id)).body;
    await attempted(context, webhook.id, tried.id, 1);
    // Not tried again by itself.
    await world.sql('webhooks', `update deliveries set due_at = now() + interval '1 hour' where id = $1`, [tried.id]);
    await attempted(context, webhook.id, twice.id, 1);
    await redeliver(context, webhook.id, twice.id);
    const { attempts } = await attempted(context, webhook.id, twice.id, 2);
    // It waits: nothing more is sent while this is looked at.
    await world.sql(
      'webhooks',
      `update endpoint_health set paused_until = now() + interval '1 hour' where webhook_id = $1`,
      [webhook.id],
    );
    const untried = (await test(context, webhook.id)).body;
    const { data } = await list(context, webhook.id);
    for (const row of data) expect(deliverySummary.parse(row)).toEqual(row);
    expect(data.map(({ id, last_attempt }) => [id, last_attempt?.number ?? null])).toEqual([
      [untried.id, null],
      [twice.id, 2],
      [tried.id, 1],
    ]);
    expect(data[1]!.last_attempt).toEqual(attempts[1]);
    expect(data[2]!.last_attempt).toMatchObject({ status_code: 500, error: 'http_status' });
  });
});
