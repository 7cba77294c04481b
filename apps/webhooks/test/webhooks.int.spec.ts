import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveries } from '@nexivo/contracts/deliveries';
import { replays } from '@nexivo/contracts/replays';
import {
  createWebhookInput,
  listWebhooksInput,
  type Webhook,
  webhook as webhookSchema,
  type WebhookPatch,
  webhooks,
  WEBHOOKS_MAX,
} from '@nexivo/contracts/webhooks';
import type { Call } from '@nexivo/service/call';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { RetentionSweeper } from '../src/events/retention.sweeper.js';
import {
  again,
  type Bus,
  connectServices,
  deliveriesOf,
  happen,
  newEvent,
  newWebhook,
  NOBODY,
  startWebhooks,
} from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let receiver: Receiver;
let sweeper: RetentionSweeper;

beforeAll(async () => {
  world = await startWorld();
  const app = await startWebhooks(world);
  sweeper = app.get(RetentionSweeper);
  [bus, receiver] = await Promise.all([connectServices(world), startReceiver()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([bus.close(), receiver.stop()]);
  await world.stop();
});

const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

const get = (call: Call, id: string): Promise<Webhook> => world.bus.call(webhooks.get, { id }, call);
const update = (call: Call, id: string, patch: WebhookPatch): Promise<Webhook> =>
  world.bus.call(webhooks.update, { id, patch }, call);
const remove = (call: Call, id: string): Promise<Webhook> => world.bus.call(webhooks.delete, { id }, call);
const list = (call: Call, query: Record<string, string> = {}) =>
  world.bus.call(webhooks.list, listWebhooksInput.parse(query), call);
const rowOf = async (id: string): Promise<Record<string, unknown>> => {
  const [row] = await world.sql(
    'webhooks',
    'select * from webhooks join endpoint_health on webhook_id = id where id = $1',
    [id],
  );
  return row!;
};

describe('create', () => {
  it('answers the webhook and its secret, which is 32 random bytes, and shows it nowhere else', async () => {
    const call = callFor();
    const { secret, ...webhook } = await newWebhook(world, call, { description: 'Payroll', events: ['job.created'] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toEqual({
      id: webhook.id,
      url: NOBODY,
      events: ['job.created'],
      description: 'Payroll',
      status: 'enabled',
      disabled_reason: null,
      disabled_at: null,
      created_at: webhook.created_at,
      updated_at: webhook.created_at,
    });
    expect(webhookSchema.parse(webhook)).toEqual(webhook);
    await expect(get(call, webhook.id)).resolves.toEqual(webhook);
    await expect(list(call)).resolves.toMatchObject({ data: [webhook], meta: { total: 1 } });
    await expect(newWebhook(world, call)).resolves.not.toMatchObject({ secret });
  });

  it('may begin disabled, which dates it', async () => {
    const webhook = await newWebhook(world, callFor(), { status: 'disabled' });
    expect(webhook).toMatchObject({ disabled_reason: 'requested', disabled_at: webhook.created_at });
  });

  it(`is refused beyond ${WEBHOOKS_MAX} of an account, however many are asked for at once, until one is deleted`, async () => {
    const call = callFor();
    // At first no more than the service of a test has connections for.
    for (let turn = 0; turn < WEBHOOKS_MAX / 10 - 1; turn++) {
      await Promise.all(Array.from({ length: 10 }, () => newWebhook(world, call)));
    }
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => newWebhook(world, call)));
    const refusals = attempts.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown);
    expect(refusals).toHaveLength(10);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 'validation_failed', errors: [{ code: 'too_many' }] });
    }
    const { data, meta } = await list(call);
    expect(meta.total).toBe(WEBHOOKS_MAX);
    await remove(call, data[0]!.id);
    await expect(newWebhook(world, call)).resolves.toBeDefined();
    await expect(newWebhook(world, call)).rejects.toMatchObject({ errors: [{ code: 'too_many' }] });
    await expect(newWebhook(world, callFor())).resolves.toBeDefined();
  }, 60_000);
});

