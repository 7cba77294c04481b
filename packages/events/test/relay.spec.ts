import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { DiscardPolicy } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { candidateExample } from '@nexivo/contracts/candidates';
import { anyEvent, type EventObject } from '@nexivo/contracts/events';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { appendToOutbox } from '../src/outbox.js';
import { provisionEvents } from '../src/stream.js';
import { startPublishingWorld, type PublishingWorld } from './publishing-world.js';
import { startRelay, stopRelays } from './relays.js';
import { changeEach, changeResource, lost, newIds, outOfOrder } from './resources.js';

let world: PublishingWorld;

beforeAll(async () => {
  world = await startPublishingWorld();
});
afterEach(async () => {
  await stopRelays();
  await world.streams.streams.purge('EVENTS');
  await world.database.query('truncate outbox, resources');
});
afterAll(() => world.stop());

const drained = (): Promise<void> => eventually(async () => expect(await world.unpublished()).toBe(0));
const storedCount = async (): Promise<number> => (await world.streams.streams.info('EVENTS')).state.messages;

it('an event is stored as it was appended, byte for byte, under the subject of its object and type', async () => {
  await startRelay(world);
  const context = {
    accountId: randomUUID(),
    requestId: 'request-1',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
  const object = {
    ...candidateExample,
    id: randomUUID(),
    summary: 'ü 😀 \u2028 "x"',
  } as EventObject<'candidate.updated'>;
  await world.database.transaction((tx) =>
    appendToOutbox(tx, context, {
      type: 'candidate.updated',
      object,
      previous: { status: 'new' },
      resource_version: 7,
    }),
  );
  await drained();
  const [row] = await world.database.query('select * from outbox');
  const [stored] = await world.stored();
  expect(stored).toMatchObject({ id: row.id, subject: `events.candidate.${object.id}.updated`, json: row.payload });
  expect(stored!.header('Nexivo-Event-Version')).toBe('1');
  expect(stored!.header('Nexivo-Request-Id')).toBe('request-1');
  expect(stored!.header('traceparent')).toBe(context.traceparent);
  expect(anyEvent.parse(stored!.event)).toEqual({
    id: row.id,
    type: 'candidate.updated',
    created_at: object.updated_at,
    account_id: context.accountId,
    request_id: 'request-1',
    resource_version: 7,
    data: { object, previous: { status: 'new' } },
  });
  expect(row).toMatchObject({
    stream_seq: String(stored!.seq),
    aggregate_id: object.id,
    account_id: context.accountId,
  });
});

it('a stream that is full, or is gone, is known from its answers, and the events wait until it is there again', async () => {
  const relay = await startRelay(world);
  const { streams } = world.streams;
  await streams.update('EVENTS', { max_bytes: 1, discard: DiscardPolicy.New });
  try {
    await changeEach(world.database, newIds(3));
    await eventually(() => expect(relay.streamState).toMatch(/^full: /));
  } finally {
    await streams.update('EVENTS', { max_bytes: -1, discard: DiscardPolicy.Old });
  }
  await eventually(() => expect(relay.streamState).toBe('ok'));
  await streams.delete('EVENTS');
  await changeEach(world.database, newIds(3));
  await eventually(() => expect(relay.streamState).toBe('missing: run migrate'));
  await provisionEvents({ NATS_URL: [world.natsUrl] }, []);
  await eventually(() => expect(relay.streamState).toBe('ok'));
  await drained();
  expect(await storedCount()).toBe(3);
});

// What nats-server cannot write it does not answer, and it does not try again until it is started again.
(process.platform === 'linux' ? it : it.skip)(
  'a stream whose disk is full is known from its silence, and all is published once NATS is started again',
  async () => {
    const relay = await startRelay(world);
    execFileSync('prlimit', ['--pid', String(world.nats.pid), '--fsize=1']);
    await changeEach(world.database, newIds(3));
    await eventually(() => expect(relay.streamState).toBe('does not store: free disk space, then restart nats'));
    expect(await world.unpublished()).toBe(3);
    await world.nats.restart();
    await eventually(() => expect(relay.streamState).toBe('ok'));
    await drained();
    expect(await storedCount()).toBe(3);
  },
);

it('a commit notifies the relay: ten events one after the other are stored sooner than it would poll five times', async () => {
  await startRelay(world);
  await drained();
  const startedAt = performance.now();
  for (const id of newIds(10)) {
    // Some services use a savepoint on the way; its end is not yet the commit.
    await world.database.transaction(async (tx) => {
      await tx.transaction((inner) => changeResource(inner, id));
      await tx.query('select pg_sleep(0.02)');
    });
    await eventually(async () => expect(await world.unpublished()).toBe(0), { everyMs: 2 });
  }
  expect(performance.now() - startedAt).toBeLessThan(scaled(5_000));
});

it('what was appended in a transaction that is rolled back, or to a savepoint that is, is never published', async () => {
  await startRelay(world);
  const [kept, undone, never] = newIds(3) as [string, string, string];
  const failure = new Error('rolled back');
  await expect(
    world.database.transaction(async (tx) => {
      await changeResource(tx, never);
      throw failure;
    }),
  ).rejects.toBe(failure);
  await world.database.transaction(async (tx) => {
    await changeResource(tx, kept);
    const nested = tx.transaction(async (inner) => {
      await changeResource(inner, undone);
      throw failure;
    });
    await expect(nested).rejects.toBe(failure);
  });
  await drained();
  const stored = await world.stored();
  expect(stored.map(({ event }) => event.data.object.id)).toEqual([kept]);
});

it('an event that cannot be published holds back those of its resource behind it, and no other', async () => {
  const [big, other] = newIds(2) as [string, string];
  await changeEach(world.database, [big]);
  const [{ payload }] = await world.database.query<[{ payload: string }]>('select payload from outbox');
  const moreThanTheBusTakes = 'x'.repeat(2 ** 21);
  await world.database.query('update outbox set payload = $1', [moreThanTheBusTakes]);
  await changeEach(world.database, [big, other, big, other]);
  const relay = await startRelay(world);
  await eventually(async () => expect(await world.unpublished()).toBe(3));
  await eventually(() => expect(relay.failures).toBeGreaterThan(1));
  expect((await world.stored()).map(({ event }) => event.data.object.id)).toEqual([other, other]);

  await world.database.query('update outbox set payload = $1 where payload = $2', [payload, moreThanTheBusTakes]);
  await drained();
  expect(await world.stored()).toHaveLength(5);
  expect(outOfOrder(await world.stored())).toEqual([]);
});

it('many events of few resources are stored in the order of each, those of different resources side by side', async () => {
  const resources = newIds(7);
  for (let round = 0; round < 150; round++) await changeEach(world.database, resources);
  const relay = await startRelay(world);
  await drained();
  const stored = await world.stored();
  expect(stored).toHaveLength(1_050);
  expect(outOfOrder(stored)).toEqual([]);
  expect(relay.published).toBe(1_050);
});

it('while NATS is away writes go on; once it is back all of them are published, without anything being done', async () => {
  await startRelay(world);
  await changeEach(world.database, newIds(5));
  await drained();
  for (let outage = 0; outage < 2; outage++) {
    const resources = newIds(20);
    world.nats.kill('SIGKILL');
    await changeEach(world.database, resources);
    await world.nats.stop();
    await changeEach(world.database, resources);
    expect(await world.unpublished()).toBe(40);
    await world.nats.start();
    await drained();
  }
  const stored = await world.stored();
  expect(await lost(world.database, stored)).toEqual([]);
  expect(outOfOrder(stored)).toEqual([]);
});

it('a relay that is stopped lets what it sent be acknowledged and marked: nothing is stored that is not marked', async () => {
  await world.database.transaction(async (tx) => {
    for (const id of newIds(2_000)) await changeResource(tx, id);
  });
  for (const inTheMidst of [10, 600, 1_200]) {
    await startRelay(world);
    await eventually(async () => expect(await storedCount()).toBeGreaterThan(inTheMidst), { everyMs: 1 });
    await stopRelays();
    const marked = await world.database.query<{ id: string }[]>(
      'select id from outbox where published_at is not null order by stream_seq',
    );
    expect(marked.length).toBeLessThan(2_000);
    expect((await world.stored()).map(({ id }) => id)).toEqual(marked.map(({ id }) => id));
  }
});

it('what was committed just before the relay is stopped is published all the same', async () => {
  await startRelay(world);
  await drained();
  await changeEach(world.database, newIds(10));
  await stopRelays();
  expect(await world.unpublished()).toBe(0);
});

it('says how much waits, and for how long', async () => {
  await changeEach(world.database, newIds(3));
  await world.database.query(`update outbox set created_at = created_at - interval '90 seconds'`);
  await changeEach(world.database, newIds(1));
  const relay = await startRelay(world);
  await drained();
  expect(await relay.backlog()).toEqual({ rows: 0, oldestS: 0 });
  await stopRelays();
  await world.database.query(`update outbox set published_at = null`);
  const backlog = await relay.backlog();
  expect(backlog.rows).toBe(4);
  expect(backlog.oldestS).toBeGreaterThanOrEqual(90);
  expect(backlog.oldestS).toBeLessThan(120);
});
