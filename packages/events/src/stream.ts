import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { eventFilters } from '@nexivo/contracts/events';
import { connectBus } from '@nexivo/bus/connection';
import { placeOf } from '@nexivo/bus/server-check';
import { createLogger } from '@nexivo/runtime/logging';
import type { EventConsumer } from './consumer.js';
import { isOurs, refusalOf, refuseUnfit } from './stream-check.js';

/** The one JetStream stream: every event of every service. */
export const STREAM = 'EVENTS';

/** How long the bus keeps an event. */
const MAX_AGE_MS = 30 * 24 * 60 * 60_000;
/** Within which time the bus stores an event once, however often it is published. */
const DUPLICATE_WINDOW_MS = 2 * 60_000;
/** How the stream is made. What is not here is what the server has for its default. */
const OUR_STREAM = {
  description: 'Every event of every service',
  subjects: ['events.>'],
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
 * @param servers URLs of the bus, with the credentials of its user `migrate` in the first
 */
export async function provisionEvents(
  servers: string | readonly string[],
  consumers: readonly EventConsumer[],
  options: StreamOptions = {},
): Promise<void> {
  const urls = typeof servers === 'string' ? [servers] : servers;
  const nats = await connectBus(urls, 'migrate', createLogger('migrate', 'fatal'), { waitForIt: false });
  try {
    // Its user may not ask for the account's limits, which is how the client would see whether there is a JetStream.
    const manager = await jetstreamManager(nats, { checkAPI: false });
    await provisionStream(manager, options);
    for (const consumer of consumers) await provisionConsumer(manager, consumer);
  } catch (error) {
    throw refusalOf(error, placeOf(urls)) ?? error;
  } finally {
    await nats.close();
  }
}

async function provisionStream(
  { streams }: JetStreamManager,
  { replicas, duplicateWindowMs = DUPLICATE_WINDOW_MS }: StreamOptions,
): Promise<void> {
  const config = {
    ...OUR_STREAM,
    duplicate_window: nanos(duplicateWindowMs),
    ...(replicas !== undefined && { num_replicas: replicas }),
  };
  const found = await streams.info(STREAM).catch((error: unknown) => {
    if (isApiError(error, STREAM_NOT_FOUND)) return undefined;
    throw error;
  });
  if (found) refuseUnfit(found.config, config);
  if (found && !isOurs(found.config, config)) return;
  try {
    // The server takes a stream of that name for the same if it is configured alike. It checks more of a new one than of an update.
    await streams.add({ ...config, name: STREAM });
  } catch (error) {
    if (!found || !isApiError(error, STREAM_IS_DIFFERENT)) throw error;
    await streams.update(STREAM, config);
  }
}

async function provisionConsumer({ consumers }: JetStreamManager, { durable, types }: EventConsumer): Promise<void> {
  const config: Partial<ConsumerConfig> = {
    filter_subjects: types.flatMap(eventFilters),
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
    max_ack_pending: MAX_ACK_PENDING,
  };
  try {
    await consumers.add(STREAM, {
      ...config,
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
  } catch (error) {
    if (!isApiError(error, CONSUMER_IS_DIFFERENT)) throw error;
    await consumers.update(STREAM, durable, config);
  }
}

/** The server's own error codes (server/errors.json of nats-server). */
const STREAM_NOT_FOUND = 10_059;
const STREAM_IS_DIFFERENT = 10_058;
const CONSUMER_IS_DIFFERENT = 10_148;

const isApiError = (error: unknown, code: number): boolean => error instanceof JetStreamApiError && error.code === code;
