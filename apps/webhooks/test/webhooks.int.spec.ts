import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '@nexivo/contracts/accounts';
import { deliveries } from '@nexivo/contracts/deliveries';
import { replays } from '@nexivo/contracts/replays';
import {
  createWebhookInput,
  listWebhooksInput,
  type Webhook,
  webhook as webhookSchema,
  webhookPatch,
  type WebhookPatch,
  webhooks,
  WEBHOOKS_MAX,
} from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { RetentionSweeper } from '../src/events/retention.sweeper.js';
import {
  again,
  type Bus,
  connectServices,
  deliveriesOf,
  happen,
  newEvent,
  newWebhook,
  pause,
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
});
afterAll(async () => {
  await Promise.all([bus.close(), receiver.stop()]);
  await world.stop();
});

const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

const get = (context: RequestContext, id: string): Promise<Webhook> => world.bus.request(webhooks.get, { id }, context);
const update = (context: RequestContext, id: string, patch: WebhookPatch): Promise<Webhook> =>
  world.bus.request(webhooks.update, { id, patch }, context);
const remove = (context: RequestContext, id: string): Promise<Webhook> =>
  world.bus.request(webhooks.delete, { id }, context);
const list = (context: RequestContext, query: Record<string, string> = {}) =>
  world.bus.request(webhooks.list, listWebhooksInput.parse(query), context);
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
    const context = callFor();
    const { secret, ...webhook } = await newWebhook(world, context, {
      description: 'Payroll',
      events: ['job.created'],
    });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toEqual({
      id: webhook.id,
      url: NOBODY,
      events: ['job.created'],
      description: 'Payroll',
      status: 'enabled',
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      last_success_at: null,
      last_failure_at: null,
      disables_at: null,
      created_at: webhook.created_at,
      updated_at: webhook.created_at,
    });
    expect(webhookSchema.parse(webhook)).toEqual(webhook);
    await expect(get(context, webhook.id)).resolves.toEqual(webhook);
    await expect(list(context)).resolves.toMatchObject({ data: [webhook], meta: { total: 1 } });
    await expect(newWebhook(world, context)).resolves.not.toMatchObject({ secret });
  });

  it('may begin disabled, which dates it', async () => {
    const webhook = await newWebhook(world, callFor(), { status: 'disabled' });
    expect(webhook).toMatchObject({ disabled_reason: 'requested', disabled_at: webhook.created_at });
  });

  it(`is refused beyond ${WEBHOOKS_MAX} of an account, however many are asked for at once, until one is deleted`, async () => {
    const context = callFor();
    // At first no more than the service of a test has connections for.
    for (let turn = 0; turn < WEBHOOKS_MAX / 10 - 1; turn++) {
      await Promise.all(Array.from({ length: 10 }, () => newWebhook(world, context)));
    }
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => newWebhook(world, context)));
    const refusals = attempts.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown);
    expect(refusals).toHaveLength(10);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 'validation_failed', errors: [{ code: 'too_many' }] });
    }
    const { data, meta } = await list(context);
    expect(meta.total).toBe(WEBHOOKS_MAX);
    await remove(context, data[0]!.id);
    await expect(newWebhook(world, context)).resolves.toBeDefined();
    await expect(newWebhook(world, context)).rejects.toMatchObject({ errors: [{ code: 'too_many' }] });
    await expect(newWebhook(world, callFor())).resolves.toBeDefined();
  });
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
  it('takes back what it has shown, as a whole, and refuses another value of what only the API sets', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context, { url: receiver.url });
    const shown = await get(context, id);
    const send = (patch: object): Promise<Webhook> => update(context, id, webhookPatch.parse(patch));
    expect(await send(shown)).toEqual(shown);
    await expect(send({ ...shown, created_at: '2020-01-01T00:00:00.000Z' })).rejects.toMatchObject({
      errors: [{ field: 'created_at', code: 'read_only' }],
    });
  });

  it('changes what is sent, and nothing moves when nothing changes', async () => {
    const context = callFor();
    const { secret: _, ...created } = await newWebhook(world, context, { description: 'Payroll' });
    const changed = await update(context, created.id, { events: ['job.closed'], description: null });
    expect(changed).toEqual({ ...created, events: ['job.closed'], description: null, updated_at: changed.updated_at });
    expect(changed.updated_at > created.updated_at).toBe(true);
    for (const patch of [{}, { status: 'enabled' }, { url: NOBODY, events: ['job.closed'] }] as WebhookPatch[]) {
      await expect(update(context, created.id, patch)).resolves.toEqual(changed);
    }
    await expect(rowOf(created.id)).resolves.toMatchObject({ version: 2 });
  });

  it('disables and enables: with a reason and since when, and cleared of both and of all failures', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    const disabled = await update(context, id, { status: 'disabled' });
    expect(disabled).toMatchObject({ status: 'disabled', disabled_reason: 'requested' });
    expect(Date.parse(disabled.disabled_at!)).toBeLessThanOrEqual(Date.parse(disabled.updated_at));
    await world.sql(
      'webhooks',
      `update endpoint_health set failing_since = now(), paused_until = now() + interval '1 hour', consecutive_slowdowns = 3
       where webhook_id = $1`,
      [id],
    );
    const enabled = await update(context, id, { status: 'enabled' });
    expect(enabled).toMatchObject({ status: 'enabled', disabled_reason: null, disabled_at: null });
    await expect(rowOf(id)).resolves.toMatchObject({
      failing_since: null,
      paused_until: null,
      consecutive_slowdowns: 0,
    });
  });

  it('leaves the reason alone for which a webhook is disabled already', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    await world.sql(
      'webhooks',
      `update webhooks set status = 'disabled', disabled_reason = 'gone', disabled_at = now() where id = $1`,
      [id],
    );
    await expect(update(context, id, { status: 'disabled' })).resolves.toMatchObject({ disabled_reason: 'gone' });
    await expect(rowOf(id)).resolves.toMatchObject({ version: 1 });
  });

  it('to another URL begins with a clean record', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    await world.sql(
      'webhooks',
      `update endpoint_health set failing_since = now() - interval '4 days' where webhook_id = $1`,
      [id],
    );
    await update(context, id, { description: 'x' });
    expect((await rowOf(id))['failing_since']).not.toBeNull();
    await update(context, id, { url: `${NOBODY}other` });
    expect((await rowOf(id))['failing_since']).toBeNull();
  });

  it('makes what was pending go on: once enabled, what waited is delivered', async () => {
    const context = callFor();
    const target = `${receiver.url}/${randomUUID()}`;
    const { id } = await newWebhook(world, context, { url: NOBODY });
    const [event] = await happen(bus, context, 'job.created');
    await update(context, id, { status: 'disabled' });
    await world.sql('webhooks', `update deliveries set due_at = now() where webhook_id = $1`, [id]);
    await update(context, id, { url: target });
    const arrived = () => receiver.requests.filter(({ path }) => target.endsWith(path));
    expect(arrived()).toEqual([]);
    await update(context, id, { status: 'enabled' });
    await eventually(() => expect(arrived().map(({ body }) => body)).toEqual([JSON.stringify(event)]));
    await eventually(async () => expect(await deliveriesOf(world, id)).toMatchObject([{ status: 'succeeded' }]));
  });

  it('of a version that is not the current one is refused', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    const input = { id, patch: { description: 'x' } };
    await expect(exchange(world.bus, webhooks.update, input, { ...context, ifMatch: [2] })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(exchange(world.bus, webhooks.update, input, { ...context, ifMatch: [1] })).resolves.toMatchObject({
      version: 2,
    });
  });
});