describe('a body', () => {
  const input = { url: 'https://example.com/hooks', events: ['*'] };
  const problemsOf = (patch: object): string[] =>
    createWebhookInput.safeParse({ ...input, ...patch }).error?.issues.map(({ path }) => path.join('.')) ?? [];

  it.each([
    ['no events', { events: [] }, ['events']],
    ['an event that there is not', { events: ['candidate.created', 'candidate.hired'] }, ['events.1']],
    ['the test, which nobody can subscribe to', { events: ['webhook.test'] }, ['events.0']],
    ['all and some', { events: ['*', 'job.created'] }, ['events']],
    ['no URL', { url: 'example.com' }, ['url']],
    ['another protocol', { url: 'ftp://example.com/' }, ['url']],
    ['a user', { url: 'https://jane@example.com/' }, ['url']],
    ['a password', { url: 'https://:secret@example.com/' }, ['url']],
    ['a fragment', { url: 'https://example.com/#part' }, ['url']],
    ['an empty fragment', { url: 'https://example.com/#' }, ['url']],
    ['a line break in the URL', { url: 'https://exam\nple.com/' }, ['url']],
    ['a backslash in the URL', { url: String.raw`https:\\example.com` }, ['url']],
    ['a URL that is too long', { url: `https://example.com/${'a'.repeat(2_000)}` }, ['url']],
    ['an id of its own', { id: UNKNOWN }, ['']],
    ['a secret of its own', { secret: 'whsec_AAAA' }, ['']],
  ])('with %s is refused', (_what, patch, paths) => {
    expect(problemsOf(patch)).toEqual(paths);
  });

  it('may name an event twice: it counts once', () => {
    expect(createWebhookInput.parse({ ...input, events: ['job.created', 'job.created'] }).events).toEqual([
      'job.created',
    ]);
  });
});

