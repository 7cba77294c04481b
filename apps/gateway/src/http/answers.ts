import { BASE_PATH } from '@nexivo/contracts/route';
import { Json } from '@nexivo/service/json';
import { Reply } from '@nexivo/service/reply';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { etagOf } from './entity-tag.js';
import { type List, waysOn } from './links.js';
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
    done(null, hasMeta(body) ? withLinks(body, origin, request, reply) : body);
  };

/** What a service wrote is passed through; all else is written here. */
export const serializeAnswer = (payload: unknown): string =>
  payload instanceof Json ? payload.text : JSON.stringify(payload);

function takeBody({ body, version, isReplay }: Reply<unknown>, reply: FastifyReply): unknown {
  if (version !== undefined) void reply.header('etag', etagOf(version));
  if (isReplay) void reply.header('idempotency-replayed', 'true');
  return body;
}

/** Adds the ways on from a list or a feed. Rows that are JSON already stay so. */
function withLinks(body: List, origin: string, request: FastifyRequest, reply: FastifyReply): unknown {
  const { data } = body;
  const { meta, links } = waysOn(body, origin, request);
  const header = Object.entries(links).flatMap(([relation, url]) => (url ? [`<${url}>; rel="${relation}"`] : []));
  if (header.length > 0) void reply.header('link', header.join(', '));
  if (!(data instanceof Json)) return { data, meta, links };
  return new Json(`{"data":${data.text},"meta":${JSON.stringify(meta)},"links":${JSON.stringify(links)}}`);
}

const hasMeta = (body: unknown): body is List =>
  typeof body === 'object' && body !== null && 'data' in body && 'meta' in body;

const fill = (template: string, values: object): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name]));
