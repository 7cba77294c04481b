import { MAX_PAGE_BYTES } from '@nexivo/contracts/pagination';
import { BASE_PATH, type Route } from '@nexivo/contracts/route';
import { RawBody } from '@nexivo/bus/raw-body';
import { PageReply, Reply } from '@nexivo/bus/reply';
import type { RawReply } from '@nexivo/bus/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { originOf } from '../auth/outside.js';
import { etagOf } from './entity-tag.js';
import { linkHeader, type ListMeta, pageLinks } from './links.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers a request with what its handler returned: headers for what a reply says beside its body, `Location` for what was
 * created, `links` and `Link` (RFC 8288) for lists and feeds. What a service wrote is passed on as the bytes that it is.
 *
 * @throws DomainError as `PlaceInFlight.settle`
 */
export function sendAnswer(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
  publicUrl: string | undefined,
): FastifyReply {
  const { body, version, isReplay, isCreated, page } = partsOf(answer);
  const status = isCreated && route.mayCreate ? 201 : route.status;
  void reply.code(status).type(JSON_TYPE);
  if (version !== undefined) void reply.header('etag', etagOf(version));
  if (isReplay) void reply.header('idempotency-replayed', 'true');
  if (route.location && status === 201) {
    const created = (body instanceof RawBody ? body.parse() : body) as object;
    void reply.header('location', originOf(request, publicUrl) + BASE_PATH + fill(route.location, created));
  }
  const bytes = bytesOf(body);
  request.place?.settle(bytes.length);
  return reply.send(page ? withLinks(bytes, page as ListMeta, request, reply, publicUrl) : bytes);
}

/** Nothing is said beside the body. */
const PLAIN = { version: undefined, isReplay: false, isCreated: false } as const;

/** An answer's body, or the rows of its page, and what is said beside it. */
function partsOf(answer: unknown): Omit<RawReply, 'body'> & { body: unknown } {
  if (answer instanceof PageReply) {
    const { data, meta } = answer.cutTo(MAX_PAGE_BYTES).body;
    return { ...PLAIN, body: data, page: meta };
  }
  if (answer instanceof Reply || isRawReply(answer)) return answer;
  return { ...PLAIN, body: answer };
}

/** Whether it is the stored answer to an earlier request. */
export const isReplay = (answer: unknown): boolean =>
  (answer instanceof Reply || isRawReply(answer)) && answer.isReplay;

const isRawReply = (answer: unknown): answer is RawReply => (answer as Partial<RawReply>).body instanceof RawBody;

const bytesOf = (body: unknown): Buffer =>
  body instanceof RawBody
    ? Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength)
    : Buffer.from(JSON.stringify(body));

/** Puts the rows of a page between what is said of it: the ways on from a list or a feed. */
function withLinks(
  rows: Buffer,
  page: ListMeta,
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string | undefined,
): Buffer {
  const { meta, links } = pageLinks(page, originOf(request, publicUrl), request);
  const header = linkHeader(links);
  if (header !== undefined) void reply.header('link', header);
  const tail = `,"meta":${JSON.stringify(meta)},"links":${JSON.stringify(links)}}`;
  return Buffer.concat([HEAD, rows, Buffer.from(tail)]);
}

const HEAD = Buffer.from('{"data":');

const fill = (template: string, values: object): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name]));