describe('delete', () => {
  it('answers the webhook as it last stood, disabled, and from then on it is not there', async () => {
    const context = callFor();
    const { secret: _, ...created } = await newWebhook(world, context);
    const deleted = await remove(context, created.id);
    expect(deleted).toEqual({
      ...created,
      status: 'disabled',
      disabled_reason: 'requested',
      disabled_at: deleted.disabled_at,
      updated_at: deleted.updated_at,
    });
    const absent = { code: 'not_found', detail: 'There is no such webhook.' };
    const { id } = created;
    await expect(get(context, id)).rejects.toMatchObject(absent);
    await expect(update(context, id, { description: 'x' })).rejects.toMatchObject(absent);
    await expect(remove(context, id)).rejects.toMatchObject(absent);
    await expect(world.bus.request(webhooks.rotateSecret, { id }, context)).rejects.toMatchObject(absent);
    await expect(world.bus.request(deliveries.test, { id }, context)).rejects.toMatchObject(absent);
    await expect(list(context)).resolves.toMatchObject({ data: [] });
  });

  it('is refused for a version that is not the current one, and then changes nothing', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    await expect(exchange(world.bus, webhooks.delete, { id }, { ...context, ifMatch: [7] })).rejects.toMatchObject({
      code: 'precondition_failed',
      version: 1,
    });
    await expect(get(context, id)).resolves.toMatchObject({ status: 'enabled' });
  });

  it('takes what was pending along, and its log, in batches; those of others stay', async () => {
    const context = callFor();
    const [doomed, other] = [await newWebhook(world, context), await newWebhook(world, context)];
    await happen(bus, context, 'job.created', 'job.updated', 'job.closed');
    await pause(world, doomed.id, other.id);
    await remove(context, doomed.id);
    const counts = await sweeper.sweep(2);
    expect(counts.deliveriesOfDeletedWebhooks).toBeGreaterThanOrEqual(3);
    await expect(deliveriesOf(world, doomed.id)).resolves.toEqual([]);
    await expect(deliveriesOf(world, other.id)).resolves.toHaveLength(3);
    await expect(world.sql('webhooks', 'select * from deleted_webhooks')).resolves.toEqual([]);
  });

  it('leaves nothing behind, whatever happens at the same time: events, tests, replays', async () => {
    const context = callFor();
    const doomed = await Promise.all(Array.from({ length: 10 }, () => newWebhook(world, context)));
    await bus.publish(Array.from({ length: 20 }, () => newEvent(context.accountId)));
    const since = new Date(Date.now() - 60_000).toISOString();
    await Promise.all([
      bus.publish(Array.from({ length: 40 }, () => newEvent(context.accountId))),
      ...doomed.map(async ({ id }) => {
        const others = [
          world.bus.request(deliveries.test, { id }, context),
          world.bus.request(replays.create, { id, since }, context),
          world.bus.request(webhooks.rotateSecret, { id }, context),
        ];
        await Promise.all([remove(context, id), Promise.allSettled(others)]);
      }),
    ]);
    await bus.settled();
    await eventually(async () => {
      await sweeper.sweep();
      const left = await world.sql(
        'webhooks',
        `select webhook_id from deliveries where account_id = $1 union all select webhook_id from replays where account_id = $1
         union all select webhook_id from deleted_webhooks union all select webhook_id from endpoint_health where account_id = $1`,
        [context.accountId],
      );
      expect(left).toEqual([]);
    });
  });
});

