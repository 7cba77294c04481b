import { tokenScope } from '@nexivo/contracts/accounts';
import { errorCatalogue, problem, type ErrorCode } from '@nexivo/contracts/errors';
import type { Route } from '@nexivo/contracts/route';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiParameters, ZodOpenApiResponseObject } from 'zod-openapi';
import { takesIdempotencyKey, takesIfMatch, takesIfNoneMatch, takesIfNoneMatchAny } from '@nexivo/contracts/route';
import { isList, linkExampleOf, locationExampleOf, responseExampleOf } from './examples.js';
import { errorsOf } from './problems.js';

/** What a route looks like in the document. */
export function toOperation(route: Route): ZodOpenApiOperationObject {
  const { operationId, summary, tag, scope, params, query, body } = route;
  const parameters = headersOf(route);
  const description = [route.description, scope && `Needs the scope \`${scope}\`.`].filter(Boolean).join('\n\n');
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
      ...(takesIfNoneMatch(route) && { 304: notModified(route) }),
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
): Record<string, { schema: z.ZodType; example: unknown }> {
  const types = method === 'PATCH' ? ['application/json', 'application/merge-patch+json'] : ['application/json'];
  return Object.fromEntries(types.map((type) => [type, { schema, example }]));
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

/** On every answer to a request that was let in and counted, errors too. */
const QUOTAS = Object.fromEntries(
  ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'RateLimit-Policy', 'RateLimit'].map((name) => [
    name,
    header(name),
  ]),
);
const commonHeaders = (route: Route): Record<string, { $ref: string }> => ({
  ...REQUEST_ID,
  ...(!route.isPublic && QUOTAS),
});

const notModified = (route: Route): ZodOpenApiResponseObject => ({
  description: 'What `If-None-Match` names is still current; there is no body.',
  headers: { ...commonHeaders(route), ETag: header('ETag') },
});

function successOf(route: Route, status: 200 | 201): ZodOpenApiResponseObject {
  return {
    description: status === 201 ? 'Created.' : 'Success.',
    headers: {
      ...commonHeaders(route),
      ...(route.hasETag && { ETag: header('ETag') }),
      ...(takesIdempotencyKey(route) && { 'Idempotency-Replayed': header('Idempotency-Replayed') }),
      ...(route.location &&
        status === 201 && {
          Location: {
            description: 'Where the created resource lives',
            required: true,
            schema: { type: 'string', format: 'uri' },
            example: locationExampleOf(route),
          },
        }),
      ...(isList(route) && {
        Link: {
          description:
            'The same links as in the body (RFC 8288), without those that are `null`. Only `next` where they are longer than 2,000 characters together, and none where that alone is: go by the body',
          schema: { type: 'string' },
          example: linkExampleOf(route),
        },
      }),
    },
    content: { 'application/json': { schema: route.response, example: responseExampleOf(route) } },
  };
}

/** The error responses of a route, by status. */
function failuresOf(route: Route): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(errorsOf(route), (code) => errorCatalogue[code].status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, failureOf(route, status, codes)]));
}

const FAILURE_HEADERS: Partial<Record<number, ZodOpenApiResponseObject['headers']>> = {
  401: { 'WWW-Authenticate': header('WWW-Authenticate') },
  403: { 'WWW-Authenticate': header('WWW-Authenticate') },
  409: {
    'Retry-After': {
      description: 'With `idempotency_key_in_flight`: after how many seconds to try again',
      schema: { type: 'integer', minimum: 1 },
      example: 1,
    },
  },
  412: { ETag: header('ETag') },
  429: { 'Retry-After': header('Retry-After') },
  503: { 'Retry-After': header('Retry-After') },
};

function failureOf(route: Route, status: number, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].description}`).join('\n\n'),
    // Who is not known is not counted.
    headers: { ...(status === 401 ? REQUEST_ID : commonHeaders(route)), ...FAILURE_HEADERS[status] },
    content: {
      'application/problem+json': {
        schema: problem,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}
