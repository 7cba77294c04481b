import type { EventPage } from '@nexivo/contracts/events';
import { isContinued, MAX_PAGED_ROWS, type PageMeta } from '@nexivo/contracts/pagination';
import type { FastifyRequest } from 'fastify';
import { cursorOwner } from './list-query.js';
import { servedRoute } from './served-route.js';

type FeedMeta = EventPage['meta'];
type Links = Record<string, string | null>;

/** What a page of a list, or of the feed of events, says of itself. */
export type ListMeta = PageMeta | FeedMeta;

/** What a client sees of a page beside its rows: the position where the next one begins becomes a cursor, and links. */
export function pageLinks(page: ListMeta, origin: string, request: FastifyRequest): { meta: object; links: Links } {
  const path = request.url.split('?', 1)[0]!;
  const parameters = new URLSearchParams(request.listParameters);
  const isNewestFirst = parameters.get('sort') === '-recorded_at';
  for (const place of ['after', 'since']) parameters.delete(place);
  const list = `${origin}${path}?${parameters.toString()}${parameters.size > 0 ? '&' : ''}`;
  const at: LinkTo = (name, value) =>
    // A cursor carries all the others.
    `${name === 'cursor' && value !== '' ? `${origin}${path}?` : list}${name}=${encodeURIComponent(value)}`;
  if ('has_more' in page) return { meta: page, links: isNewestFirst ? { next: null } : feedLinks(page, at) };
  const { next, ...rest } = page;
  const cursor = next && seal(request, next);
  return {
    meta: { ...rest, ...(next !== undefined && { next_cursor: cursor }) },
    links: isNumbered(rest)
      ? numberedLinks(rest, at, cursor, isContinued(request.listParameters ?? {}))
      : cursorLinks(at, cursor),
  };
}

/** Longer ones are in the body alone: with all other headers an answer stays below 4 KiB, which some proxies take at most. */
const LINK_MAX_LENGTH = 2_000;

/** The value of the header `Link`: the links that a page has, or at least the one that leads on; nothing where even that is too long. */
export function linkHeader(links: Links): string | undefined {
  const written = Object.entries(links).flatMap(([relation, url]) => (url ? [`<${url}>; rel="${relation}"`] : []));
  const all = written.join(', ');
  const header = all.length <= LINK_MAX_LENGTH ? all : (written.find((link) => link.endsWith('rel="next"')) ?? '');
  return header !== '' && header.length <= LINK_MAX_LENGTH ? header : undefined;
}

function seal(request: FastifyRequest, after: NonNullable<PageMeta['next']>): string {
  const parameters = request.listParameters ?? {};
  return request.server.cursors.seal(cursorOwner(servedRoute(request)!, request), { parameters, after });
}

/** The URL of the same list, at another place. */
type LinkTo = (name: 'page' | 'cursor' | 'after', value: string | number) => string;
type Numbered = Record<'page' | 'per_page' | 'total_pages', number> & { total_is_exact: boolean };

const isNumbered = (meta: PageMeta): meta is PageMeta & Numbered => meta.page !== undefined;

const feedLinks = ({ has_more, next_after }: FeedMeta, at: LinkTo): Links => ({
  next: has_more && next_after !== null ? at('after', next_after) : null,
});

const cursorLinks = (at: LinkTo, cursor: string | null | undefined): Links => ({
  first: at('cursor', ''),
  prev: null,
  next: cursor ? at('cursor', cursor) : null,
  last: null,
});

/** Page numbers reach so far; from there the links go on by cursor, and in a list that is gone on from at once. */
function numberedLinks(
  { page, per_page, total_pages, total_is_exact, is_truncated }: Numbered & Pick<PageMeta, 'is_truncated'>,
  at: LinkTo,
  cursor: string | null | undefined,
  isByCursor: boolean,
): Links {
  const last = Math.max(1, Math.min(total_pages, Math.floor(MAX_PAGED_ROWS / per_page)));
  const further = cursor ? at('cursor', cursor) : null;
  return {
    first: at('page', 1),
    prev: page > 1 ? at('page', Math.min(page - 1, last)) : null,
    next: page < last && !is_truncated && !(isByCursor && cursor !== undefined) ? at('page', page + 1) : further,
    last: total_is_exact ? at('page', last) : null,
  };
}