describe('lists', () => {
  it('filter by status, sort in both directions and page', async () => {
    const context = callFor();
    const [first, second] = [
      await newWebhook(world, context),
      await newWebhook(world, context, { status: 'disabled' }),
    ];
    const ids = async (query: Record<string, string>): Promise<string[]> =>
      (await list(context, query)).data.map(({ id }) => id);
    await expect(ids({})).resolves.toEqual([second.id, first.id]);
    await expect(ids({ sort: 'created_at' })).resolves.toEqual([first.id, second.id]);
    await expect(ids({ status: 'enabled' })).resolves.toEqual([first.id]);
    await expect(ids({ status: 'enabled,disabled', per_page: '1', page: '2' })).resolves.toEqual([first.id]);
    await update(context, first.id, { description: 'x' });
    await expect(ids({ sort: '-updated_at' })).resolves.toEqual([first.id, second.id]);
  });
});

describe('another account', () => {
  it('cannot see, change, delete or use a webhook by its id, nor find it in a list', async () => {
    const context = callFor();
    const { id, secret: _, ...rest } = await newWebhook(world, context);
    const stranger = callFor();
    const absent = { code: 'not_found', detail: 'There is no such webhook.' };
    const since = new Date().toISOString();
    for (const attempt of [
      get(stranger, id),
      update(stranger, id, { status: 'disabled' }),
      update(stranger, id, { url: `${NOBODY}other` }),
      remove(stranger, id),
      world.bus.request(webhooks.rotateSecret, { id }, stranger),
      world.bus.request(deliveries.test, { id }, stranger),
      world.bus.request(replays.create, { id, since }, stranger),
      world.bus.request(replays.get, { id, replay_id: UNKNOWN }, stranger),
      world.bus.request(deliveries.get, { id, delivery_id: UNKNOWN }, stranger),
      world.bus.request(deliveries.redeliver, { id, delivery_id: UNKNOWN }, stranger),
    ]) {
      await expect(attempt).rejects.toMatchObject(absent);
    }
    await expect(list(stranger)).resolves.toMatchObject({ data: [], meta: { total: 0 } });
    await expect(get(context, id)).resolves.toEqual({ id, ...rest });
    await expect(get(again(context), id)).resolves.toEqual({ id, ...rest });
  });
});

