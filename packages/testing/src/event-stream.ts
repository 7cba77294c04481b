import { headers } from '@nats-io/transport-node';
import { type Event, eventSubject } from '@nexivo/contracts/events';
import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import type { ServiceName } from '@nexivo/local/services';
import { eventually } from './poll.js';
import type { World } from './world.js';
import { scaled } from './time.js';

/** What comes back for a stored message beside what was published; the rest of the headers is the publisher's. */
const OF_THE_SERVER = ['Nats-Stream', 'Nats-Subject', 'Nats-Sequence', 'Nats-Time-Stamp', 'Nats-Num-Pending'];
const BATCH = 500;
const TIMEOUT_MS = scaled(5_000);

/** An event as the stream keeps it. */
export interface StoredEvent {
  /** Its place in the stream. */
  seq: number;
  subject: string;
  headers: Record<string, string>;
  event: Event;
}

/** Looks into the stream of events without being one of its consumers. */
export interface EventStream {
  /** Everything that is stored after that place, in order. */
  read(afterSeq?: number): Promise<StoredEvent[]>;
  /**
   * Stores an event as if a service had published it, but without its id in the headers: the stream takes it however often
   * it is there already, as it would take a duplicate beyond its window.
   *
   * @param extra headers
   * @returns its place in the stream
   */
  publish(event: Event, extra?: Readonly<Record<string, string>>): Promise<number>;
  /** The place up to which a consumer has settled everything that concerns it: done, or parked. */
  settledBy(durable: string): Promise<number>;
  /** How many events a consumer has in its hands: delivered, and not settled. */
  heldBy(durable: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * @param natsUrl of a service that publishes: it may read the stream. To `publish` or to ask what a consumer has settled it
 * takes the service whose event or consumer it is
 */
export async function connectEventStream(natsUrl: string): Promise<EventStream> {
  const connection = await BusConnection.to({ NATS_URL: [natsUrl] }, 'test-events', createLogger('test', 'fatal'));
  const { nats } = connection;

  /** One request, answered by as many messages as fit and an empty one (ADR-31 of the NATS architecture). */
  const readBatch = async (seq: number): Promise<StoredEvent[]> => {
    const query = JSON.stringify({ seq, batch: BATCH, next_by_subj: 'events.>' });
    const options = { strategy: 'sentinel', maxWait: TIMEOUT_MS } as const;
    const batch: StoredEvent[] = [];
    for await (const message of await nats.requestMany('$JS.API.DIRECT.GET.EVENTS', query, options)) {
      const { headers } = message;
      if (message.data.length === 0) {
        const isEnd = headers?.code === 204 || headers?.code === 404;
        if (!isEnd) throw new Error(`the stream cannot be read: ${headers?.code} ${headers?.description}`);
        return batch;
      }
      batch.push({
        seq: Number(headers!.get('Nats-Sequence')),
        subject: headers!.get('Nats-Subject'),
        headers: Object.fromEntries(
          headers!
            .keys()
            .filter((name) => !OF_THE_SERVER.includes(name))
            .map((name) => [name, headers!.get(name)]),
        ),
        event: message.json<Event>(),
      });
    }
    throw new Error('the stream was not read to its end in time');
  };

  const infoOf = async (durable: string): Promise<{ ack_floor: { stream_seq: number }; num_ack_pending: number }> =>
    (await nats.request(`$JS.API.CONSUMER.INFO.EVENTS.${durable}`, '', { timeout: TIMEOUT_MS })).json();

  return {
    read: async (afterSeq = 0) => {
      const stored: StoredEvent[] = [];
      for (let next = afterSeq + 1; ;) {
        const batch = await readBatch(next);
        if (batch.length === 0) return stored;
        stored.push(...batch);
        next = batch.at(-1)!.seq + 1;
      }
    },
    publish: async (event, extra = {}) => {
      const subject = eventSubject(event.type, event.data.object.id);
      const messageHeaders = headers();
      for (const [name, value] of Object.entries(extra)) messageHeaders.set(name, value);
      const stored = await nats.request(subject, JSON.stringify(event), {
        timeout: TIMEOUT_MS,
        headers: messageHeaders,
      });
      const { seq, error } = stored.json<{ seq: number; error?: { description: string } }>();
      if (error) throw new Error(error.description);
      return seq;
    },
    settledBy: async (durable) => (await infoOf(durable)).ack_floor.stream_seq,
    heldBy: async (durable) => (await infoOf(durable)).num_ack_pending,
    close: () => connection.onApplicationShutdown(),
  };
}

/**
 * What a service has published of an account, in the order of the stream, once all that its writes have committed is there,
 * each event once. What comes later has to be caused by another write.
 */
export function publishedBy(
  world: Pick<World, 'sql'>,
  stream: EventStream,
  service: ServiceName,
  accountId: string,
): Promise<StoredEvent[]> {
  return eventually(async () => {
    const rows = await world.sql<{ id: string }>(service, 'select id from outbox where account_id = $1', [accountId]);
    const ids = new Set(rows.map(({ id }) => id));
    const published = (await stream.read()).filter(({ event }) => ids.has(event.id));
    if (published.length !== ids.size) throw new Error(`${published.length} events are stored of ${ids.size}`);
    return published;
  });
}
