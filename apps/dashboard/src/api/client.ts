import type { Problem } from '@nexivo/contracts/errors';
import { BASE_PATH, type ResponseOf, type Route, takesIdempotencyKey } from '@nexivo/contracts/route';
import { basePath } from '../shell/base-path.js';
import { SESSION_HEADER } from '@nexivo/contracts/sessions';
import type { z } from 'zod';
import { noteReachability } from './reachability.js';

type Wanted<Schema> = [z.input<NonNullable<Schema>>] extends [never] ? undefined : z.input<NonNullable<Schema>>;
type Part<Name extends string, Value> = [Value] extends [undefined] ? { [N in Name]?: never } : { [N in Name]: Value };

/** What a request to a route consists of. Parameters of the query are sent as text, whatever they stand for. */
export type Asked<R extends Route> = Part<'params', Wanted<R['params']>> &
  (Wanted<R['query']> extends undefined
    ? { query?: never }
    : { query?: { [Name in keyof Wanted<R['query']>]?: string | number | undefined } }) &
  (R['isBodyOptional'] extends true ? { body?: Wanted<R['body']> } : Part<'body', Wanted<R['body']>>) & {
    /** Makes a repeated write one write; see {@link newKey}. */
    idempotencyKey?: string | undefined;
    signal?: AbortSignal | undefined;
  };

/** A request that did not succeed: the API's problem, or none where no answer of the API came. */
export class ApiError extends Error {
  constructor(
    readonly problem: Problem | undefined,
    readonly retryAfterS?: number | undefined,
    /** Whether the same request can be sent again without being carried out twice. */
    readonly isSafeToRepeat = false,
  ) {
    super(problem?.detail ?? 'The API cannot be reached.');
  }

  /** Of the problem; `undefined` where the API did not answer. */
  get code(): Problem['code'] | undefined {
    return this.problem?.code;
  }
}

/** A key for one write, however often it has to be sent. `crypto.randomUUID` does not exist on plain http. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('-');

/**
 * Asks the API as the person who is signed in.
 *
 * @throws ApiError
 */
export async function call<R extends Route>(route: R, asked: Asked<R>): Promise<ResponseOf<R>> {
  const { params = {}, query = {}, body, idempotencyKey, signal } = asked as Asked<Route>;
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[name])),
  );
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const hasKey = idempotencyKey !== undefined && takesIdempotencyKey(route);
  const init = {
    method: route.method,
    headers: {
      [SESSION_HEADER]: '1',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(hasKey && { 'idempotency-key': idempotencyKey }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
  const isSafe = hasKey || route.method === 'GET' || route.method === 'DELETE';
  const answer = await answerTo(`${basePath}${BASE_PATH}${path}${search && `?${search}`}`, init, isSafe);
  return answer as ResponseOf<R>;
}

async function answerTo(url: string, init: RequestInit, isSafe: boolean): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    noteReachability(false);
    throw new ApiError(undefined, undefined, isSafe);
  }
  const isOurs = response.headers.get('content-type')?.includes('json') ?? false;
  // A proxy that answers for a gateway that is away knows no problems.
  noteReachability(isOurs);
  if (!isOurs) throw new ApiError(undefined, undefined, isSafe);
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new ApiError(answer as Problem, Number.isFinite(retryAfter) ? retryAfter : undefined, isSafe);
}