describe('who may have events sent somewhere', () => {
  const writer = (context: RequestContext, ...scopes: Scope[]): RequestContext => ({
    ...callFor(context.accountId),
    scopes: ['webhooks:read', 'webhooks:write', ...scopes],
  });
  const lacking = (scopes: string) => ({ code: 'insufficient_scope', detail: expect.stringContaining(` ${scopes} `) });

  it('may read them: a webhook of others is not created', async () => {
    const context = callFor();
    const blind = writer(context, 'jobs:read', 'candidates:write');
    for (const [events, scopes] of [
      [['candidate.created'], 'candidates:read'],
      [['job.created', 'submission.placed', 'candidate.deleted'], 'submissions:read, candidates:read'],
      [['*'], 'candidates:read, submissions:read'],
    ] as const) {
      await expect(newWebhook(world, blind, { events: [...events] })).rejects.toMatchObject(lacking(scopes));
    }
    await newWebhook(world, blind, { events: ['job.created', 'job.closed'] });
    await newWebhook(world, writer(context, 'candidates:read', 'jobs:read', 'submissions:read'));
    const list = await world.bus.request(webhooks.list, webhooks.list.input.parse({}), context);
    expect(list.meta.total).toBe(2);
  });

  it('may read what a change adds, or sends to another URL; other changes need no more, and nothing stops what is there', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context, { events: ['candidate.created', 'job.created'] });
    const blind = writer(context, 'jobs:read');
    const update = (patch: WebhookPatch) => world.bus.request(webhooks.update, { id, patch }, blind);
    for (const [patch, scopes] of [
      [{ events: ['candidate.created', 'candidate.updated'] }, 'candidates:read'],
      [{ events: ['*'] }, 'candidates:read, submissions:read'],
      [{ url: 'http://127.0.0.1:10/' }, 'candidates:read'],
    ] as const) {
      await expect(update(patch as WebhookPatch)).rejects.toMatchObject(lacking(scopes));
    }
    await expect(world.bus.request(webhooks.get, { id }, context)).resolves.toMatchObject({
      url: NOBODY,
      events: ['candidate.created', 'job.created'],
    });
    await update({ description: 'x', status: 'disabled', url: NOBODY });
    await update({ status: 'enabled', events: ['candidate.created', 'job.created', 'job.closed'] });
    await expect(update({ events: ['job.closed'], url: 'http://127.0.0.1:10/' })).resolves.toMatchObject({
      events: ['job.closed'],
    });
  });
});
