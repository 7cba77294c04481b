import type { RequestOf, Route } from '@nexivo/contracts/route';
import { DomainError } from '@nexivo/bus/domain-error';
import { validate } from '@nexivo/bus/validation';
import type { FastifyRequest } from 'fastify';
import sjson from 'secure-json-parse';
import { z } from 'zod';
import { openListQuery } from './list-query.js';
import { isDecodable } from './well-formed.js';
import { repeatedMember } from './repeated-member.js';

/**
 * Reads and validates a request against its route. It runs after authentication, so that a stranger learns nothing
 * of the schemas.
 *
 * @throws DomainError `not_found` for an id that cannot exist, `unsupported_media_type`, `malformed_json`, `validation_failed`
 */
export function readRequest(route: Route, request: FastifyRequest): RequestOf<Route> {
  refuseBrokenEncoding(request.url);
  return {
    params: readParams(route, request.params),
    query: validate(route.query ?? NO_PARAMETERS, openListQuery(route, request), 'query'),
    body: route.body ? validate(route.body, readBody(route, request)) : refuseBody(request),
  };
}

/** A parameter that cannot be decoded would be taken for the text that it is written as. */
function refuseBrokenEncoding(url: string): void {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return;
  for (const parameter of url.slice(start + 1).split('&')) {
    if (isDecodable(parameter)) continue;
    const message = 'must be UTF-8 in percent-encoding, such as %C3%A9; a % itself is %25';
    throw DomainError.invalid({ field: parameter.split('=', 1)[0]!.slice(0, 100), code: 'malformed', message });
  }
}

const NO_PARAMETERS = z.strictObject({});

/** An id that is no UUID names nothing: it is the same 404 as for one that does not exist. */
function readParams(route: Route, params: unknown): unknown {
  if (!route.params) return {};
  const result = route.params.safeParse(params);
  if (result.success) return result.data;
  // An id of the client's own names what may yet be created.
  if (route.mayCreate) return validate(route.params, params);
  // The collection in front of the parameter says of what kind it would be: `deliveries/{delivery_id}`.
  const name = String(result.error.issues[0]?.path[0]);
  const [, kinds = 'resources'] = new RegExp(`(\\w+)/\\{${name}\\}`).exec(route.path) ?? [];
  throw DomainError.notFound(kinds.replace(/ies$/, 'ys').replace(/s$/, ''));
}

const JSON_TYPES: Record<string, readonly string[]> = {
  POST: ['application/json'],
  PUT: ['application/json'],
  PATCH: ['application/json', 'application/merge-patch+json'],
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const readBody = ({ isBodyOptional }: Route, request: FastifyRequest): unknown =>
  isBodyOptional && saysNothing(request.body as Buffer | undefined) ? {} : readJson(request);

/** Beyond it a body is not looked at to find out whether it says nothing. */
const GLANCED_BYTES = 65_536;

/** What tools send where there is nothing to send, without its white space. */
const NOTHING = new Set(['', '{}', 'null', '""', '[]', '{"":""}']);

function saysNothing(raw: Buffer | undefined): boolean {
  if (!raw?.length) return true;
  return raw.length <= GLANCED_BYTES && NOTHING.has(raw.toString().replace(/\s+/g, ''));
}

function readJson(request: FastifyRequest): unknown {
  const raw = request.body as Buffer | undefined;
  const mediaType = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  if (!raw?.length && mediaType === undefined) throw malformedJson('The body is missing; send a JSON object.');
  if (!mediaType || !JSON_TYPES[request.method]?.includes(mediaType)) throw new DomainError('unsupported_media_type');
  if (!raw?.length) throw malformedJson('The body is empty; send a JSON object.');
  let text: string;
  try {
    text = utf8.decode(raw);
  } catch {
    throw malformedJson('The body is not valid UTF-8.');
  }
  const value = parseJson(text);
  const repeated = repeatedMember(text);
  if (repeated !== undefined) throw malformedJson(`The body has ${JSON.stringify(repeated.slice(0, 100))} twice.`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    // `__proto__` and `constructor.prototype` are refused, not dropped: nothing that was sent is ignored.
    return sjson.parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw malformedJson(`The body is not valid JSON: ${(error as Error).message.slice(0, 200)}.`);
  }
}

const malformedJson = (detail: string): DomainError =>
  new DomainError('malformed_json', { detail, errors: [{ field: 'body', code: 'malformed_json', message: detail }] });

/** A body where none is read would be silently ignored. With a DELETE some tools send what they have in hand. */
function refuseBody(request: FastifyRequest): undefined {
  const raw = request.body as Buffer | undefined;
  if (saysNothing(raw) || (request.method === 'DELETE' && isInHand(raw!, request.params))) return undefined;
  throw DomainError.invalid({ field: 'body', code: 'unexpected_body', message: UNREAD });
}

const UNREAD = 'is not read by this request: send none, and filters and options as query parameters';

/** A bare value, or the very resource that the path names. */
function isInHand(raw: Buffer, params: unknown): boolean {
  if (raw.length > GLANCED_BYTES) return false;
  let value: unknown;
  try {
    value = JSON.parse(raw.toString());
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null) return true;
  const { id } = value as { id?: unknown };
  return id !== undefined && id === (params as { id?: string }).id;
}
