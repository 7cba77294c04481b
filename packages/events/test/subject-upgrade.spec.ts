import { type JsMsg, jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectBus } from '@nexivo/bus/connection';
import type { Event } from '@nexivo/contracts/events';
import { createLogger } from '@nexivo/runtime/logging';
import { eventually } from '@nexivo/testing/poll';
import { ack, deadLetter, retry } from '../src/consumer.js';
import { provisionEvents } from '../src/stream.js';
import {
  CONSUMER,
  type ConsumingWorld,
  newEvents,
  recordEffects,
  setAckWait,
  startConsumingWorld,
} from './consuming-world.js';

const logger = createLogger('test', 'silent');
/** How soon what a dead replica held is delivered again; 15 s otherwise. */
const ACK_WAIT_MS = 500;

/** The stream and the consumer as 0.1 made them, word for word and not by anything that this release has. */
async function provisionAsIn01(natsUrl: string): Promise<void> {
  const nats = await connectBus({ NATS_URL: [natsUrl] }, 'migrate', logger);
  const { streams, consumers } = await jetstreamManager(nats, { checkAPI: false });
  await streams.add({
    name: 'EVENTS',
    description: 'Every event of every service',
    subjects: ['events.>'],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    max_age: nanos(30 * 24 * 60 * 60_000),
    duplicate_window: nanos(2 * 60_000),
    allow_direct: true,
  });
  await consumers.add('EVENTS', {
    durable_name: 'webhooks-fan-out',
    filter_subjects: [
      'events.candidate.created',
      'events.candidate.updated',
      'events.candidate.deleted',
      'events.job.created',
      'events.job.updated',
      'events.job.closed',
      'events.submission.created',
      'events.submission.stage_changed',
      'events.submission.placed',
    ],
    ack_policy: 'explicit',
    deliver_policy: 'all',
    ack_wait: nanos(15_000),
    max_deliver: -1,
    max_ack_pending: 1_000,
  });
  await nats.close();
}

let service: ConsumingWorld;
beforeEach(async () => {
  service = await startConsumingWorld({ provision: provisionAsIn01, ackWaitMs: ACK_WAIT_MS });
});
afterEach(() => service.stop());

/** As 0.1 published: nothing in the subject tells of the object. */
async function publishAsIn01(events: readonly Event[]): Promise<void> {
  for (const event of events) await service.publishRaw(`events.${event.type}`, JSON.stringify(event));
}
async function provisionNow(): Promise<void> {
  const natsUrl = service.world.nats.urlFor('migrate');
  await provisionEvents({ NATS_URL: [natsUrl] }, [CONSUMER]);
  await setAckWait(natsUrl, ACK_WAIT_MS);
}
const idsOf = (events: readonly Event[]): string[] => events.map(({ id }) => id).toSorted();
const effects = async (): Promise<string[]> => (await service.effects()).toSorted();
const settled = (): Promise<void> =>
  eventually(async () => expect(await service.progress()).toMatchObject({ num_pending: 0, num_ack_pending: 0 }), {
    withinMs: 20_000,
  });
const waiting = async (): Promise<[state: string, reason: string | null][]> =>
  (await service.inbox()).filter(({ state }) => state !== 'done').map(({ state, reason }) => [state, reason]);
/** Makes due at once whatever the inbox holds back, the dead included, as an operator's `redrive` does. */
const redrive = (): Promise<unknown> =>
  service.world.sql(
    'webhooks',
    `update inbox set state = 'retry', attempts = 0, due_at = clock_timestamp() where state <> 'done'`,
  );
/** Has messages delivered to a replica that is gone before it settles them. */
async function deliverInVain(count: number): Promise<void> {
  const nats = await connectBus({ NATS_URL: [service.world.nats.urlFor('webhooks')] }, 'gone', logger);
  const manager = await jetstreamManager(nats, { checkAPI: false });
  const consumer = await manager.jetstream().consumers.get('EVENTS', CONSUMER.durable);
  const delivered: JsMsg[] = [];
  for await (const message of await consumer.fetch({ max_messages: count, expires: 2_000 })) delivered.push(message);
  await nats.close();
  expect(delivered).toHaveLength(count);
}

