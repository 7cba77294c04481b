import { DomainError } from '@nexivo/bus/domain-error';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** What a client sees in front of the base path. */
export const originOf = (request: FastifyRequest, publicUrl: string | undefined): string =>
  publicUrl ?? `${request.protocol}://${request.host}`;

/** The path that clients see in front of ours, and a proxy takes off: empty, or such as `/hr`. */
export const pathOf = (publicUrl: string | undefined): string =>
  publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/$/, '');

/** An address with a port, as some proxies write it into `X-Forwarded-For`. */
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i;

/** The address of a client. What a proxy says of it counts if it is an address, with or without a port; otherwise the peer's does. */
export function addressOf({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const [, v6, v4] = WITH_PORT.exec(ip) ?? [];
  const address = v6 ?? v4 ?? ip;
  return isIP(address) === 0 ? (socket.remoteAddress ?? '') : address;
}

/** Whether clients reach the gateway by https. */
export const isSecure = (request: FastifyRequest, publicUrl: string | undefined): boolean =>
  originOf(request, publicUrl).startsWith('https:');

/**
 * Refuses what a page of another origin had a browser send, whatever the method. The browser says so itself in `Sec-Fetch-Site`;
 * where it does not, on plain http under a name that is not localhost, `Origin` has to be ours. Browsers send it with all that is
 * of another origin and has a header of its own; whoever sends neither is of this origin, or no browser.
 *
 * Another port of the same host and a sub-domain are other origins, though `SameSite` cookies go there.
 *
 * @throws DomainError `cross_site_request`
 */
export function refuseCrossSite(request: FastifyRequest, publicUrl: string | undefined): void {
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (site !== undefined) {
    if (site === 'same-origin') return;
    throw new DomainError('cross_site_request');
  }
  const own = new URL(originOf(request, publicUrl)).origin;
  if (origin === undefined || origin === own) return;
  const detail = `The request comes from ${origin.slice(0, 300)}, and this is ${own}. Behind a proxy set PUBLIC_URL or TRUST_PROXY.`;
  throw new DomainError('cross_site_request', { detail });
}
