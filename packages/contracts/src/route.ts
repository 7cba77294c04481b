import type { z } from 'zod';
import type { ErrorCode } from './errors.js';
import type { Scope } from './accounts.js';

/** What every path of the API begins with. */
export const BASE_PATH = '/ats/api/v1';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One HTTP operation of the public API. The gateway's handlers, its guard, the OpenAPI document and the tests all read
 * this, so that none of them can disagree.
 */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
  Method extends HttpMethod = HttpMethod,
> {
  readonly operationId: string;
  readonly method: Method;
  /** Below {@link BASE_PATH}, with parameters in braces: `/jobs/{job_id}/submissions`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  /** The scope that the caller needs; without one any live token or session will do. */
  readonly scope?: Scope;
  /** For a person who is signed in: a token has no use for it. */
  readonly isForSessions?: true;
  /** Needs no token at all. */
  readonly isPublic?: true;
  /** Uses nothing of the account's quotas. */
  readonly isFree?: true;
  /** `Idempotency-Key` is ignored: what is done a second time is refused by itself. */
  readonly ignoresIdempotencyKey?: true;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Whether a request without a body is one with an empty object. */
  readonly isBodyOptional?: true;
  readonly response: Response;
  /** Status of success. */
  readonly status: 200 | 201;
  /** Whether the answer is one resource with a version: it carries an `ETag`, which conditional requests refer to. */
  readonly hasETag?: true;
  /** Answers 201 instead where it has created the resource. */
  readonly mayCreate?: true;
  /** Where the created resource lives, as a path template over its members. */
  readonly location?: string;
  /** Errors beyond those that every route can give. */
  readonly errors?: readonly ErrorCode[];
  /** An example of the body, for the reference. */
  readonly example?: unknown;
  /** What success answers to it, where the response's schema has no example. */
  readonly responseExample?: unknown;
}

/** Declares a route; it exists to infer the schemas' types. */
export const defineRoute = <
  Params extends z.ZodType = z.ZodNever,
  Query extends z.ZodType = z.ZodNever,
  Body extends z.ZodType = z.ZodNever,
  Response extends z.ZodType = z.ZodType,
  const Method extends HttpMethod = HttpMethod,
>(
  route: Route<Params, Query, Body, Response, Method>,
): Route<Params, Query, Body, Response, Method> => route;

/** The parsed parts of a request to a route. */
export interface RequestOf<R extends Route> {
  params: z.output<NonNullable<R['params']>>;
  query: z.output<NonNullable<R['query']>>;
  body: z.output<NonNullable<R['body']>>;
}

/** The body of success. */
export type ResponseOf<R extends Route> = z.output<R['response']>;

/** Whether a route takes `Idempotency-Key`; elsewhere it is ignored, for to read or to delete twice is to do it once. */
export const takesIdempotencyKey = ({ method, isPublic, ignoresIdempotencyKey }: Route): boolean =>
  (method === 'POST' || method === 'PATCH') && !isPublic && !ignoresIdempotencyKey;

/** Whether a route evaluates `If-Match`. */
export const takesIfMatch = ({ method, hasETag }: Route): boolean =>
  hasETag === true && (method === 'PUT' || method === 'PATCH' || method === 'DELETE');

/** Whether a route evaluates `If-None-Match`. */
export const takesIfNoneMatch = ({ method, hasETag }: Route): boolean => hasETag === true && method === 'GET';

/** Whether a route evaluates `If-None-Match: *`: create, and change nothing. */
export const takesIfNoneMatchAny = ({ mayCreate }: Route): boolean => mayCreate === true;
