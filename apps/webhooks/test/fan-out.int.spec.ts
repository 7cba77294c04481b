import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EVENT_TYPES } from '@nexivo/contracts/events';
import { webhooks } from '@nexivo/contracts/webhooks';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { eventually } from '@nexivo/testing/poll';
import { deliverToTheDead } from '@nexivo/testing/redelivery';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { fanOut } from '../src/consumers.js';
import {
  type Bus,
  connectServices,
  deliveriesOf,
  happen,
  newEvent,
  newWebhook,
  readEvents,
  recordMany,
  startWebhooks,
} from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let notifications: jest.SpiedFunction<() => void>[];

beforeAll(async () => {
  world = await startWorld();
  // Two replicas, as in production: every guarantee here holds for both together.
  const services = [await startWebhooks(world), await startWebhooks(world)];
  notifications = services.map((service) => jest.spyOn(service.get(WakeUp), 'notify'));
  bus = await connectServices(world);
});
afterAll(async () => {
  await bus.close();
  await world.stop();
});

const typesFor = async (webhookId: string): Promise<string[]> =>
  (await deliveriesOf(world, webhookId)).map(({ event_type }) => event_type).toSorted();

describe('an event', () => {
  it('is queued for every enabled webhook of its account that has subscribed to it, and for no other', async () => {
    const context = callFor();
    const stranger = callFor();
    const all = await newWebhook(world, context);
    const some = await newWebhook(world, context, { events: ['job.created', 'submission.placed'] });
    const disabled = await newWebhook(world, context, { status: 'disabled' });
    const foreign = await newWebhook(world, stranger);
    await happen(bus, context, ...EVENT_TYPES);
    await expect(typesFor(all.id)).resolves.toEqual(EVENT_TYPES.toSorted());
    await expect(typesFor(some.id)).resolves.toEqual(['job.created', 'submission.placed']);
    await expect(typesFor(disabled.id)).resolves.toEqual([]);
    await expect(typesFor(foreign.id)).resolves.toEqual([]);
  });

  it('wakes the worker if anybody has subscribed to it', async () => {
    const notified = (): number => notifications.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    // Deliveries of other tests have come to their end.
    await eventually(async () => {
      const before = notified();
      await happen(bus, callFor(), 'job.closed');
      expect(notified()).toBe(before);
    });
    const context = callFor();
    await newWebhook(world, context);
    const before = notified();
    await happen(bus, context, 'job.closed');
    await eventually(() => expect(notified()).toBeGreaterThan(before));
  });

  it('keeps its trace context, for its deliveries', async () => {
    const context = callFor();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const traced = newEvent(context.accountId, 'job.closed');
    const other = newEvent(context.accountId, 'job.closed');
    await bus.publish([traced], { traceparent });
    await bus.publish([other]);
    await bus.settled();
    const rows = await world.sql(
      'webhooks',
      'select id, traceparent from events where account_id = $1 order by position',
      [context.accountId],
    );
    expect(rows).toEqual([
      { id: traced.id, traceparent },
      { id: other.id, traceparent: null },
    ]);
  });

  it('is recorded byte for byte as it was published, whether anybody has subscribed to it or not', async () => {
    const context = callFor();
    const [event] = await happen(bus, context, 'job.closed');
    const rows = await world.sql('webhooks', 'select id, type, position, body from events where account_id = $1', [
      context.accountId,
    ]);
    expect(rows).toEqual([{ id: event!.id, type: 'job.closed', position: '1', body: JSON.stringify(event) }]);
  });

  it('is recorded with the id of its object, beside those of a replica of 0.1, which does not tell it', async () => {
    const context = callFor();
    const events = await happen(bus, context, 'candidate.updated', 'submission.placed');
    await recordMany(world, context, 1);
    const [last] = await happen(bus, context, 'job.closed');
    const rows = await world.sql('webhooks', 'select object_id from events where account_id = $1 order by position', [
      context.accountId,
    ]);
    const [candidate, submission] = events.map(({ data }) => data.object.id);
    expect(rows.map(({ object_id }) => object_id)).toEqual([candidate, submission, null, last!.data.object.id]);
    expect((await readEvents(world, context)).data).toHaveLength(4);
  });

  it('that comes again, long after the bus would know it for a duplicate, is recorded and queued once', async () => {
    const context = callFor();
    const webhook = await newWebhook(world, context);
    const event = newEvent(context.accountId);
    await bus.publish([event, event]);
    await bus.settled();
    await world.sql('webhooks', 'delete from inbox where event_id = $1', [event.id]);
    await bus.publish([event, newEvent(context.accountId), event]);
    await bus.settled();
    expect((await readEvents(world, context)).data).toHaveLength(2);
    await expect(deliveriesOf(world, webhook.id)).resolves.toHaveLength(2);
    const positions = await world.sql(
      'webhooks',
      'select position from events where account_id = $1 order by position',
      [context.accountId],
    );
    expect(positions).toEqual([{ position: '1' }, { position: '2' }]);
  });

  it('that happens after a webhook was deleted is queued for it no more', async () => {
    const context = callFor();
    const webhook = await newWebhook(world, context);
    await world.bus.request(webhooks.delete, { id: webhook.id }, context);
    await happen(bus, context, 'job.created');
    await expect(deliveriesOf(world, webhook.id)).resolves.toEqual([]);
  });
});

describe('positions', () => {
  it("are in the order of each object's versions, though a replica has died with some of its events", async () => {
    const context = callFor();
    const [first] = [newEvent(context.accountId)];
    const versions = Array.from({ length: 100 }, (_, index) => ({
      ...newEvent(context.accountId, 'candidate.updated'),
      resource_version: index + 1,
      data: first.data,
    }));
    for (let next = 0; next < versions.length; next += 25) {
      const taken = deliverToTheDead(world.nats.urlFor('webhooks'), fanOut.durable, 5);
      await bus.publish(versions.slice(next, next + 25));
      await taken;
    }
    // The bus delivers after 15 s what was not settled.
    await eventually(
      async () => expect((await readEvents(world, context, { per_page: '100' })).data).toHaveLength(100),
      {
        withinMs: 30_000,
      },
    );
    const { data } = await readEvents(world, context, { per_page: '100' });
    expect(data.map(({ resource_version }) => resource_version)).toEqual(
      versions.map((event) => event.resource_version),
    );
  });

  it('are dense for each account, and in the order in which one may read, with two replicas at work on the same accounts', async () => {
    const calls = Array.from({ length: 4 }, () => callFor());
    const hooks = await Promise.all(calls.map((context) => newWebhook(world, context)));
    const events = Array.from({ length: 600 }, (_, index) => newEvent(calls[index % calls.length]!.accountId));
    await bus.publish(events);
    await bus.settled();
    for (const [index, { accountId }] of calls.entries()) {
      const rows = await world.sql<{ position: string; id: string; type: string }>(
        'webhooks',
        'select position, id, type from events where account_id = $1 order by position',
        [accountId],
      );
      expect(rows.map(({ position }) => Number(position))).toEqual(rows.map((_, index) => index + 1));
      const expected = events.filter(({ account_id }) => account_id === accountId).map(({ id }) => id);
      // Nobody answers at the URL, so there may be an event of the webhook, too.
      const published = rows.filter(({ type }) => type === 'candidate.created');
      expect(published.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
      const queued = await deliveriesOf(world, hooks[index]!.id);
      expect(queued.map(({ event_id }) => event_id).toSorted()).toEqual(expected.toSorted());
    }
  });
});
