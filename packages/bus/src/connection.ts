import type { OnApplicationShutdown } from '@nestjs/common';
import {
  connect,
  errors as natsErrors,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { credentialsOf } from './credentials.js';
import { BusNames, type BusSettings } from './settings.js';

/** What is told of the connection. */
export type BusLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

/**
 * Connects to the bus and stays connected: it waits for a bus that is not there yet and reconnects for ever,
 * so that a restart of NATS needs no restart here.
 *
 * @param name shown by NATS' monitoring
 * @param options.waitForIt whether to wait for a bus that is not there yet, rather than fail
 */
export async function connectBus(
  settings: BusSettings,
  name: string,
  logger: BusLogger,
  { waitForIt = true } = {},
): Promise<NatsConnection> {
  const options = connectionOptions(settings, name);
  const connection = await (waitForIt ? connectPatiently(options, logger) : connect(options));
  void logStatus(connection, logger);
  return connection;
}

/** How every connection is made; see {@link connectBus}. */
export function connectionOptions(settings: BusSettings, name: string): NodeConnectionOptions {
  return {
    servers: settings.NATS_URL.map((server) => new URL(server).host),
    name,
    ...credentialsOf(settings),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    // A stack trace made in advance for every request is most of what a request costs, and says nothing that ours does not.
    noAsyncTraces: true,
    timeout: 2_000,
    pingInterval: 5_000,
    maxPingOut: 2,
  };
}

const TRY_EVERY_MS = 500;
const TELL_EVERY_MS = 60_000;

/** The client's own way to wait for the first connection says nothing of why it has to. */
async function connectPatiently(options: NodeConnectionOptions, logger: BusLogger): Promise<NatsConnection> {
  let toldAt = -Infinity;
  for (;;) {
    try {
      return await connect(options);
    } catch (error) {
      if (performance.now() - toldAt >= TELL_EVERY_MS) {
        toldAt = performance.now();
        logger.warn({ err: error }, 'bus: no connection; trying on');
      }
    }
    await delay(TRY_EVERY_MS);
  }
}

async function logStatus(connection: NatsConnection, logger: BusLogger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') logger.warn('bus: disconnected');
    else if (status.type === 'reconnect') logger.info('bus: reconnected');
    else if (status.type === 'error')
      logger.error({ err: status.error, ...refusedSubject(status.error) }, 'bus: error');
  }
}

/** Which right is missing: messages of errors are logged without what they quote. */
const refusedSubject = (error: Error): { operation?: string; subject?: string } =>
  error instanceof natsErrors.PermissionViolationError ? { operation: error.operation, subject: error.subject } : {};

/** Owns the connection's end: it outlives every subscription and request, so it closes last. */
export class BusConnection implements OnApplicationShutdown {
  /** How often the connection was lost: what was learnt of the bus before may be wrong by now. */
  disconnections = 0;
  private connected = true;

  /**
   * @param names of what is ours on the server
   * @param jetStreamDomain where the stream is, if it is not of the server's own JetStream
   * @param inboxPrefix below which subject replies are received, if not below `_INBOX`
   */
  constructor(
    readonly nats: NatsConnection,
    readonly names = new BusNames(),
    readonly jetStreamDomain?: string,
    readonly inboxPrefix?: string,
  ) {
    void this.follow();
  }

  /** The connection that the settings tell of, as {@link connectBus} makes it. */
  static async to(...[settings, ...rest]: Parameters<typeof connectBus>): Promise<BusConnection> {
    const nats = await connectBus(settings, ...rest);
    const { inboxPrefix } = credentialsOf(settings);
    return new BusConnection(nats, new BusNames(settings.NATS_PREFIX), settings.NATS_JS_DOMAIN, inboxPrefix);
  }

  /** Whether a request could be sent right now. */
  get isConnected(): boolean {
    return this.connected && !this.nats.isClosed();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.nats.isClosed()) await this.nats.close();
  }

  private async follow(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'disconnect') {
        this.connected = false;
        this.disconnections++;
      } else if (status.type === 'reconnect') this.connected = true;
    }
  }
}

/** Whether an error means that the bus, or who answers on it, could not be reached, rather than that it refused. */
export function isBusAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return AWAY.some((Away) => error instanceof Away) || isBusAway(error.cause);
}

const AWAY = [
  natsErrors.ClosedConnectionError,
  natsErrors.ConnectionError,
  natsErrors.NoRespondersError,
  natsErrors.TimeoutError,
];
