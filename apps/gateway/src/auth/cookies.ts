import { SESSION_COOKIE, SESSION_DAYS } from '@nexivo/contracts/sessions';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSecure, pathOf } from './outside.js';

const DAY_S = 86_400;
/** The longest time for which browsers keep a cookie. */
const DEVICE_DAYS = 400;

/**
 * The names of cookies. At the root of a host browsers take them by their prefix from this very host alone, so no sub-domain can plant one.
 * Below a path they are for that path, so another installation on the host has its own and other applications are not sent ours.
 */
function nameOf(kind: 'session' | 'device', request: FastifyRequest, publicUrl: string | undefined): string {
  const { secure, secureBelowPath, plain } = SESSION_COOKIE;
  const ofHttps = pathOf(publicUrl) === '' ? secure : secureBelowPath;
  return (isSecure(request, publicUrl) ? ofHttps : plain) + (kind === 'device' ? '-device' : '');
}

/** What a request's cookie holds. */
export function readCookie(
  request: FastifyRequest,
  kind: 'session' | 'device',
  publicUrl: string | undefined,
): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : parseCookie(cookie)[nameOf(kind, request, publicUrl)];
}

/** Gives the browser a cookie that its scripts do not see, or takes it away. */
export function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  kind: 'session' | 'device',
  value: string | undefined,
  publicUrl: string | undefined,
): void {
  const secure = isSecure(request, publicUrl);
  const days = kind === 'device' ? DEVICE_DAYS : SESSION_DAYS;
  const cookie = stringifySetCookie({
    name: nameOf(kind, request, publicUrl),
    value: value ?? '',
    path: `${pathOf(publicUrl)}/`,
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: value === undefined ? 0 : days * DAY_S,
  });
  void reply.header('set-cookie', cookie);
}
