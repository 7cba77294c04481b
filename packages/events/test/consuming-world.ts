import { jetstreamManager } from '@nats-io/jetstream';
import { headers, nanos, type NatsConnection } from '@nats-io/transport-node';
import { type Candidate, candidateExample } from '@nexivo/contracts/candidates';
import { type Event, EVENT_TYPES, eventSubject } from '@nexivo/contracts/events';
import { BusConnection, connectBus } from '@nexivo/bus/connection';
import { migrate } from '@nexivo/store/migrations';
import { createLogger } from '@nexivo/runtime/logging';
import { expireStream } from '@nexivo/testing/stream-admin';
import { scaled } from '@nexivo/testing/time';
import { createSweepsV1 } from '@nexivo/store/sweeps.table';
import { startWorld, type World } from '@nexivo/testing/world';
import { DataSource, type EntityManager, type MigrationInterface, type QueryRunner } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { ack, type EventConsumer, type EventHandler, type ReceivedEvent } from '../src/consumer.js';
import { ConsumerRunner, type Disposition, type RunnerOptions } from '../src/consumer.runner.js';
import { createConsumerPlacesV1, createInboxV1, indexConsumerPlacesV1 } from '../src/inbox.table.js';
import { provisionEvents, STREAM } from '../src/stream.js';

/** The one that the bus lets the webhooks service have. Here it keeps no order unless a test says so. */
export const CONSUMER: EventConsumer = { durable: 'webhooks-fan-out', types: EVENT_TYPES, batchSize: 100 };
export const IN_ORDER: EventConsumer = { ...CONSUMER, inOrder: true };

const logger = createLogger('test', 'silent');
const TIMEOUT_MS = scaled(2_000);

/** A row of the inbox. */
interface InboxRow {
  event_id: string;
  state: 'done' | 'retry' | 'dead';
  attempts: number;
  reason: string | null;
  json: string | null;
  [column: string]: unknown;
}

/** A running replica of the service. */
interface Replica {
  runner: ConsumerRunner;
  /** What its handler was given, call by call. */
  calls: ReceivedEvent[][];
  /** What has become of events, as its metrics are told. */
  counts: ReadonlyMap<Disposition, number>;
  stop(): Promise<void>;
}

