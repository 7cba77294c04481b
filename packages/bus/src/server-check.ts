import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { connectionOptions } from './connection.js';
import { waysIn } from './credentials.js';
import { type BusSettings, placeOf } from './settings.js';
import { UnfitServer } from './unfit-server.js';

/** The oldest version of nats-server that this runs on: consumers have several filters from there on. */
const OLDEST_VERSION = [2, 10] as const;
const RETRY_AFTER_MS = 500;
const DEFAULT_PORT = 4222;
const GREETING_MS = 2_000;
const GREETING_MAX_CHARACTERS = 65_536;

/** How long and to whom a bus that cannot be reached is waited for. */
interface BusWait {
  readonly waitForMs: number;
  /** Told once of what is waited for. */
  readonly report: (line: string) => void;
}

/**
 * Asks a NATS server what it is, and whether it lets this user in, before anything is done with it.
 *
 * @throws UnfitServer if the product cannot run on it, or it has not been reached in time
 */
export async function checkBus(settings: BusSettings, { waitForMs, report }: BusWait): Promise<void> {
  const giveUpAt = performance.now() + waitForMs;
  for (let isReported = false; ; isReported = true) {
    let waitingFor: string;
    try {
      return await checkOnce(settings);
    } catch (error) {
      if (error instanceof UnfitServer) throw error;
      waitingFor = `NATS at ${placeOf(settings)} cannot be reached: ${messageOf(error)}`;
      if (performance.now() >= giveUpAt) throw new UnfitServer(waitingFor, { cause: error });
    }
    if (!isReported) report(`${waitingFor}; trying on`);
    await delay(RETRY_AFTER_MS);
  }
}

async function checkOnce(settings: BusSettings): Promise<void> {
  let nats: NatsConnection;
  try {
    nats = await connect({ ...connectionOptions(settings, 'check'), maxReconnectAttempts: 0, timeout: 5_000 });
  } catch (error) {
    const problem = await refusalOf(error, settings);
    if (problem === undefined) throw error;
    throw new UnfitServer(`NATS at ${placeOf(settings)} ${problem}`, { cause: error });
  }
  const version = nats.info?.version ?? '';
  await nats.close();
  if (!isNewEnough(version)) {
    throw new UnfitServer(
      `NATS ${version} at ${placeOf(settings)} is too old: version ${OLDEST_VERSION.join('.')} or newer is needed`,
    );
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor >= OLDEST_VERSION[1]);
}

/** Why there will be no connection however long it is tried; undefined if there may be one. */
async function refusalOf(error: unknown, settings: BusSettings): Promise<string | undefined> {
  const { message, code, cause } = error as { message: string; code?: string; cause?: { code?: string } };
  const { NATS_CERT } = settings;
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    const [way] = waysIn(settings);
    if (way !== undefined) return `refuses ${way}`;
    return 'lets nobody in who does not say who he is: set NATS_TOKEN, NATS_CREDS or NATS_NKEY, or user and password in NATS_URL';
  }
  if (message === `server does not support 'tls'`) {
    return 'has no TLS, which tls:// in NATS_URL, NATS_CA and NATS_CERT ask for';
  }
  const reason = code ?? cause?.code ?? '';
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID') return `has the certificate of another host: ${message}`;
  if (UNTRUSTED.test(reason)) {
    return `has a certificate that is not trusted (${reason}): name the authority that has signed it by NATS_CA`;
  }
  if (reason.startsWith('ERR_OSSL')) return `cannot be shown NATS_CERT with NATS_KEY: ${message}`;
  // The server goes without a word. It has said in its greeting what it wants.
  if (error instanceof errors.TimeoutError && (await greetingOf(settings))?.tls_verify) {
    if (NATS_CERT === undefined)
      return `asks for the client's certificate: name it by NATS_CERT, and its key by NATS_KEY`;
    return `does not take the certificate of NATS_CERT`;
  }
  return undefined;
}

const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_CA)/;

/** What the first server says of itself to whoever connects; undefined if nothing. */
function greetingOf({ NATS_URL }: BusSettings): Promise<{ tls_verify?: boolean } | undefined> {
  const { hostname, port } = new URL(NATS_URL[0]!);
  return new Promise((resolve) => {
    const socket = connectSocket({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || DEFAULT_PORT),
      timeout: GREETING_MS,
    });
    let text = '';
    const end = (): void => {
      socket.destroy();
      resolve(greetingIn(text));
    };
    socket.on('error', end).on('timeout', end).on('close', end);
    socket.on('data', (data) => {
      text += data.toString('utf8');
      if (text.includes('\r\n') || text.length > GREETING_MAX_CHARACTERS) end();
    });
  });
}

/** Undefined if it is none, as of a server that speaks something else. */
function greetingIn(text: string): { tls_verify?: boolean } | undefined {
  const [, json] = /^INFO (\{.*\})\s*\r\n/.exec(text) ?? [];
  try {
    return json === undefined ? undefined : (JSON.parse(json) as { tls_verify?: boolean });
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  return message || (cause instanceof Error ? cause.message : '') || 'nobody answers';
}
