import { setTimeout as delay } from 'node:timers/promises';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { connectionOptions } from './connection.js';
import { UnfitServer } from './unfit-server.js';

/** The oldest version of nats-server that this runs on: consumers have several filters from there on. */
const OLDEST_VERSION = [2, 10] as const;
const RETRY_AFTER_MS = 500;

/** How long and to whom a bus that cannot be reached is waited for. */
export interface BusWait {
  readonly waitForMs: number;
  /** Told once of what is waited for. */
  readonly report: (line: string) => void;
}

/**
 * Asks a NATS server what it is, and whether it lets this user in, before anything is done with it.
 *
 * @param servers as `NATS_URL`
 * @throws UnfitServer if the product cannot run on it, or it has not been reached in time
 */
export async function checkBus(servers: readonly string[], { waitForMs, report }: BusWait): Promise<void> {
  const giveUpAt = performance.now() + waitForMs;
  for (let isReported = false; ; isReported = true) {
    let waitingFor: string;
    try {
      return await checkOnce(servers);
    } catch (error) {
      if (error instanceof UnfitServer) throw error;
      waitingFor = `NATS at ${placeOf(servers)} cannot be reached: ${messageOf(error)}`;
      if (performance.now() >= giveUpAt) throw new UnfitServer(waitingFor, { cause: error });
    }
    if (!isReported) report(`${waitingFor}; trying on`);
    await delay(RETRY_AFTER_MS);
  }
}

async function checkOnce(servers: readonly string[]): Promise<void> {
  let nats: NatsConnection;
  try {
    nats = await connect({ ...connectionOptions(servers, 'check'), maxReconnectAttempts: 0, timeout: 5_000 });
  } catch (error) {
    const refused =
      error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError;
    if (!refused) throw error;
    throw new UnfitServer(`NATS at ${placeOf(servers)} refuses the user or password of NATS_URL`, { cause: error });
  }
  const version = nats.info?.version ?? '';
  await nats.close();
  if (!isNewEnough(version)) {
    throw new UnfitServer(
      `NATS ${version} at ${placeOf(servers)} is too old: version ${OLDEST_VERSION.join('.')} or newer is needed`,
    );
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor >= OLDEST_VERSION[1]);
}

/** Hosts and ports, which may be told, unlike the rest of the URLs. */
export const placeOf = (servers: readonly string[]): string =>
  servers.map((server) => URL.parse(server)?.host ?? '?').join(',');

function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  return message || (cause instanceof Error ? cause.message : '') || 'nobody answers';
}
