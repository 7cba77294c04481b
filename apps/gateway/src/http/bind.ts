import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import type { RequestOf, ResponseOf, Route } from '@nexivo/contracts/route';
import type { Reply } from '@nexivo/bus/reply';
import type { RawReply } from '@nexivo/bus/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Conditions } from './conditions.js';

/** A route whose requests become the input of a command, and whose answers are the command's. */
export interface ForwardedRoute {
  readonly route: Route;
  readonly command: Command;
}

/** A route with logic of its own. */
interface HandledRoute {
  readonly route: Route;
  /** The service that it asks first of all, for the log. */
  readonly upstream?: string;
  readonly handler: (
    input: RequestOf<Route>,
    request: FastifyRequest,
    reply: FastifyReply,
    conditions: Conditions,
  ) => Promise<unknown>;
}

/** A route and who answers it. */
export type BoundRoute = ForwardedRoute | HandledRoute;

type Part<Value> = [Value] extends [never] ? unknown : Value;

/** What the parts of a request are together; see `commandInput` in serve-routes.ts. */
type RequestInput<R extends Route> = Part<RequestOf<R>['params']> &
  Part<RequestOf<R>['query']> &
  ([RequestOf<R>['body']] extends [never]
    ? unknown
    : R['method'] extends 'PATCH'
      ? { patch: RequestOf<R>['body'] }
      : R['method'] extends 'PUT'
        ? { values: RequestOf<R>['body'] }
        : RequestOf<R>['body']);

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Whether a reply is what the route promises. Of a page only the rows: what it says of itself is told to clients in other words. */
type IsPromised<Response, Output> = [Response] extends [{ data: infer Promised; meta: unknown }]
  ? [Output] extends [{ data: infer Given; meta: unknown }]
    ? Same<Promised, Given>
    : false
  : Same<Response, Output>;

/** What a command lacks to serve a route; nothing if it fits. */
type Fitting<R extends Route, C extends Command> = [RequestInput<R>] extends [InputOf<C>]
  ? [keyof RequestInput<R>] extends [keyof InputOf<C>]
    ? IsPromised<ResponseOf<R>, OutputOf<C>> extends true
      ? unknown
      : { readonly 'replies with something else than the route promises': never }
    : { readonly 'does not take all that the route reads': never }
  : { readonly 'takes an input that the route does not make': never };

/**
 * Has a route served by a command: its parameters, query and body are the input, a PATCH's body as `patch`, a PUT's as `values`. A command that takes
 * another input, or replies with something else than the route promises, does not compile.
 */
export const bind = <R extends Route, C extends Command>(route: R, command: C & Fitting<R, C>): BoundRoute => ({
  route,
  command,
});

/**
 * Has a route served by a function: what it returns is the body of the answer, or a {@link Reply} with one.
 *
 * @param upstream the service that it asks, if any
 */
export const handle = <R extends Route>(
  route: R,
  handler: (
    input: RequestOf<R>,
    request: FastifyRequest,
    reply: FastifyReply,
    conditions: Conditions,
  ) => Promise<Answer<AnswerTo<ResponseOf<R>>>>,
  upstream?: string,
): BoundRoute => ({ route, handler, ...(upstream !== undefined && { upstream }) });

type Answer<Body> = Body | Reply<Body> | RawReply<Body>;

/** Links, and how positions are told to clients, are added on the way out. */
type AnswerTo<Response> = Response extends { data: infer Rows; meta: unknown }
  ? { data: Rows; meta: object }
  : Response;
