import type { Page } from '@nexivo/contracts/pagination';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { EventPage } from '@nexivo/contracts/webhooks';
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
 * was created, `links` and `Link` (RFC 8288) for lists and feeds. A hook of Fastify, because Nest's interceptors cost a chain of
 * observables for each request.
 */
export const completeAnswers =
  (publicUrl: string | undefined): PreSerialization =>
  (request, reply, payload, done) => {
    const route = servedRoute(request);
    const body = payload instanceof Reply ? takeBody(payload, reply) : payload;
    const origin = publicUrl ?? `${request.protocol}://${request.host}`;
    if (route?.location) void reply.header('location', origin + BASE_PATH + fill(route.location, body as object));
    const links = linksOf(body, origin + request.url);
    if (links) setLink(reply, links);
    done(null, links ? { ...(body as object), links } : body);
  };

function takeBody({ body, version, isReplay }: Reply<unknown>, reply: FastifyReply): unknown {
  if (version !== undefined) void reply.header('etag', etagOf(version));
  if (isReplay) void reply.header('idempotency-replayed', 'true');
  return body;
}

type Links = Record<string, string | null>;

/** The ways on from a list or a feed; nothing from other answers. */
function linksOf(body: unknown, requested: string): Links | undefined {
  if (isPage(body)) return pageLinks(body, requested);
  return isFeed(body) ? feedLinks(body, requested) : undefined;
}

function pageLinks({ meta: { page, total_pages: last } }: Page<unknown>, requested: string): Links {
  const at = (target: number): string => urlWith(requested, 'page', String(target));
  return {
    first: at(1),
    prev: page > 1 ? at(Math.min(page - 1, Math.max(last, 1))) : null,
    next: page < last ? at(page + 1) : null,
    last: at(Math.max(last, 1)),
  };
}

const feedLinks = ({ meta: { has_more, next_after } }: EventPage, requested: string): Links => ({
  next: has_more && next_after !== null ? urlWith(requested, 'after', next_after) : null,
});

function urlWith(requested: string, parameter: string, value: string): string {
  const url = new URL(requested);
  url.searchParams.set(parameter, value);
  return url.href;
}

function setLink(reply: FastifyReply, links: Links): void {
  const header = Object.entries(links).flatMap(([relation, url]) => (url ? [`<${url}>; rel="${relation}"`] : []));
  if (header.length > 0) void reply.header('link', header.join(', '));
}

const hasMeta = (body: unknown): body is { meta: Record<string, unknown> } =>
  typeof body === 'object' && body !== null && 'data' in body && 'meta' in body;
const isPage = (body: unknown): body is Page<unknown> => hasMeta(body) && typeof body.meta['page'] === 'number';
const isFeed = (body: unknown): body is EventPage => hasMeta(body) && typeof body.meta['has_more'] === 'boolean';

const fill = (template: string, values: object): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name]));
