import {
  type Route,
  takesIdempotencyKey,
  takesIfMatch,
  takesIfNoneMatch,
  takesIfNoneMatchAny,
} from '@nexivo/contracts/route';
import type { RequestContext } from '@nexivo/bus/context';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { includesTag, parseEntityTags, versionsIn } from './entity-tag.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { malformed } from './problem.js';

/** On what a request depends beside its path, query and body. */
export type Conditions = Pick<RequestContext, 'idempotencyKey' | 'ifMatch' | 'ifNoneMatch'>;

/**
 * Reads the headers on which a request depends, beside its path, query and body. A condition that would not be kept
 * is refused; only `If-None-Match` is ignored on a read without a tag, because the whole answer is always right.
 *
 * @throws DomainError `malformed_request`, naming the header
 */
export function readConditions(route: Route, { headers }: FastifyRequest): Conditions {
  const idempotencyKey = takesIdempotencyKey(route) ? readIdempotencyKey(headers['idempotency-key']) : undefined;
  const isWrite = route.method !== 'GET';
  if (!takesIfMatch(route)) refuse('if-match', headers['if-match'], 'send the request without it');
  const mustBeNew = takesIfNoneMatchAny(route) && isAny('if-none-match', headers['if-none-match']);
  if (isWrite && !mustBeNew) refuse('if-none-match', headers['if-none-match'], 'send the request without it');
  for (const name of BY_TIME) refuse(name, headers[name], 'send the ETag of the resource as If-Match or If-None-Match');
  if (takesIfNoneMatch(route)) readTags('if-none-match', headers['if-none-match']);
  const ifMatch = takesIfMatch(route) ? readTags('if-match', headers['if-match']) : undefined;
  return {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(ifMatch && { ifMatch: ifMatch === '*' ? ifMatch : versionsIn(ifMatch) }),
    ...(mustBeNew && { ifNoneMatch: '*' }),
  };
}

/** Conditions on times and ranges, which no resource here has. */
const BY_TIME = ['if-modified-since', 'if-unmodified-since', 'if-range'] as const;

/** An answer that the caller has already becomes a 304 without a body (RFC 9110, section 13.1.2). */
export function answerNotModified(
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload?: unknown) => void,
): void {
  const etag = reply.getHeader('etag');
  const given = headers['if-none-match'];
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead || reply.statusCode !== 200 || typeof etag !== 'string' || given === undefined)
    return done(null, payload);
  if (!includesTag(parseEntityTags(given) ?? [], etag)) return done(null, payload);
  void reply.code(304).removeHeader('content-type');
  // Fastify itself drops the payload of an answer to HEAD, and counts it first.
  done(null, method === 'HEAD' ? payload : null);
}

function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = parseIdempotencyKey(String(header));
  if (key !== undefined) return key;
  throw malformed('idempotency-key', 'must be 1 to 255 visible ASCII characters, bare or as a quoted string');
}

function readTags(name: string, header: string | undefined): '*' | string[] | undefined {
  if (header === undefined) return undefined;
  const tags = parseEntityTags(header);
  if (tags) return tags;
  throw malformed(name, 'must be * or entity tags as in ETag, quotes included, separated by commas');
}

/** @throws DomainError `malformed_request` for tags: what has one is changed by `If-Match` */
function isAny(name: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  throw malformed(name, 'must be * here, which creates and changes nothing; send tags as If-Match');
}

function refuse(name: string, header: string | string[] | undefined, instead: string): void {
  if (header !== undefined) throw malformed(name, `is not evaluated here; ${instead}`);
}