describe('update', () => {
  it('changes what is sent, and nothing moves when nothing changes', async () => {
    const call = callFor();
    const { secret: _, ...created } = await newWebhook(world, call, { description: 'Payroll' });
    const changed = await update(call, created.id, { events: ['job.closed'], description: null });
    expect(changed).toEqual({ ...created, events: ['job.closed'], description: null, updated_at: changed.updated_at });
    expect(changed.updated_at > created.updated_at).toBe(true);
    for (const patch of [{}, { status: 'enabled' }, { url: NOBODY, events: ['job.closed'] }] as WebhookPatch[]) {
      await expect(update(call, created.id, patch)).resolves.toEqual(changed);
    }
    await expect(rowOf(created.id)).resolves.toMatchObject({ version: 2 });
  });

  it('disables and enables: with a reason and since when, and cleared of both and of all failures', async () => {
    const call = callFor();
    const { id } = await newWebhook(world, call);
    const disabled = await update(call, id, { status: 'disabled' });
    expect(disabled).toMatchObject({ status: 'disabled', disabled_reason: 'requested' });
    expect(Date.parse(disabled.disabled_at!)).toBeLessThanOrEqual(Date.parse(disabled.updated_at));
    await world.sql(
      'webhooks',
      `update endpoint_health set failing_since = now(), paused_until = now() + interval '1 hour', consecutive_slowdowns = 3
       where webhook_id = $1`,
      [id],
    );
    const enabled = await update(call, id, { status: 'enabled' });
    expect(enabled).toMatchObject({ status: 'enabled', disabled_reason: null, disabled_at: null });
    await expect(rowOf(id)).resolves.toMatchObject({
      failing_since: null,
      paused_until: null,
      consecutive_slowdowns: 0,
    });
  });

  it('leaves the reason alone for which a webhook is disabled already', async () => {
    const call = callFor();
    const { id } = await newWebhook(world, call);
    await world.sql(
      'webhooks',
      `update webhooks set status = 'disabled', disabled_reason = 'gone', disabled_at = now() where id = $1`,
      [id],
    );
    await expect(update(call, id, { status: 'disabled' })).resolves.toMatchObject({ disabled_reason: 'gone' });
    await expect(rowOf(id)).resolves.toMatchObject({ version: 1 });
  });

  it('to another URL begins with a clean record', async () => {
    const call = callFor();
    const { id } = await newWebhook(world, call);
    await world.sql(
      'webhooks',
      `update endpoint_health set failing_since = now() - interval '4 days' where webhook_id = $1`,
      [id],
    );
    await update(call, id, { description: 'x' });
    expect((await rowOf(id))['failing_since']).not.toBeNull();
    await update(call, id, { url: `${NOBODY}other` });
    expect((await rowOf(id))['failing_since']).toBeNull();
  });

  it('makes what was pending go on: once enabled, what waited is delivered', async () => {
    const call = callFor();
    const target = `${receiver.url}/${randomUUID()}`;
    const { id } = await newWebhook(world, call, { url: NOBODY });
    const [event] = await happen(bus, call, 'job.created');
    await update(call, id, { status: 'disabled' });
    await world.sql('webhooks', `update deliveries set due_at = now() where webhook_id = $1`, [id]);
    await update(call, id, { url: target });
    const arrived = () => receiver.requests.filter(({ path }) => target.endsWith(path));
    expect(arrived()).toEqual([]);
    await update(call, id, { status: 'enabled' });
    await eventually(() => expect(arrived().map(({ body }) => body)).toEqual([JSON.stringify(event)]));
    await eventually(async () => expect(await deliveriesOf(world, id)).toMatchObject([{ status: 'succeeded' }]));
  });

  it('of a version that is not the current one is refused', async () => {
    const call = callFor();
    const { id } = await newWebhook(world, call);
    const input = { id, patch: { description: 'x' } };
    await expect(world.bus.exchange(webhooks.update, input, { ...call, ifMatch: [2] })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(world.bus.exchange(webhooks.update, input, { ...call, ifMatch: [1] })).resolves.toMatchObject({
      version: 2,
    });
  });
});

describe('delete', () => {
  it('answers the webhook as it last stood, disabled, and from then on it is not there', async () => {
    const call = callFor();
    const { secret: _, ...created } = await newWebhook(world, call);
    const deleted = await remove(call, created.id);
    expect(deleted).toEqual({
      ...created,
      status: 'disabled',
      disabled_reason: 'requested',
      disabled_at: deleted.disabled_at,
      updated_at: deleted.updated_at,
    });
    const absent = { code: 'not_found', detail: 'There is no such webhook.' };
    const { id } = created;
    await expect(get(call, id)).rejects.toMatchObject(absent);
    await expect(update(call, id, { description: 'x' })).rejects.toMatchObject(absent);
    await expect(remove(call, id)).rejects.toMatchObject(absent);
    await expect(world.bus.call(webhooks.rotateSecret, { id }, call)).rejects.toMatchObject(absent);
    await expect(world.bus.call(deliveries.test, { id }, call)).rejects.toMatchObject(absent);
    await expect(list(call)).resolves.toMatchObject({ data: [] });
  });

  it('is refused for a version that is not the current one, and then changes nothing', async () => {
    const call = callFor();
    const { id } = await newWebhook(world, call);
    await expect(world.bus.exchange(webhooks.delete, { id }, { ...call, ifMatch: [7] })).rejects.toMatchObject({
      code: 'precondition_failed',
      version: 1,
    });
    await expect(get(call, id)).resolves.toMatchObject({ status: 'enabled' });
  });

  it('takes what was pending along, and its log, in batches; those of others stay', async () => {
    const call = callFor();
    const [doomed, other] = [await newWebhook(world, call), await newWebhook(world, call)];
    await happen(bus, call, 'job.created', 'job.updated', 'job.closed');
    await remove(call, doomed.id);
    const counts = await sweeper.sweep(2);
    expect(counts.deliveriesOfDeletedWebhooks).toBeGreaterThanOrEqual(3);
    await expect(deliveriesOf(world, doomed.id)).resolves.toEqual([]);
    await expect(deliveriesOf(world, other.id)).resolves.toHaveLength(3);
    await expect(world.sql('webhooks', 'select * from deleted_webhooks')).resolves.toEqual([]);
  });

  it('leaves nothing behind, whatever happens at the same time: events, tests, replays', async () => {
    const call = callFor();
    const doomed = await Promise.all(Array.from({ length: 10 }, () => newWebhook(world, call)));
    await bus.publish(Array.from({ length: 20 }, () => newEvent(call.accountId)));
    const since = new Date(Date.now() - 60_000).toISOString();
    await Promise.all([
      bus.publish(Array.from({ length: 40 }, () => newEvent(call.accountId))),
      ...doomed.map(async ({ id }) => {
        const others = [
          world.bus.call(deliveries.test, { id }, call),
          world.bus.call(replays.create, { id, since }, call),
          world.bus.call(webhooks.rotateSecret, { id }, call),
        ];
        await Promise.all([remove(call, id), Promise.allSettled(others)]);
      }),
    ]);
    await bus.settled();
    await eventually(async () => {
      await sweeper.sweep();
      const left = await world.sql(
        'webhooks',
        `select webhook_id from deliveries where account_id = $1 union all select webhook_id from replays where account_id = $1
         union all select webhook_id from deleted_webhooks union all select webhook_id from endpoint_health where account_id = $1`,
        [call.accountId],
      );
      expect(left).toEqual([]);
    });
  }, 60_000);
});

describe('lists', () => {
  it('filter by status, sort in both directions and page', async () => {
    const call = callFor();
    const [first, second] = [await newWebhook(world, call), await newWebhook(world, call, { status: 'disabled' })];
    const ids = async (query: Record<string, string>): Promise<string[]> =>
      (await list(call, query)).data.map(({ id }) => id);
    await expect(ids({})).resolves.toEqual([second.id, first.id]);
    await expect(ids({ sort: 'created_at' })).resolves.toEqual([first.id, second.id]);
    await expect(ids({ status: 'enabled' })).resolves.toEqual([first.id]);
    await expect(ids({ status: 'enabled,disabled', per_page: '1', page: '2' })).resolves.toEqual([first.id]);
    await update(call, first.id, { description: 'x' });
    await expect(ids({ sort: '-updated_at' })).resolves.toEqual([first.id, second.id]);
  });
});

describe('another account', () => {
  it('cannot see, change, delete or use a webhook by its id, nor find it in a list', async () => {
    const call = callFor();
    const { id, secret: _, ...rest } = await newWebhook(world, call);
    const stranger = callFor();
    const absent = { code: 'not_found', detail: 'There is no such webhook.' };
    const since = new Date().toISOString();
    for (const attempt of [
      get(stranger, id),
      update(stranger, id, { status: 'disabled' }),
      update(stranger, id, { url: `${NOBODY}other` }),
      remove(stranger, id),
      world.bus.call(webhooks.rotateSecret, { id }, stranger),
      world.bus.call(deliveries.test, { id }, stranger),
      world.bus.call(replays.create, { id, since }, stranger),
      world.bus.call(replays.get, { id, replay_id: UNKNOWN }, stranger),
      world.bus.call(deliveries.get, { id, delivery_id: UNKNOWN }, stranger),
      world.bus.call(deliveries.redeliver, { id, delivery_id: UNKNOWN }, stranger),
    ]) {
      await expect(attempt).rejects.toMatchObject(absent);
    }
    await expect(list(stranger)).resolves.toMatchObject({ data: [], meta: { total: 0 } });
    await expect(get(call, id)).resolves.toEqual({ id, ...rest });
    await expect(get(again(call), id)).resolves.toEqual({ id, ...rest });
  });
});