it('a stack of 0.1 is upgraded in place: every event of both forms takes effect once, wherever it was', async () => {
  const done = newEvents(20);
  const parked = newEvents(3);
  const dead = newEvents(3);
  const before = await service.run(
    {
      handle: async (tx, events) => {
        await recordEffects(tx, events);
        const has = (some: readonly Event[]): boolean => events.some(({ event }) => idsOf(some).includes(event.id));
        if (has(dead)) return deadLetter('no');
        return has(parked) ? retry('later') : ack();
      },
    },
    { retryDelaysMs: [600_000] },
  );
  await publishAsIn01([...done, ...parked, ...dead]);
  await settled();
  expect(await effects()).toEqual(idsOf(done));
  expect(await waiting()).toHaveLength(6);
  await before.stop();
  const unsettled = newEvents(10);
  const undelivered = newEvents(20);
  await publishAsIn01([...unsettled, ...undelivered]);
  await deliverInVain(unsettled.length);
  const { ack_floor } = await service.progress();

  await provisionNow();
  expect(await service.progress()).toMatchObject({ ack_floor, num_ack_pending: 10, num_pending: 20 });
  // Replicas of both releases publish side by side, and the reconciler publishes again what was there in the other form.
  const rolling = newEvents(40);
  for (const [index, event] of rolling.entries()) {
    if (index % 2 === 0) await service.publish(event);
    else await publishAsIn01([event]);
  }
  await service.publish(done[0]!, unsettled[0]!, undelivered[0]!, rolling[1]!);

  await service.run();
  await service.run();
  await settled();
  expect(await effects()).toEqual(idsOf([...done, ...unsettled, ...undelivered, ...rolling]));
  expect(await waiting()).toHaveLength(6);
  await redrive();
  const all = [...done, ...parked, ...dead, ...unsettled, ...undelivered, ...rolling];
  await eventually(async () => expect(await effects()).toEqual(idsOf(all)));
  expect(await waiting()).toEqual([]);
});

describe('a replica of 0.1 that meets the new form', () => {
  /** It knows none of these subjects, so this is what it does with them. */
  const runAsIn01 = (retryDelaysMs: readonly number[]) =>
    service.run({ consumer: { ...CONSUMER, types: [] } }, { retryDelaysMs });

  beforeEach(provisionNow);

  it('puts it aside, and a replica of this release handles it once', async () => {
    const events = newEvents(5);
    const old = await runAsIn01(Array.from({ length: 1_000 }, () => 100));
    await service.publish(...events);
    await eventually(async () => expect(await waiting()).toHaveLength(5));
    for (const [state, reason] of await waiting()) {
      expect([state, reason]).toEqual(['retry', expect.stringMatching(/takes no events\.candidate\.[^.]+\.created$/)]);
    }
    await old.stop();
    await service.publish(events[0]!);
    await service.run();
    await eventually(async () => expect(await effects()).toEqual(idsOf(events)));
    await eventually(async () => expect(await waiting()).toEqual([]));
    await settled();
    expect(await effects()).toEqual(idsOf(events));
  });

  it('gives it up when the new release is too long in coming, and then a redrive loses nothing', async () => {
    const events = newEvents(5);
    const old = await runAsIn01([]);
    await service.publish(...events);
    await eventually(async () => expect((await waiting()).map(([state]) => state)).toEqual(Array(5).fill('dead')));
    await old.stop();
    await service.run();
    await redrive();
    await eventually(async () => expect(await effects()).toEqual(idsOf(events)));
    expect(await waiting()).toEqual([]);
  });
});

it('what is published in the new form before the migrate step has run passes a consumer of 0.1 by', async () => {
  const [early, late] = newEvents(2) as [Event, Event];
  await service.run();
  await service.publish(early);
  const [old] = newEvents(1) as [Event];
  await publishAsIn01([old]);
  await eventually(async () => expect(await effects()).toEqual([old.id]));
  await provisionNow();
  await service.publish(late);
  await eventually(async () => expect(await effects()).toEqual(idsOf([old, late])));
  await settled();
  expect(await effects()).not.toContain(early.id);
});
