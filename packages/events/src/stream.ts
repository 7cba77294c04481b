import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { eventFilters } from '@nexivo/contracts/events';
import { BusConnection } from '@nexivo/bus/connection';
import { type BusNames, type BusSettings, placeOf } from '@nexivo/bus/settings';
import { createLogger } from '@nexivo/runtime/logging';
import type { EventConsumer } from './consumer.js';
import { isOurs, refusalOf, refuseUnfit } from './stream-check.js';

/** The one JetStream stream: every event of every service. `BusNames` says what it is called on the bus. */
export const STREAM = 'EVENTS';

/** The JetStream that has it. */
export const jetStreamOf = ({ nats, jetStreamDomain: domain }: BusConnection): JetStreamClient =>
  jetstream(nats, domain === undefined ? {} : { domain });

/** How long the bus keeps an event. */
const MAX_AGE_MS = 30 * 24 * 60 * 60_000;
/** Within which time the bus stores an event once, however often it is published. */
const DUPLICATE_WINDOW_MS = 2 * 60_000;
/** How the stream is made. What is not here is what the server has for its default. */
const OUR_STREAM = {
  description: 'Every event of every service',
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(MAX_AGE_MS),
  allow_direct: true,
};
/** How long a consumer may take over a delivered event before it is delivered again. */
const ACK_WAIT_MS = 15_000;
const MAX_ACK_PENDING = 1_000;

/** What may differ from one installation to the next. */
export interface StreamOptions {
  /** How many servers of a cluster hold each event. Where it is left out, a new stream gets 1 and an old one keeps its own. */
  readonly replicas?: number | undefined;
  /** Shorter, for tests. */
  readonly duplicateWindowMs?: number;
}

/**
 * Creates the stream and the durable consumers, or brings them up to date. For the migrate step: no service has the rights that
 * this takes. It may be repeated, and run several times at once.
 *
 * @param settings of the bus, with the credentials of its user `migrate`
 * @throws UnfitServer if there cannot be such a stream
 */
export async function provisionEvents(
  settings: BusSettings,
  consumers: readonly EventConsumer[],
  options: StreamOptions = {},
): Promise<void> {
  const bus = await BusConnection.to(settings, 'migrate', createLogger('migrate', 'fatal'), { waitForIt: false });
  try {
    // Its user may not ask for the account's limits, which is how the client would see whether there is a JetStream.
    const manager = await jetStreamOf(bus).jetstreamManager(false);
    await provisionStream(manager, bus.names, options);
    for (const consumer of consumers) await provisionConsumer(manager, bus.names, consumer);
  } catch (error) {
    throw refusalOf(error, placeOf(settings)) ?? error;
  } finally {
    await bus.onApplicationShutdown();
  }
}

async function provisionStream(
  { streams }: JetStreamManager,
  names: BusNames,
  { replicas, duplicateWindowMs = DUPLICATE_WINDOW_MS }: StreamOptions,
): Promise<void> {
  const name = names.name(STREAM);
  const config = {
    subjects: [names.subject('events.>')],
    ...OUR_STREAM,
    duplicate_window: nanos(duplicateWindowMs),
    ...(replicas !== undefined && { num_replicas: replicas }),
  };
  const found = await streams.info(name).catch((error: unknown) => {
    if (isApiError(error, STREAM_NOT_FOUND)) return undefined;
    throw error;
  });
  if (found) refuseUnfit(found.config, config);
  if (found && !isOurs(found.config, config)) return;
  try {
    // The server takes a stream of that name for the same if it is configured alike. It checks more of a new one than of an update.
    await streams.add({ ...config, name });
  } catch (error) {
    if (!found || !isApiError(error, STREAM_IS_DIFFERENT)) throw error;
    await streams.update(name, config);
  }
}

async function provisionConsumer(
  { consumers }: JetStreamManager,
  names: BusNames,
  { durable, types }: EventConsumer,
): Promise<void> {
  const [stream, name] = [names.name(STREAM), names.name(durable)];
  const config: Partial<ConsumerConfig> = {
    filter_subjects: types.flatMap(eventFilters).map((subject) => names.subject(subject)),
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
    max_ack_pending: MAX_ACK_PENDING,
  };
  try {
    await consumers.add(stream, {
      ...config,
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
  } catch (error) {
    if (!isApiError(error, CONSUMER_IS_DIFFERENT)) throw error;
    await consumers.update(stream, name, config);
  }
}

/** The server's own error codes (server/errors.json of nats-server). */
const STREAM_NOT_FOUND = 10_059;
const STREAM_IS_DIFFERENT = 10_058;
const CONSUMER_IS_DIFFERENT = 10_148;

const isApiError = (error: unknown, code: number): boolean => error instanceof JetStreamApiError && error.code === code;
