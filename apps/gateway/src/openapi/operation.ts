import { tokenScope } from '@nexivo/contracts/accounts';
import { errorCatalogue, problem, type ErrorCode } from '@nexivo/contracts/errors';
import { pascalCase } from '@nexivo/contracts/events';
import type { Route } from '@nexivo/contracts/route';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiParameters, ZodOpenApiResponseObject } from 'zod-openapi';
import { takesIdempotencyKey, takesIfMatch, takesIfNoneMatch, takesIfNoneMatchAny } from '@nexivo/contracts/route';
import { errorsOf, isList } from './problems.js';

/** What a route looks like in the document. */
export function toOperation(route: Route): ZodOpenApiOperationObject {
  const { operationId, summary, tag, scope, params, query, body } = route;
  const parameters = headersOf(route);
  const description = [route.description, scope && `Scope: \`${scope}\`.`].filter(Boolean).join('\n\n');
  return {
    operationId,
    summary,
    tags: [tag],
    ...(description && { description }),
    security: securityOf(route),
    ...((params ?? query) && { requestParams: { ...asObject('path', params), ...asObject('query', query) } }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: !route.isBodyOptional, content: bodyOf(route, body) } }),
    responses: {
      [route.status]: successOf(route, route.status),
      ...(route.mayCreate && { 201: successOf(route, 201) }),
      ...(takesIfNoneMatch(route) && { 304: NOT_MODIFIED }),
      ...failuresOf(route),
    },
  };
}

/** A scope that no token can have, or a route that is about a session, leaves the session alone. */
function securityOf({ isPublic, isForSessions, scope }: Route): Record<string, string[]>[] {
  if (isPublic) return [];
  const isForTokens = !isForSessions && (scope === undefined || tokenScope.safeParse(scope).success);
  return [...(isForTokens ? [{ bearerToken: scope ? [scope] : [] }] : []), { session: [] }];
}

const asObject = (place: 'path' | 'query', schema: z.ZodType | undefined): ZodOpenApiParameters =>
  schema instanceof z.ZodObject ? { [place]: schema } : {};

function bodyOf(
  { method, example }: Route,
  schema: z.ZodType,
): Record<string, { schema: z.ZodType; example?: unknown }> {
  const types = method === 'PATCH' ? ['application/json', 'application/merge-patch+json'] : ['application/json'];
  return Object.fromEntries(types.map((type, index) => [type, { schema, ...(index === 0 && { example }) }]));
}

/** The request headers of a route. */
const headersOf = (route: Route): { $ref: string }[] =>
  [
    takesIdempotencyKey(route) && 'Idempotency-Key',
    takesIfMatch(route) && 'If-Match',
    takesIfNoneMatch(route) && 'If-None-Match',
    takesIfNoneMatchAny(route) && 'If-None-Match-Any',
  ]
    .filter((name) => name !== false)
    .map((name) => ({ $ref: `#/components/parameters/${name}` }));

const header = (name: string): { $ref: string } => ({ $ref: `#/components/headers/${name}` });
const REQUEST_ID = { 'X-Request-Id': header('X-Request-Id') };

/** On every answer to a request that was counted, as the reference says once; written down where they have run out. */
const QUOTAS = Object.fromEntries(
  ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'RateLimit-Policy', 'RateLimit'].map((name) => [
    name,
    header(name),
  ]),
);
const NOT_MODIFIED: ZodOpenApiResponseObject = {
  id: 'NotModified',
  description: 'What `If-None-Match` names is still current; there is no body.',
  headers: { ...REQUEST_ID, ETag: header('ETag') },
};

function successOf(route: Route, status: 200 | 201): ZodOpenApiResponseObject {
  return {
    description: status === 201 ? 'Created.' : 'Success.',
    headers: {
      ...REQUEST_ID,
      ...(route.hasETag && { ETag: header('ETag') }),
      ...(takesIdempotencyKey(route) && { 'Idempotency-Replayed': header('Idempotency-Replayed') }),
      ...(route.location && status === 201 && { Location: header('Location') }),
      ...(isList(route) && { Link: header('Link') }),
    },
    content: {
      'application/json': {
        schema: route.response,
        ...(route.responseExample !== undefined && { example: route.responseExample }),
      },
    },
  };
}

/** The error responses of a route, by status; those of 500 and more are one, of whatever may fail behind the API. */
function failuresOf(route: Route): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(errorsOf(route), (code) => statusOf(code));
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, failureOf(status, codes)]));
}

const statusOf = (code: ErrorCode): string => {
  const { status }: { status: number } = errorCatalogue[code];
  return status >= 500 ? '5XX' : String(status);
};

const FAILURE_HEADERS: Partial<Record<string, ZodOpenApiResponseObject['headers']>> = {
  401: { 'WWW-Authenticate': header('WWW-Authenticate') },
  403: { 'WWW-Authenticate': header('WWW-Authenticate') },
  409: { 'Retry-After': header('Retry-After') },
  412: { ETag: header('ETag') },
  429: { 'Retry-After': header('Retry-After') },
  '5XX': { 'Retry-After': header('Retry-After') },
};

/** The errors that most operations can answer under a status; such an answer is called by its phrase. */
const USUAL: readonly (readonly [phrase: string, codes: readonly ErrorCode[]])[] = [
  ['BadRequest', ['validation_failed', 'malformed_request']],
  ['Unauthorized', ['missing_token', 'invalid_token', 'invalid_session']],
  ['Forbidden', ['plan_without_api_access', 'cross_site_request', 'insufficient_scope']],
  ['ForbiddenToTokens', ['plan_without_api_access', 'cross_site_request', 'session_required']],
  ['Conflict', ['idempotency_key_in_flight']],
  ['ServerError', ['service_unavailable', 'service_timeout', 'internal_error']],
  [
    'TooManyRequests',
    ['too_many_failed_attempts', 'minute_quota_exceeded', 'day_quota_exceeded', 'session_quota_exceeded'],
  ],
];

const NONE: readonly ErrorCode[] = [];

/** The name of an answer among the components: `ConflictOrLastOwner`; by it the same answer is found again. */
function failureName(codes: readonly ErrorCode[]): string {
  const [phrase, usual] = USUAL.find(([, each]) => each.every((code) => codes.includes(code))) ?? [undefined, NONE];
  const others = codes.filter((code) => !usual.includes(code)).map(pascalCase);
  return [phrase, ...others].filter(Boolean).join('Or');
}

const failures = new Map<string, ZodOpenApiResponseObject>();

/** One and the same for all routes where it is alike. */
function failureOf(status: string, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const id = failureName(codes);
  const failure = failures.get(id) ?? { id, ...describeFailure(status, codes) };
  failures.set(id, failure);
  return failure;
}

const describeFailure = (status: string, codes: readonly ErrorCode[]): ZodOpenApiResponseObject => ({
  description: codes.map((code) => `\`${code}\``).join(', '),
  headers: {
    ...REQUEST_ID,
    ...FAILURE_HEADERS[status],
    ...(codes.some((code) => code === 'minute_quota_exceeded') && QUOTAS),
  },
  content: {
    'application/problem+json': {
      schema: problem,
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
});
