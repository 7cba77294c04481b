import { BASE_PATH } from '@nexivo/contracts/route';
import { Api } from '@nexivo/testing/api';
import type { LoadRequest } from './load.js';
import { sourcerQueries } from './sourcer.js';
import type { Party, Place } from './api-place.js';

/** A kind of request, and what is promised of it. */
export interface MeasuredRoute {
  name: string;
  /** The requests, in turn; nothing where the API has no such thing. */
  requests(place: Place): Promise<MeasuredRequest[]> | MeasuredRequest[];
  /** At least so much of the control's throughput at {@link BUSY} connections. */
  atLeast?: number;
  /** A list or a search: its p95 among a million at {@link LIST_P95_CONNECTIONS} connections, at most. */
  p95Ms?: number;
  /** At most so many times what it costs among ten thousand, among a million. */
  growsAtMost?: number;
  isWrite?: true;
}

/** One request. */
export interface MeasuredRequest {
  method?: 'GET' | 'POST' | 'PATCH';
  /** Below the base path. */
  path: string;
  body?: object;
  party: Party;
  status: number;
  /** What is different in what the control is asked. */
  control?: { path?: string; body?: object };
}

export const BUSY = 50;
export const LIST_P95_CONNECTIONS = 10;

export const toApi = (request: MeasuredRequest): LoadRequest => onTheWire(request, `Bearer ${request.party.token}`);

/** The control has no tokens: the account's id is in their place. */
export const toControl = (request: MeasuredRequest): LoadRequest =>
  onTheWire({ ...request, ...request.control }, request.party.accountId);

const onTheWire = ({ method = 'GET', path, body, status }: MeasuredRequest, authorization: string): LoadRequest => ({
  method,
  path: BASE_PATH + path,
  headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
  ...(body && { body: JSON.stringify(body) }),
  status,
});

const read = (party: Party, path: string): MeasuredRequest => ({ path, party, status: 200 });

const gets = ({ readers }: Place): MeasuredRequest[] => readers.ids.map((id) => read(readers, `/candidates/${id}`));

const firstPages = ({ readers }: Place): MeasuredRequest[] => [read(readers, '/candidates?per_page=25')];

const FILTERS = [
  'city=Berlin',
  'status=available',
  'skill=C%2B%2B',
  'tag=remote',
  'source=referral&status=new,screening',
];

const filteredPages = ({ readers }: Place): MeasuredRequest[] =>
  FILTERS.map((filter) => read(readers, `/candidates?per_page=25&${filter}`));

/** New candidates like those that are there. */
async function posts({ system, readers, writers }: Place): Promise<MeasuredRequest[]> {
  const { body } = await new Api(system.origin, readers.token).get('/candidates?per_page=100');
  return (body.data as Record<string, unknown>[]).map(
    ({ id: _, created_at: __, updated_at: ___, external_id: ____, ...candidate }): MeasuredRequest => ({
      method: 'POST',
      path: '/candidates',
      body: candidate,
      party: writers,
      status: 201,
    }),
  );
}

/**
 * Changes each of the writers' candidates in turn. The titles alternate and the candidates are an odd number, so that each gets
 * the other title whenever it is its turn again: a change that changes nothing would cost nothing. The control has titles of its
 * own, for the same reason.
 */
export function patches({ writers }: Place, titles = ['Staff Engineer', 'Site Manager']): MeasuredRequest[] {
  const controlTitles = ['Chief Engineer', 'Chief Nurse'];
  return Array.from({ length: writers.ids.length * titles.length }, (_, turn) => ({
    method: 'PATCH',
    path: `/candidates/${writers.ids[turn % writers.ids.length]}`,
    body: { current_title: titles[turn % titles.length] },
    control: { body: { current_title: controlTitles[turn % titles.length] } },
    party: writers,
    status: 200,
  }));
}

/** Of twenty requests: twelve by id, four first pages, two filtered, one POST and one PATCH. */
const MIXTURE =
  'get get get page get get post get get filtered page get get get page patch get get filtered page'.split(' ');

async function mixture(place: Place): Promise<MeasuredRequest[]> {
  const kinds: Record<string, MeasuredRequest[]> = {
    get: gets(place),
    page: firstPages(place),
    filtered: filteredPages(place),
    post: await posts(place),
    patch: patches(place),
  };
  const turns = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0]));
  // As long as it takes until every patch has had its turn.
  return Array.from({ length: MIXTURE.length * kinds['patch']!.length }, (_, turn) => {
    const kind = MIXTURE[turn % MIXTURE.length]!;
    const requests = kinds[kind]!;
    return requests[turns[kind]!++ % requests.length]!;
  });
}

