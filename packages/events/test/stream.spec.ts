import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { StorageType } from '@nats-io/jetstream';
import type { EventConsumer } from '../src/consumer.js';
import { provisionEvents, STREAM } from '../src/stream.js';
import { type PublishingWorld, startPublishingWorld } from './publishing-world.js';

const consumer: EventConsumer = { durable: 'webhooks-test', types: ['candidate.created', 'job.closed'] };

/** Both forms of their subjects. */
const FILTERS = ['events.candidate.*.created', 'events.candidate.created', 'events.job.*.closed', 'events.job.closed'];

let world: PublishingWorld;
beforeEach(async () => {
  world = await startPublishingWorld();
});
afterEach(() => world.stop());

it('keeps events for 30 days on disk and knows duplicates for two minutes', async () => {
  const { config } = await world.streams.streams.info(STREAM);
  const days = 24 * 60 * 60 * 1e9;
  expect(config).toMatchObject({
    subjects: ['events.>'],
    retention: 'limits',
    discard: 'old',
    storage: 'file',
    num_replicas: 1,
    max_age: 30 * days,
    max_bytes: -1,
    max_msgs: -1,
    duplicate_window: 120 * 1e9,
    allow_direct: true,
  });
});

it('gives each consumer its types, explicit acknowledgements, deliveries without end', async () => {
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer]);
  const { config } = await world.streams.consumers.info(STREAM, 'webhooks-test');
  expect(config).toMatchObject({
    durable_name: 'webhooks-test',
    filter_subjects: FILTERS,
    deliver_policy: 'all',
    ack_policy: 'explicit',
    ack_wait: 15 * 1e9,
    max_deliver: -1,
    max_ack_pending: 1_000,
  });
});

it('may run ten times at once and be repeated: stream, events and the place of a consumer stay', async () => {
  const runs = Array.from({ length: 10 }, () => provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer]));
  await Promise.all(runs);
  await world.streams.jetstream().publish('events.job.019ab2f0.closed', '{}');
  const before = await world.streams.streams.info(STREAM);
  const reader = await world.streams.jetstream().consumers.get(STREAM, 'webhooks-test');
  await (await reader.next())!.ackAck();
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer]);
  const after = await world.streams.streams.info(STREAM);
  expect([after.created, after.state.messages]).toEqual([before.created, 1]);
  expect((await world.streams.consumers.info(STREAM, 'webhooks-test')).ack_floor.stream_seq).toBe(1);
});

it('brings a stream and a consumer of an older release up to date, several runs at once too', async () => {
  await world.streams.streams.update(STREAM, { max_age: 3_600e9, allow_direct: false, subjects: ['events.job.>'] });
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [{ ...consumer, types: ['job.closed'] }]);
  await Promise.all([1, 2, 3].map(() => provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer])));
  const { config } = await world.streams.streams.info(STREAM);
  expect(config).toMatchObject({ subjects: ['events.>'], max_age: 30 * 24 * 60 * 60 * 1e9, allow_direct: true });
  const { config: updated } = await world.streams.consumers.info(STREAM, 'webhooks-test');
  expect(updated.filter_subjects).toEqual(FILTERS);
});

it('leaves a stream that somebody else has made as it is, and names each difference', async () => {
  await world.streams.streams.delete(STREAM);
  const theirs = {
    name: STREAM,
    subjects: ['orders.>'],
    storage: 'memory',
    max_msgs: 20,
    description: 'Orders',
  } as const;
  const { config } = await world.streams.streams.add({
    ...theirs,
    subjects: [...theirs.subjects],
    storage: StorageType.Memory,
  });
  await expect(provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer])).rejects.toThrow(
    /^the stream EVENTS is not ours and was left as it is: subjects is orders\.>, not events\.>; storage is memory, not file; .*max_msgs is 20, not -1/,
  );
  expect((await world.streams.streams.info(STREAM)).config).toEqual(config);
});

it('takes a stream that somebody else has made as it is needed, and does not change it', async () => {
  const { config: ours } = await world.streams.streams.info(STREAM);
  await world.streams.streams.delete(STREAM);
  const { config } = await world.streams.streams.add({ ...ours, description: 'Made by hand' });
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [consumer]);
  expect((await world.streams.streams.info(STREAM)).config).toEqual(config);
});

it('refuses a stream of its own that has been limited, for it loses events, and one whose subjects another stream has', async () => {
  await world.streams.streams.update(STREAM, { max_msgs: 20 });
  await expect(provisionEvents({ NATS_URL: [world.natsUrl] }, [])).rejects.toThrow(
    /would lose events .*: max_msgs is 20, not -1$/,
  );
  await world.streams.streams.delete(STREAM);
  await world.streams.streams.add({ name: 'THEIRS', subjects: ['events.theirs'] });
  await expect(provisionEvents({ NATS_URL: [world.natsUrl] }, [])).rejects.toThrow(
    /has another stream for the subjects of events: set NATS_PREFIX/,
  );
});

it('asks for as many replicas as it is told; where it is not told the stream keeps what it has', async () => {
  // One server cannot hold three copies, and says so.
  await expect(provisionEvents({ NATS_URL: [world.natsUrl] }, [], { replicas: 3 })).rejects.toThrow(/replicas/);
  await provisionEvents({ NATS_URL: [world.natsUrl] }, [], { replicas: 1 });
  await provisionEvents({ NATS_URL: [world.natsUrl] }, []);
  expect((await world.streams.streams.info(STREAM)).config.num_replicas).toBe(1);
});

it('fails at once when the bus is away, so that whoever runs it can try again', async () => {
  await world.nats.stop();
  await expect(provisionEvents({ NATS_URL: [world.natsUrl] }, [])).rejects.toThrow();
});
