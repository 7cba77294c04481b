import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Event } from '@nexivo/contracts/events';
import { redeliveries } from '@nexivo/contracts/redeliveries';
import { replays } from '@nexivo/contracts/replays';
import { type Webhook, webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import {
  again,
  type Bus,
  connectServices,
  deliveriesOf,
  happen,
  newWebhook,
  readEvents,
  startWebhooks,
} from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let receiver: Receiver;
/** How the webhook that is not well answers. */
let status = 200;

beforeAll(async () => {
  world = await startWorld();
  await startWebhooks(world);
  [bus, receiver] = await Promise.all([connectServices(world), startReceiver()]);
  receiver.answer = ({ path }) => ({ status: path.startsWith('/bad') ? status : 200 });
});
afterAll(async () => {
  await Promise.all([bus.close(), receiver.stop()]);
  await world.stop();
});

const hookAt = (context: RequestContext, path: string): Promise<Webhook> =>
  newWebhook(world, context, { url: receiver.url + path });
const arrived = (path: string): Event[] =>
  receiver.requests.filter((request) => request.path === path).map(({ body }) => JSON.parse(body) as Event);
const typesFor = async (webhookId: string): Promise<string[]> =>
  (await deliveriesOf(world, webhookId)).map(({ event_type }) => event_type).toSorted();
const read = (context: RequestContext, id: string): Promise<Webhook> =>
  world.bus.request(webhooks.get, { id }, context);
const patch = (context: RequestContext, id: string, changes: { status: 'enabled' | 'disabled' }): Promise<Webhook> =>
  world.bus.request(webhooks.update, { id, patch: changes }, again(context));

it("the account's other webhooks and the feed are told of one that is disabled, whoever disables it, and it is not", async () => {
  const context = callFor();
  const [bad, other] = [await hookAt(context, '/bad/gone'), await hookAt(context, '/other')];
  status = 410;
  await happen(bus, context, 'job.created');
  const told = (id: string): Event[] =>
    arrived('/other').filter(({ type, data }) => type === 'webhook.disabled' && data.object.id === id);
  await eventually(() => expect(told(bad.id)).toHaveLength(1));
  const shown = await read(context, bad.id);
  expect(shown).toMatchObject({ status: 'disabled', disabled_reason: 'gone' });
  expect(told(bad.id)[0]!.data).toEqual({
    object: shown,
    previous: expect.objectContaining({ status: 'enabled', disabled_reason: null, disabled_at: null }),
  });
  status = 200;
  await patch(context, bad.id, { status: 'enabled' });
  const { disabled_at } = await patch(context, bad.id, { status: 'disabled' });
  await eventually(() => expect(told(bad.id)).toHaveLength(2));
  expect(told(bad.id)[1]!.data.object).toMatchObject({ disabled_at, disabled_reason: 'requested' });
  await patch(context, bad.id, { status: 'enabled' });
  await happen(bus, context, 'job.updated');
  await eventually(() => expect(arrived('/bad/gone').map(({ type }) => type)).toContain('job.updated'));
  expect(arrived('/bad/gone').filter(({ type }) => type.startsWith('webhook.'))).toEqual([]);
  const { data } = await readEvents(world, context, { type: 'webhook.disabled' });
  expect(data.map((event) => event.data.object.id)).toEqual([bad.id, bad.id]);
  expect(told(other.id)).toEqual([]);
});

it('one that fails is not told so, which would be a failure more; the others are told once', async () => {
  const context = callFor();
  const [bad, other] = [await hookAt(context, '/bad/failing'), await hookAt(context, '/others')];
  status = 500;
  await happen(bus, context, 'job.created');
  await eventually(async () => expect((await read(context, bad.id)).failing_since).not.toBeNull());
  await world.sql('webhooks', 'update endpoint_health set failures = 9 where webhook_id = $1', [bad.id]);
  await world.sql('webhooks', 'update deliveries set due_at = now() where webhook_id = $1', [bad.id]);
  await eventually(() =>
    expect(arrived('/others').map(({ type }) => type)).toEqual(['job.created', 'webhook.failing']),
  );
  expect(arrived('/others')[1]!.data.object.id).toBe(bad.id);
  await happen(bus, context, 'job.updated');
  await eventually(async () => expect(await typesFor(bad.id)).toEqual(['job.created', 'job.updated']));
  await expect(typesFor(other.id)).resolves.toEqual(['job.created', 'job.updated', 'webhook.failing']);
});

it('a webhook shows how it stands, in its list and alone; a copy of that may be sent back in a patch', async () => {
  const context = callFor();
  const { id } = await hookAt(context, '/bad/standing');
  expect(await read(context, id)).toMatchObject({ failing_since: null, last_success_at: null, disables_at: null });
  status = 500;
  await happen(bus, context, 'job.created');
  const failing = await eventually(async () => {
    const now = await read(context, id);
    expect(now.failing_since).not.toBeNull();
    return now;
  });
  expect(failing).toMatchObject({ last_success_at: null, last_failure_at: expect.any(String) });
  const fiveDays = Date.parse(failing.failing_since!) + 5 * 86_400_000;
  expect(Date.parse(failing.disables_at!)).toBe(fiveDays);
  const { data } = await world.bus.request(webhooks.list, webhooks.list.input.parse({}), context);
  expect(data).toMatchObject([{ id, failing_since: failing.failing_since }]);
  const copy = { failing_since: failing.failing_since, description: 'x' };
  await expect(world.bus.request(webhooks.update, { id, patch: copy }, context)).resolves.toMatchObject(copy);
  const wrong = world.bus.request(webhooks.update, { id, patch: { failing_since: '2999-01-01T00:00:00Z' } }, context);
  await expect(wrong).rejects.toMatchObject({ errors: [{ field: 'failing_since', code: 'read_only' }] });
  status = 200;
  await world.sql('webhooks', 'update deliveries set due_at = now() where webhook_id = $1', [id]);
  await eventually(async () => expect((await read(context, id)).failing_since).toBeNull());
  const { last_failure_at, last_success_at, disables_at } = failing;
  const readBefore = { ...copy, last_failure_at, last_success_at, disables_at, description: 'y' };
  await expect(world.bus.request(webhooks.update, { id, patch: readBefore }, context)).resolves.toMatchObject({
    description: 'y',
    failing_since: null,
  });
});

it('the documented way back from being disabled brings everything: what was given up before, what waits and what was missed', async () => {
  const context = callFor();
  const { id } = await hookAt(context, '/bad/back');
  const tried = async (): Promise<number> => {
    const [row] = await world.sql<{ count: number }>(
      'webhooks',
      `select count(*)::int as count from deliveries where webhook_id = $1 and attempts_total > 0`,
      [id],
    );
    return row!.count;
  };
  status = 500;
  const givenUp = await happen(bus, context, 'job.created', 'job.updated');
  await eventually(async () => expect(await tried()).toBe(2));
  await world.sql('webhooks', `update deliveries set attempts = 9, due_at = now() where webhook_id = $1`, [id]);
  await eventually(async () => {
    const rows = await world.sql('webhooks', `select from deliveries where webhook_id = $1 and status = 'failed'`, [
      id,
    ]);
    expect(rows).toHaveLength(2);
  });
  await world.sql(
    'webhooks',
    `update endpoint_health set failing_since = now() - interval '6 days', failures = 9, failing_days = 5 where webhook_id = $1`,
    [id],
  );
  const waits = await happen(bus, context, 'job.closed');
  const disabled = await eventually(async () => {
    const now = await read(context, id);
    expect(now.status).toBe('disabled');
    return now;
  });
  const missed = await happen(bus, context, 'job.created', 'job.updated');
  status = 200;
  const before = receiver.requests.length;
  await patch(context, id, { status: 'enabled' });
  const jobs = [
    world.bus.request(redeliveries.create, { id, since: disabled.failing_since! }, again(context)),
    world.bus.request(replays.create, { id, since: disabled.disabled_at! }, again(context)),
  ];
  await Promise.all(jobs);
  const wanted = [...givenUp, ...waits, ...missed].map((event) => event.id);
  await eventually(() => {
    const came = receiver.requests.slice(before).map(({ body }) => (JSON.parse(body) as Event).id);
    expect(wanted.filter((each) => !came.includes(each))).toEqual([]);
  });
});
