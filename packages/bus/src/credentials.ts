import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { credsAuthenticator, type NodeConnectionOptions, nkeyAuthenticator } from '@nats-io/transport-node';
import type { BusSettings } from './settings.js';
import { UnfitServer } from './unfit-server.js';

/**
 * What a connection shows of who asks, and asks for of the server.
 *
 * @throws UnfitServer if the settings contradict each other
 */
export function credentialsOf(settings: BusSettings): NodeConnectionOptions {
  const { NATS_TOKEN: token, NATS_CREDS: creds, NATS_NKEY: nkey, NATS_INBOX_PREFIX } = settings;
  const { username, password } = new URL(settings.NATS_URL[0]!);
  const ways = waysIn(settings);
  if (ways.length > 1) throw new UnfitServer(`${ways.join(' and ')}: there can be only one way to sign in to NATS`);
  const user = decodeURIComponent(username);
  const inboxPrefix = NATS_INBOX_PREFIX ?? (user ? `_INBOX_${user}` : undefined);
  const tls = tlsOf(settings);
  return {
    ...(user && { user, pass: decodeURIComponent(password) }),
    ...(token !== undefined && { token }),
    ...(creds !== undefined && {
      authenticator: credsAuthenticator(() => holding('NATS_CREDS', creds, CREDENTIALS)),
    }),
    ...(nkey !== undefined && { authenticator: nkeyAuthenticator(() => holding('NATS_NKEY', nkey, SEED)) }),
    ...(inboxPrefix !== undefined && { inboxPrefix }),
    ...(tls && { tls }),
  };
}

/** What the settings sign in with, as whoever set them calls it. A certificate may come on top. */
export function waysIn({ NATS_URL, NATS_TOKEN, NATS_CREDS, NATS_NKEY }: BusSettings): string[] {
  const ways = {
    'the user and password of NATS_URL': new URL(NATS_URL[0]!).username || undefined,
    'the token of NATS_TOKEN': NATS_TOKEN,
    'the credentials of NATS_CREDS': NATS_CREDS,
    'the seed of NATS_NKEY': NATS_NKEY,
  };
  return Object.entries(ways)
    .filter(([, value]) => value !== undefined)
    .map(([way]) => way);
}

/** A user's JWT and its seed, each between two lines that say so. */
const CREDENTIALS = /-----BEGIN NATS USER JWT-----.*-----BEGIN USER NKEY SEED-----.*/s;
/** A user's seed, whatever comments are around it. */
const SEED = /^SU[A-Z2-7]{56}$/m;

/** @throws UnfitServer if nothing of that form is in the file */
function holding(variable: string, path: string, form: RegExp): Uint8Array {
  const [found] = form.exec(readFileSync(path, 'utf8')) ?? [];
  if (found === undefined) throw new UnfitServer(`${variable} names a file that holds no credentials: ${path}`);
  return Buffer.from(found);
}

function tlsOf({ NATS_URL, NATS_CA, NATS_CERT, NATS_KEY }: BusSettings): NodeConnectionOptions['tls'] {
  if ((NATS_CERT === undefined) !== (NATS_KEY === undefined)) {
    throw new UnfitServer('NATS_CERT and NATS_KEY belong together: one of them is missing');
  }
  const files = {
    ...(NATS_CA !== undefined && { caFile: NATS_CA }),
    ...(NATS_CERT !== undefined && { certFile: NATS_CERT }),
    ...(NATS_KEY !== undefined && { keyFile: NATS_KEY }),
  };
  const isAskedFor = new URL(NATS_URL[0]!).protocol === 'tls:' || Object.keys(files).length > 0;
  if (!isAskedFor) return undefined;
  return { ...files, checkServerIdentity: identityOfOneOf(NATS_URL) } as NodeConnectionOptions['tls'];
}

/** The client asks by no name for a server that is named by its address, and Node would then take the certificate of `localhost`. */
function identityOfOneOf(urls: readonly string[]) {
  const hosts = urls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (name: string, certificate: PeerCertificate): Error | undefined => {
    if (addresses.length === 0 || hosts.includes(name)) return checkServerIdentity(name, certificate);
    const problems = addresses.map((address) => checkServerIdentity(address, certificate));
    return problems.includes(undefined) ? undefined : problems[0];
  };
}