/** How far into the list: half of it, and not farther than this. */
const DEEP_ROWS = 100_000;
const STEP = 100;
const DEEP_PAGES = 20;

/** Pages somewhere deep in the list, as a client that follows `links.next` asks for them. */
async function deepPages({ system, readers, candidates }: Place): Promise<MeasuredRequest[]> {
  const api = new Api(system.origin, readers.token);
  const requests: MeasuredRequest[] = [];
  const steps = Math.min(candidates / 2, DEEP_ROWS) / STEP;
  let path = `/candidates?per_page=${STEP}`;
  for (let step = 0; step < steps + DEEP_PAGES; step++) {
    const { body } = await api.get(path);
    if (!body.meta.next_cursor) return requests;
    const last = body.data.at(-1) as { created_at: string; id: string };
    const cursor = encodeURIComponent(body.meta.next_cursor as string);
    path = `/candidates?per_page=${STEP}&cursor=${cursor}`;
    if (step < steps) continue;
    requests.push({
      ...read(readers, `/candidates?per_page=25&cursor=${cursor}`),
      control: { path: `/candidates?per_page=25&after=${last.created_at},${last.id}` },
    });
  }
  return requests;
}

const SEARCHES = 50;

/** The given queries; nothing where the API has no search. */
async function searches({ system, readers }: Place, queries: readonly string[]): Promise<MeasuredRequest[]> {
  const requests = queries.map((q) => read(readers, `/candidates?per_page=25&q=${encodeURIComponent(q)}`));
  const { status } = await new Api(system.origin, readers.token).get(requests[0]!.path);
  return status === 200 ? requests : [];
}

/** Finds one or a few: a name, a field and something rare. */
async function selectiveSearches(place: Place): Promise<MeasuredRequest[]> {
  const rows = await place.sql<{ last_name: string; email: string; city: string }>(
    `select last_name, email, city from candidates where account_id = $1 and id = any($2) and city is not null limit $3`,
    [place.readers.accountId, place.readers.ids, SEARCHES],
  );
  const queries = rows.map(({ last_name, email, city }, index) =>
    index % 2 === 0 ? email : `name:"${last_name}" city:"${city}" (PLC OR "Six Sigma" OR Rust*)`,
  );
  return searches(place, queries);
}

/** Finds a good part of all. */
const broadSearches = (place: Place): Promise<MeasuredRequest[]> =>
  searches(place, ['engineer', 'javascript OR python', 'C++', 'title:developer -junior', 'Node.js (React OR Angular)']);

/** Long queries of a sourcer: titles, skills, what to leave out. */
const sourcerSearches = (place: Place): Promise<MeasuredRequest[]> => searches(place, sourcerQueries(SEARCHES));

/** What an account with few candidates asks for, beside the large one and a thousand like it: lists and searches in turn. */
function ofSmallAccount({ small }: Place): MeasuredRequest[] {
  const queries = [
    'engineer OR nurse OR manager',
    'C++ OR javascript',
    'city:berlin',
    'title:(senior OR lead) -junior',
  ];
  return [
    '/candidates?per_page=25',
    ...FILTERS.map((filter) => `/candidates?per_page=25&${filter}`),
    ...queries.map((q) => `/candidates?per_page=25&q=${encodeURIComponent(q)}`),
  ].map((path) => read(small, path));
}

export const ROUTES: readonly MeasuredRoute[] = [
  { name: 'get', requests: gets, atLeast: 0.3, growsAtMost: 1.3 },
  { name: 'list', requests: firstPages, atLeast: 0.35, p95Ms: 50, growsAtMost: 1.3 },
  { name: 'filtered', requests: filteredPages, p95Ms: 50 },
  { name: 'cursor', requests: deepPages, p95Ms: 50, growsAtMost: 1.3 },
  { name: 'selective', requests: selectiveSearches, atLeast: 0.5, p95Ms: 50 },
  { name: 'broad', requests: broadSearches, atLeast: 0.5, p95Ms: 50 },
  { name: 'sourcer', requests: sourcerSearches, atLeast: 0.5, p95Ms: 150 },
  { name: 'small', requests: ofSmallAccount, p95Ms: 50, growsAtMost: 1.5 },
  { name: 'post', requests: posts, atLeast: 0.3, isWrite: true },
  { name: 'patch', requests: patches, isWrite: true },
  { name: 'mixed', requests: mixture, isWrite: true },
];