/** A service that consumes, with the rights on the bus and in the database that webhooks has, and no more. */
export interface ConsumingWorld {
  world: World;
  /** Publishes with the rights of candidates and without an id: nothing tells the bus of a duplicate. */
  publish(...events: Event[]): Promise<void>;
  publishRaw(subject: string, payload: string | Uint8Array, headers?: Record<string, string>): Promise<void>;
  /** Starts a replica of the service with connections of its own. Its handler notes effects unless told otherwise. */
  run(handler?: Partial<EventHandler>, options?: Partial<RunnerOptions>): Promise<Replica>;
  /** The ids of the events that took effect, as often and in the order they did. */
  effects(): Promise<string[]>;
  inbox(): Promise<InboxRow[]>;
  /** How far the consumer is, as the bus sees it. */
  progress(): Promise<{ num_pending: number; num_ack_pending: number; ack_floor: { stream_seq: number } }>;
  /** Has all that is in the stream expire. */
  expire(): Promise<void>;
  /** Stops all replicas and forgets what they did. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

class CreateTables1764100000000 implements MigrationInterface {
  readonly name = 'CreateTables1764100000000';
  async up(queryRunner: QueryRunner): Promise<void> {
    await createInboxV1(queryRunner);
    await createConsumerPlacesV1(queryRunner);
    await createSweepsV1(queryRunner);
    await queryRunner.query('create table effects (seq bigint generated always as identity, event_id text not null)');
  }
  async down(): Promise<void> {}
}

class IndexPlaces1764100100000 implements MigrationInterface {
  readonly name = 'IndexPlaces1764100100000';
  readonly transaction = false;
  up = (queryRunner: QueryRunner): Promise<void> => indexConsumerPlacesV1(queryRunner);
  down = (): Promise<void> => Promise.resolve();
}

/** The effect of an event: a row that nothing keeps from being there twice. */
export const recordEffects = (tx: EntityManager, events: readonly ReceivedEvent[]): Promise<unknown> =>
  tx.query('insert into effects (event_id) select unnest($1::text[])', [events.map(({ event }) => event.id)]);

/** A new event, of a new candidate. */
export function newEvent(object: Partial<Candidate> = {}): Event<'candidate.created'> {
  return {
    id: `evt_${newId().replaceAll('-', '')}`,
    type: 'candidate.created',
    created_at: candidateExample.created_at,
    account_id: newId(),
    request_id: 'request-1',
    resource_version: 1,
    data: { object: { ...candidateExample, id: newId(), ...object } as Candidate, previous: null },
  };
}

/** Where it is published. */
export const subjectOf = ({ type, data }: Event): string => eventSubject(type, data.object.id);

export const newEvents = (count: number): Event<'candidate.created'>[] =>
  Array.from({ length: count }, () => newEvent());

/** A handler that fails for some events, whatever else it is given with them. */
export const failingFor = (isPoison: (received: ReceivedEvent) => boolean): Partial<EventHandler> => ({
  handle: async (tx, events) => {
    await recordEffects(tx, events);
    const poison = events.find(isPoison);
    if (poison) throw new Error(`cannot handle ${poison.event.id}`);
    return ack();
  },
});

interface WorldOptions {
  ackWaitMs?: number;
  postgresUrl?: string;
  provision?: (natsUrl: string) => Promise<void>;
}

/**
 * Starts a {@link ConsumingWorld}; the caller must `stop` it.
 *
 * @param options.ackWaitMs how long the bus waits until it delivers again what a dead replica has not settled
 * @param options.provision makes stream and consumer, as this release does unless told otherwise
 */
export async function startConsumingWorld({
  ackWaitMs,
  provision = (natsUrl) => provisionEvents({ NATS_URL: [natsUrl] }, [CONSUMER]),
  ...options
}: WorldOptions = {}): Promise<ConsumingWorld> {
  const world = await startWorld(options);
  const databaseUrl = world.urlOf('webhooks');
  const schema = {
    schema: 'webhooks',
    entities: [],
    migrations: [CreateTables1764100000000, IndexPlaces1764100100000],
  };
  await migrate({ ...schema, url: databaseUrl, poolSize: 1 });
  await provision(world.nats.urlFor('migrate'));
  if (ackWaitMs !== undefined) await setAckWait(world.nats.urlFor('migrate'), ackWaitMs);
  const publisher = await connectBus({ NATS_URL: [world.nats.urlFor('candidates')] }, 'publisher', logger);
  const watcher = await connectBus({ NATS_URL: [world.nats.urlFor('webhooks')] }, 'watcher', logger);
  const replicas = new Set<Replica>();
  const stopCopies = async (): Promise<void> => {
    await Promise.all([...replicas].map((replica) => replica.stop()));
  };

  return {
    world,
    publish: async (...events) => {
      for (const event of events) await store(publisher, subjectOf(event), JSON.stringify(event));
    },
    publishRaw: (subject, payload, extra) => store(publisher, subject, payload, extra),
    run: async (handler = {}, runnerOptions = {}) => {
      const bus = await BusConnection.to({ NATS_URL: [world.nats.urlFor('webhooks')] }, 'consumer', logger);
      const database = await new DataSource({
        type: 'postgres',
        url: databaseUrl,
        poolSize: 3,
        connectTimeoutMS: scaled(1_500),
      }).initialize();
      const calls: ReceivedEvent[][] = [];
      const counts = new Map<Disposition, number>();
      const whole: EventHandler = {
        consumer: CONSUMER,
        handle: async (tx, events) => {
          await recordEffects(tx, events);
          return ack();
        },
        ...handler,
      };
      const noting: EventHandler = {
        ...whole,
        handle: (tx, events) => {
          calls.push([...events]);
          return whole.handle(tx, events);
        },
      };
      const runner = new ConsumerRunner(
        bus,
        database,
        noting,
        logger,
        (disposition, events) => counts.set(disposition, (counts.get(disposition) ?? 0) + events),
        { duePollMs: 20, ...runnerOptions },
      );
      runner.start();
      const replica: Replica = {
        runner,
        calls,
        counts,
        stop: async () => {
          if (!replicas.delete(replica)) return;
          await runner.stop();
          await Promise.all([bus.onApplicationShutdown(), database.destroy()]);
        },
      };
      replicas.add(replica);
      return replica;
    },
    effects: async () => {
      const rows = await world.sql<{ event_id: string }>('webhooks', 'select event_id from effects order by seq');
      return rows.map(({ event_id }) => event_id);
    },
    inbox: () => world.sql('webhooks', 'select event_id, state, attempts, reason, json from inbox order by event_id'),
    progress: async () =>
      (await watcher.request(`$JS.API.CONSUMER.INFO.EVENTS.${CONSUMER.durable}`, '', { timeout: TIMEOUT_MS })).json(),
    expire: () => expireStream(world.nats.urlFor('migrate')),
    reset: async () => {
      await stopCopies();
      await world.sql('webhooks', 'truncate inbox, effects');
    },
    stop: async () => {
      await stopCopies();
      await Promise.all([publisher.close(), watcher.close()]);
      await world.stop();
    },
  };
}

/** Sets how long the bus waits until it delivers again what a dead replica has not settled. */
export async function setAckWait(natsUrl: string, ackWaitMs: number): Promise<void> {
  const nats = await connectBus({ NATS_URL: [natsUrl] }, 'migrate', logger);
  const { consumers } = await jetstreamManager(nats, { checkAPI: false });
  await consumers.update(STREAM, CONSUMER.durable, { ack_wait: nanos(ackWaitMs) });
  await nats.close();
}

async function store(
  nats: NatsConnection,
  subject: string,
  payload: string | Uint8Array,
  extra: Record<string, string> = {},
): Promise<void> {
  const messageHeaders = headers();
  for (const [name, value] of Object.entries(extra)) messageHeaders.set(name, value);
  const reply = await nats.request(subject, payload, { timeout: TIMEOUT_MS, headers: messageHeaders });
  const { error } = reply.json<{ error?: { description: string } }>();
  if (error) throw new Error(error.description);
}
