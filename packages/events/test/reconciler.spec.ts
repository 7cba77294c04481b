import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AckPolicy, type JsMsg, jetstream } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { BusConnection } from '@nexivo/bus/connection';
import { type Event, EVENT_TYPES } from '@nexivo/contracts/events';
import { createLogger } from '@nexivo/runtime/logging';
import { migrate } from '@nexivo/store/migrations';
import { eventually } from '@nexivo/testing/poll';
import { startWorld } from '@nexivo/testing/world';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import { OutboxSweeper } from '../src/outbox.sweeper.js';
import { Reconciler } from '../src/reconciler.js';
import { provisionEvents, STREAM } from '../src/stream.js';
import { CreateTables1764000000000, type PublishingWorld, startPublishingWorld } from './publishing-world.js';
import { connectTo, startRelay, stopRelays } from './relays.js';
import { changeEach, duplicates, lost, newIds } from './resources.js';

/** The shortest that the server takes. */
const WINDOW_MS = 100;
/** More than the reconciler reads at once. */
const SEVERAL_PAGES = 1_200;

let world: PublishingWorld;
let reconciler: Reconciler;
let bus: BusConnection;

beforeEach(async () => {
  world = await startPublishingWorld({ duplicateWindowMs: WINDOW_MS });
  bus = await connectTo(world.natsUrl);
  reconciler = new Reconciler(world.database, bus, createLogger('test', 'silent'));
  await startRelay(world);
});
afterEach(async () => {
  await stopRelays();
  await bus.onApplicationShutdown();
  await world.stop();
});

const drained = (): Promise<void> => eventually(async () => expect(await world.unpublished()).toBe(0));

/** Publishes events, and waits until the stream would no longer take them for duplicates. */
async function publish(count: number): Promise<void> {
  await changeEach(world.database, newIds(count));
  await drained();
  await beyondTheWindow();
}
/** Publishes events of another service, which are in no outbox here, and then a few of this one. */
async function publishForeign(count: number): Promise<void> {
  for (let event = 0; event < count; event++) await bus.nats.request('events.job.019ab2f0.created', '{}');
  await publish(5);
}
const beyondTheWindow = (): Promise<void> =>
  eventually(async () => {
    const recent = await world.database.query<unknown[]>(
      `select from outbox where published_at > clock_timestamp() - make_interval(secs => $1)`,
      [(2 * WINDOW_MS) / 1_000],
    );
    expect(recent).toEqual([]);
  });
/** Makes everything published so far as old as if it had been published then. */
const age = (interval: string): Promise<unknown> =>
  world.database.query(`update outbox set published_at = published_at - $1::interval`, [interval]);
/** Until the reconciler has noticed: what it asks a server that is ending is never answered. */
async function stopNats(): Promise<void> {
  await world.nats.stop();
  await eventually(() => expect(bus.isConnected).toBe(false));
}
async function startNats(): Promise<void> {
  await world.nats.start();
  await eventually(() => expect(bus.isConnected).toBe(true));
}

/** All is there again, and the reconciler is content with it. */
async function expectRestored(): Promise<void> {
  await drained();
  expect(await lost(world.database, await world.stored())).toEqual([]);
  await beyondTheWindow();
  expect(await reconciler.reconcile()).toBe(0);
}

it('raises no false alarm: not for a stream that is whole, nor after a restart of NATS, nor for what is just published', async () => {
  await publish(30);
  expect(await reconciler.reconcile()).toBe(0);
  await stopNats();
  await startNats();
  expect(await reconciler.reconcile()).toBe(0);
  await changeEach(world.database, newIds(300));
  expect(await reconciler.reconcile()).toBe(0);
  await publish(1);
  expect(await reconciler.reconcile()).toBe(0);
  expect(duplicates(await world.stored())).toBe(0);
});

it('publishes everything again when the stream was purged', async () => {
  await publish(30);
  await age('1 day');
  await publish(10);
  await world.streams.streams.purge(STREAM);
  expect(await reconciler.reconcile()).toBe(40);
  await expectRestored();
});

it('publishes again what was purged from the beginning of the stream only', async () => {
  await publish(SEVERAL_PAGES);
  await age('1 day');
  await publish(10);
  await world.streams.streams.purge(STREAM, { seq: 701 });
  expect(await reconciler.reconcile()).toBe(700);
  await expectRestored();
});

it('publishes everything again when the stream was made anew, and what it has by now only once', async () => {
  await publish(SEVERAL_PAGES);
  await age('1 day');
  await world.streams.streams.delete(STREAM);
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [], { duplicateWindowMs: WINDOW_MS });
  // The relay still takes the stream for the old one.
  await changeEach(world.database, newIds(10));
  await drained();
  expect(await reconciler.reconcile()).toBe(SEVERAL_PAGES);
  await expectRestored();
  expect(duplicates(await world.stored())).toBe(0);
});

