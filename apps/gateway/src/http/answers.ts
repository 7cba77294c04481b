import type { Page } from '@nexivo/contracts/pagination';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Reply } from '@nexivo/service/reply';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { etagOf } from './entity-tag.js';
import { servedRoute } from './route-metadata.js';

/** Injection token of what clients see in front of the base path, if configured. */
export const PUBLIC_URL = Symbol('public url');

type PreSerialization = (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
) => void;

/**
 * Makes an answer of what a handler returned: headers of what a service's reply says beside its body, `Location` for what
 * was created, `links` and `Link` (RFC 8288) for lists. A hook of Fastify, because Nest's interceptors cost a chain of
 * observables for each request.
 */
export const completeAnswers =
  (publicUrl: string | undefined): PreSerialization =>
  (request, reply, payload, done) => {
    const route = servedRoute(request);
    const body = payload instanceof Reply ? takeBody(payload, reply) : payload;
    const origin = publicUrl ?? `${request.protocol}://${request.host}`;
    if (route?.location) void reply.header('location', origin + BASE_PATH + fill(route.location, body as object));
    done(null, isPage(body) ? withLinks(body, origin + request.url, reply) : body);
  };

function takeBody({ body, version, isReplay }: Reply<unknown>, reply: FastifyReply): unknown {
  if (version !== undefined) void reply.header('etag', etagOf(version));
  if (isReplay) void reply.header('idempotency-replayed', 'true');
  return body;
}

function withLinks(page: Page<unknown>, requested: string, reply: FastifyReply): unknown {
  const { page: number, total_pages: last } = page.meta;
  const at = (target: number): string => {
    const url = new URL(requested);
    url.searchParams.set('page', String(target));
    return url.href;
  };
  const links = {
    first: at(1),
    prev: number > 1 ? at(Math.min(number - 1, Math.max(last, 1))) : null,
    next: number < last ? at(number + 1) : null,
    last: at(Math.max(last, 1)),
  };
  const header = Object.entries(links).flatMap(([relation, url]) => (url ? [`<${url}>; rel="${relation}"`] : []));
  void reply.header('link', header.join(', '));
  return { ...page, links };
}

const isPage = (body: unknown): body is Page<unknown> =>
  typeof body === 'object' &&
  body !== null &&
  'data' in body &&
  'meta' in body &&
  typeof (body.meta as Page<unknown>['meta']).page === 'number';

const fill = (template: string, values: object): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name]));
