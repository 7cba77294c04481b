import type { IncomingMessage } from 'node:http';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyRequest } from 'fastify';
import { malformed } from './problem.js';

/** A host and a port (RFC 3986, section 3.2), in what is registered as names: letters, digits, hyphens, dots; and underscores. */
const HOST = /^(?:[a-z\d_](?:[a-z\d._-]{0,253}[a-z\d_.])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
const PROTOCOL = /^https?$/;
const SLASH = 47;

/** Hosts that were found to be such: there are few, and every request names one. */
const knownHosts = new Set<string>();
const MAX_KNOWN_HOSTS = 1_000;

/** Requests whose paths cannot be decoded. The router is given another one, so that they are answered as all others. */
const undecodable = new WeakSet<IncomingMessage>();

/** Whether what is percent-encoded in a part of a URL is UTF-8. */
export function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes of a target in absolute form, which a server must take as well, one in origin form: its authority counts and not the header
 * `Host` (RFC 9112, section 3.2.2). `OPTIONS *` asks about the server, and gets what its root gets. An HTTP/1.0 client that names no host
 * means the one that it has reached.
 */
export function toOriginForm(request: IncomingMessage): void {
  const { url = '', headers } = request;
  if (url.charCodeAt(0) !== SLASH) {
    const [, authority, path = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
    if (authority !== undefined) {
      headers.host = authority;
      request.url = path.startsWith('/') ? path : `/${path}`;
    } else if (url === '*') {
      request.url = request.method === 'OPTIONS' ? '/' : '/*';
    }
  }
  if (request.url!.includes('%') && !isDecodable(request.url!.split('?', 1)[0]!)) {
    undecodable.add(request);
    request.url = '/*';
  }
  if (headers.host === undefined && request.httpVersion === '1.0') {
    const { localAddress = 'localhost', localPort = 80 } = request.socket;
    const address = localAddress.replace(/^::ffff:/, '');
    headers.host = `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
  }
}

/** Why a message is not one that can be answered as it asks, whatever it asks for; nothing if it is. */
export function whyMalformed(request: FastifyRequest): DomainError | undefined {
  const { raw, headers } = request;
  if (raw.httpVersionMajor !== 1 || raw.httpVersionMinor > 1) return new DomainError('http_version_not_supported');
  // The links in answers are made of it.
  if (headers.host === undefined) return malformed('host', 'is missing');
  if (!isHost(request.host) || hasSeveralHosts(raw)) return malformed('host', 'is not a host with or without a port');
  if (!PROTOCOL.test(request.protocol)) return malformed('x-forwarded-proto', 'must be http or https');
  const { 'transfer-encoding': coding, expect } = headers;
  if (undecodable.has(raw)) return malformed('url', 'contains an invalid percent-encoding');
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || raw.httpVersionMinor === 0))
    return malformed('transfer-encoding', 'must be chunked');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return malformed('expect', 'must be 100-continue');
  return undefined;
}

/** Whether the host and the protocol of a request can stand in a link. */
export const hasGoodOrigin = ({ headers, host, protocol }: FastifyRequest): boolean =>
  headers.host !== undefined && isHost(host) && PROTOCOL.test(protocol);

function isHost(text: string): boolean {
  if (knownHosts.has(text)) return true;
  if (!HOST.test(text) || text.includes('..') || !URL.canParse(`http://${text}`)) return false;
  if (knownHosts.size >= MAX_KNOWN_HOSTS) knownHosts.clear();
  knownHosts.add(text);
  return true;
}

/** Node keeps the first of several. */
function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') count++;
  return count > 1;
}