it('publishes a single deleted message again, an old one as well as a new one', async () => {
  await publish(200);
  await age('1 day');
  await publish(200);
  for (const seq of [7, 390]) {
    await world.streams.streams.deleteMessage(STREAM, seq);
    expect(await reconciler.reconcile()).toBe(1);
    await expectRestored();
  }
});

it.each([
  ['fewer events', () => publish(20)],
  ['more events', () => publish(400)],
  ['more events of other services', () => publishForeign(400)],
])('a stream restored from an older copy, with %s since than it lost, gets back what it lost', async (_, since) => {
  await publish(150);
  await stopNats();
  const restore = world.copyStore();
  await startNats();
  await publish(300);
  await age('2 hours');
  await stopNats();
  restore();
  await startNats();
  // They have the sequence numbers of the lost ones.
  await since();
  expect(await reconciler.reconcile()).toBe(300);
  await expectRestored();
});

it('looks after what 0.1 published under subjects without an object, and publishes it anew under one with it', async () => {
  await stopRelays();
  await changeEach(world.database, newIds(20));
  const rows = await world.database.query<{ id: string; type: string; payload: string }[]>(
    'select id, type, payload from outbox order by seq',
  );
  const { created } = await world.streams.streams.info(STREAM);
  for (const { id, type, payload } of rows) {
    const { seq } = await world.streams.jetstream().publish(`events.${type}`, payload, { msgID: id });
    await world.database.query(
      `update outbox set published_at = clock_timestamp(), stream_seq = $2, stream_id = $3 where id = $1`,
      [id, seq, created],
    );
  }
  await startRelay(world);
  await publish(20);
  expect(await reconciler.reconcile()).toBe(0);
  await world.streams.streams.deleteMessage(STREAM, 7);
  await world.streams.streams.deleteMessage(STREAM, 27);
  expect(await reconciler.reconcile()).toBe(2);
  await expectRestored();
  const again = (await world.stored()).slice(-2);
  expect(again.map(({ id }) => id)).toContain(rows[6]!.id);
  for (const { event, subject } of again) expect(subject).toBe(`events.candidate.${event.data.object.id}.created`);
});

it("one object's events are purged by their subject and stay away; all others take effect once", async () => {
  const consumer = { durable: 'webhooks-test', types: EVENT_TYPES };
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer], { duplicateWindowMs: WINDOW_MS });
  const ids = newIds(10);
  for (let change = 0; change < 4; change++) await changeEach(world.database, ids);
  await drained();
  await beyondTheWindow();
  const [person] = ids as [string, ...string[]];
  const isOfOthers = ({ event }: { event: Event }): boolean => event.data.object.id !== person;
  const others = (await world.stored()).filter(isOfOthers).map(({ id }) => id);
  expect(others).toHaveLength(36);
  // Some of everybody's events are delivered and not settled, the rest are still to come.
  const reader = await world.streams.jetstream().consumers.get(STREAM, consumer.durable);
  const take = async (count: number): Promise<JsMsg[]> => {
    const messages: JsMsg[] = [];
    for await (const message of await reader.fetch({ max_messages: count, expires: 1_000 })) messages.push(message);
    return messages;
  };
  const held = await take(15);

  // What the outbox remembers the reconciler would publish again.
  await world.database.query('delete from outbox where aggregate_id = $1', [person]);
  const { purged } = await world.streams.streams.purge(STREAM, { filter: `events.candidate.${person}.*` });
  expect(purged).toBe(4);
  expect(await reconciler.reconcile()).toBe(0);
  expect((await world.stored()).map(({ id }) => id)).toEqual(others);

  const rest = await take(100);
  const seen = [...held, ...rest].filter(({ subject }) => !subject.includes(person));
  expect(seen.map(({ headers }) => headers!.get('Nats-Msg-Id')).toSorted()).toEqual(others.toSorted());
  expect(rest.filter(({ subject }) => subject.includes(person))).toEqual([]);
  await Promise.all([...held, ...rest].map((message) => message.ackAck()));
  const { num_pending, num_ack_pending } = await world.streams.consumers.info(STREAM, consumer.durable);
  expect({ num_pending, num_ack_pending }).toEqual({ num_pending: 0, num_ack_pending: 0 });
});

it('an event that the stream does not keep is published three times more and then no longer', async () => {
  await publish(5);
  const again: number[] = [];
  for (let run = 0; run < 5; run++) {
    await world.streams.streams.purge(STREAM);
    again.push(await reconciler.reconcile());
    await drained();
    await beyondTheWindow();
  }
  expect(again).toEqual([5, 5, 5, 0, 0]);
});

