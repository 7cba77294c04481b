import type { BusClient } from '@nexivo/bus/client';
import { runInContext } from '@nexivo/bus/context';
import { serviceOf } from '@nexivo/contracts/command';
import { BASE_PATH, type RequestOf, type Route } from '@nexivo/contracts/route';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access } from '../auth/access.js';
import { accountOf, callerOf, hasScope, requireScope } from '../auth/caller.js';
import { beginTrace, traceOf } from '../auth/trace.js';
import { isReplay, sendAnswer } from './answers.js';
import type { BoundRoute, ForwardedRoute } from './bind.js';
import { type Conditions, readConditions } from './conditions.js';
import { goneSignal } from './gone-signal.js';
import type { LowPriorityQueue } from './low-priority-queue.js';
import type { PagesInFlight, PlaceInFlight } from './pages-in-flight.js';
import { readRequest } from './read-request.js';
import { announcesBody } from './unread-body.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Reads the body of a request to its end, within the bounds for all. */
    readBody(request: FastifyRequest): Promise<Buffer>;
  }
  interface FastifyRequest {
    /** The decision about the account's quotas, while it is not waited for. */
    metered?: Promise<void>;
    /** The room of the page that it asks for. */
    place?: PlaceInFlight;
  }
}

/** What the routes are served with. */
export interface Serving {
  readonly bus: BusClient;
  readonly access: Access;
  /** What clients see in front of the base path; the request's own host when absent. */
  readonly publicUrl: string | undefined;
  /** Where refusals wait. */
  readonly queue: LowPriorityQueue;
  readonly pages: PagesInFlight;
}

/** Registers the routes of the API. Their methods, paths, scopes and statuses come from the contracts. */
export function serveRoutes(fastify: FastifyInstance, routes: readonly BoundRoute[], serving: Serving): void {
  for (const bound of routes) serveRoute(fastify, bound, serving);
}

function serveRoute(
  fastify: FastifyInstance,
  bound: BoundRoute,
  { bus, access, publicUrl, queue, pages }: Serving,
): void {
  const { route } = bound;
  const isPaged = route.method === 'GET' && route.query instanceof z.ZodObject && 'per_page' in route.query.shape;
  const answer = 'command' in bound ? forward(bus, bound) : bound.handler;
  /** Whoever is refused waits behind whoever is let in. */
  const afterOthers = (decision: Promise<void>): Promise<void> =>
    decision.catch(async (refusal: unknown) => {
      await queue.turn();
      throw refusal;
    });
  fastify.route({
    method: route.method,
    url: BASE_PATH + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { route, upstream: 'command' in bound ? serviceOf(bound.command) : bound.upstream },
    onRequest: (request, reply) => {
      beginTrace(request, reply);
      return afterOthers(admit(route, { access, publicUrl }, request, reply));
    },
    handler: async (request, reply) => {
      const asked = ask();
      if (request.metered) {
        asked.catch(() => undefined);
        await afterOthers(request.metered);
      }
      const given = await asked;
      // Waited for: who sends the next request when this one is answered must not find a place taken.
      if (isReplay(given)) await access.replayed(request, reply);
      return sendAnswer(route, request, reply, given, publicUrl);

      async function ask(): Promise<unknown> {
        // Fastify reads none of a GET, and what it says would be ignored.
        if (route.method === 'GET' && announcesBody(request.raw)) request.body = await fastify.readBody(request);
        const input = readRequest(route, request);
        if (isPaged) await keepPlace(route, input, request, reply, pages);
        const conditions = readConditions(route, request);
        // Whose work it is also decides whose turn it is at the gateway's own connections to Postgres.
        const context = {
          accountId: accountOf(request) ?? '',
          requestId: request.id,
          ...traceOf(request),
          // Other reads are over before anybody could end them.
          ...(isPaged && { signal: goneSignal(reply) }),
        };
        return runInContext(context, () => answer(input, request, reply, conditions));
      }
    },
  });
}

/**
 * Lets a request in before anything of its body is read: who asks is known and may, and the account's quotas have room.
 *
 * A read does not wait for its quotas. Its service is asked meanwhile, and the answer is thrown away if it is refused.
 *
 * @throws DomainError see {@link Access}
 */
async function admit(
  route: Route,
  { access, publicUrl }: Pick<Serving, 'access' | 'publicUrl'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (route.isPublic) return;
  const caller = await access.identify(route, request, publicUrl);
  if (route.isFree) {
    requireScope(caller, route.scope);
    return;
  }
  const metered = access.meter(caller, route.scope, reply);
  if (!hasScope(caller, route.scope)) {
    await metered;
    requireScope(caller, route.scope);
  }
  if (route.method !== 'GET') return metered;
  // It may fail before it is waited for.
  metered.catch(() => undefined);
  request.metered = metered;
}

/** Has the room of a page kept until it is taken. */
async function keepPlace(
  { operationId }: Route,
  { query }: RequestOf<Route>,
  request: FastifyRequest,
  reply: FastifyReply,
  pages: PagesInFlight,
): Promise<void> {
  const { per_page: rows } = query as { per_page: number };
  const place = await pages.enter(callerOf(request).accountId, operationId, rows);
  request.place = place;
  if (reply.raw.destroyed) place.release();
  else reply.raw.once('close', () => place.release());
}

/** Hands a request on to the command's service, and its answer back as bytes. */
const forward =
  (bus: BusClient, { route, command }: ForwardedRoute) =>
  (input: RequestOf<Route>, request: FastifyRequest, _reply: FastifyReply, conditions: Conditions): Promise<unknown> =>
    bus.forward(command, commandInput(route, input), { ...callerOf(request), ...conditions });

/** The parts of a request as one input. A patch stays together, for what it leaves out says something, too; and so do the values of a PUT. */
const commandInput = ({ method }: Route, { params, query, body }: RequestOf<Route>): object =>
  Object.assign({}, query, TOGETHER[method] ? { [TOGETHER[method]]: body as object } : body, params);

const TOGETHER: Partial<Record<Route['method'], string>> = { PATCH: 'patch', PUT: 'values' };