it('leaves to a later run what the stream would still take for a duplicate', async () => {
  await world.streams.streams.update(STREAM, { duplicate_window: 120e9 });
  await publish(5);
  await world.streams.streams.purge(STREAM);
  expect(await reconciler.reconcile()).toBe(0);
  await age('2 minutes');
  expect(await reconciler.reconcile()).toBe(5);
});

it('what the stream let expire is not published again', async () => {
  await publish(5);
  await world.streams.streams.update(STREAM, { max_age: 60 * 60 * 1e9 });
  await world.streams.streams.purge(STREAM);
  await age('61 minutes');
  expect(await reconciler.reconcile()).toBe(0);
});

it('a stream that cannot be asked is no stream without events', async () => {
  await publish(5);
  await world.streams.streams.delete(STREAM);
  await expect(reconciler.reconcile()).rejects.toThrow('stream not found');
  await stopNats();
  await expect(reconciler.reconcile()).rejects.toThrow();
  await startNats();
  expect(await world.unpublished()).toBe(0);
});

it('what expires before a consumer has had it is told, kept in the outbox and published again; what it has had is not', async () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const told = (): unknown[] =>
    lines
      .map((line) => JSON.parse(line) as { level: number })
      .filter(({ level }) => level >= pino.levels.values['error']!);
  const watching = new Reconciler(world.database, bus, logger);
  const sweeper = new OutboxSweeper(world.database, logger);
  const { streams, consumers } = world.streams;
  await consumers.add(STREAM, {
    durable_name: 'slow',
    ack_policy: AckPolicy.Explicit,
    filter_subject: 'events.candidate.>',
  });
  await publish(3);
  const consumer = await jetstream(bus.nats).consumers.get(STREAM, 'slow');
  for (const _ of [1, 2, 3]) (await consumer.next())!.ack();
  await eventually(async () => expect((await consumer.info()).ack_floor.stream_seq).toBe(3));
  await publish(5);
  await age('40 days');
  expect(await watching.reconcile()).toBe(0);
  expect(await sweeper.sweep()).toEqual({ outbox: 3 });
  const expiry = async (ms: number): Promise<unknown> => streams.update(STREAM, { max_age: nanos(ms) });
  await expiry(1_000);
  await eventually(async () => expect((await streams.info(STREAM)).state.messages).toBe(0));
  await expiry(30 * 86_400_000);
  expect(await watching.reconcile()).toBe(5);
  expect(told()).toMatchObject([{ from: 4, to: 8, messages: 5, events: 5 }]);
  await drained();
  expect((await streams.info(STREAM)).state.messages).toBe(5);
  expect(await watching.reconcile()).toBe(0);
  for (const _ of [1, 2, 3, 4, 5]) (await consumer.next())!.ack();
  expect(told()).toHaveLength(1);
});

it('one replica looks at a time', async () => {
  await publish(SEVERAL_PAGES);
  await world.streams.streams.purge(STREAM);
  const runs = await Promise.all([reconciler.reconcile(), reconciler.reconcile(), reconciler.reconcile()]);
  expect(runs.toSorted((a, b) => a - b)).toEqual([0, 0, SEVERAL_PAGES]);
});

it('relay and reconciler get by with the rights that a service has on the bus and in its schema', async () => {
  const real = await startWorld();
  try {
    await provisionEvents({ NATS_URL: [real.nats.urlFor('migrate')] }, []);
    const url = real.urlOf('candidates');
    await migrate({ url, poolSize: 1, schema: 'candidates', entities: [], migrations: [CreateTables1764000000000] });
    const database = await new DataSource({ type: 'postgres', url, poolSize: 5 }).initialize();
    const service = await connectTo(real.nats.urlFor('candidates'));
    try {
      await startRelay({ database, natsUrl: real.nats.urlFor('candidates') });
      await changeEach(database, newIds(3));
      const published = async (): Promise<unknown[]> =>
        database.query('select from outbox where published_at is not null');
      await eventually(async () => expect(await published()).toHaveLength(3));
      // As if the second had been lost, and longer ago than the stream's two minutes.
      await database.query(`update outbox set published_at = now() - interval '3 minutes'`);
      await database.query(`update outbox set stream_seq = 3 where stream_seq = 2`);
      expect(await new Reconciler(database, service, createLogger('test', 'silent')).reconcile()).toBe(1);
    } finally {
      await stopRelays();
      await service.onApplicationShutdown();
      await database.destroy();
    }
  } finally {
    await real.stop();
  }
});

it('looks at the start, and then again and again', async () => {
  await publish(5);
  await world.streams.streams.purge(STREAM);
  reconciler.start(50);
  try {
    await eventually(() => expect(reconciler.republished).toBe(5));
    await drained();
    await beyondTheWindow();
    await world.streams.streams.purge(STREAM);
    await eventually(() => expect(reconciler.republished).toBe(10));
  } finally {
    await reconciler.onModuleDestroy();
  }
});
