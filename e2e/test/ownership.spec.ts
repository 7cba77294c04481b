import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SESSION_SCOPES } from '@nexivo/contracts/accounts';
import type { Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import type { Api } from '@nexivo/testing/api';
import { joinAs, type PersonApi } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
let receiver: Receiver;
let owner: Api;
let stranger: Api;
/** An id of the owner's in each collection that paths have. */
const owned = {
  candidates: '',
  jobs: '',
  submissions: '',
  webhooks: '',
  deliveries: '',
  replays: '',
  users: '',
  tokens: '',
  invitations: '',
  sessions: '',
  redeliveries: '',
  events: '',
};
/** The owners of both accounts, signed in: for what no token can do. */
let ownerPerson: PersonApi;
let strangerPerson: PersonApi;

beforeAll(async () => {
  receiver = await startReceiver();
  shared = await shareStack();
  const { operator, origin } = shared;
  const accountIds = [await operator.createAccount(), await operator.createAccount()] as const;
  [owner, stranger] = await Promise.all([
    shared.client({ accountId: accountIds[0] }),
    shared.client({ accountId: accountIds[1] }),
  ]);
  const person = await joinAs(origin, operator, accountIds[0], 'owner');
  ownerPerson = person.api;
  strangerPerson = (await joinAs(origin, operator, accountIds[1], 'owner')).api;
  owned.users = person.id;
  owned.tokens = (await ownerPerson.post('/tokens', { name: 'mine', scopes: ['jobs:read'] })).body.id;
  owned.invitations = (await ownerPerson.post('/invitations', { email: 'ann@example.com', role: 'viewer' })).body.id;
  owned.sessions = (await ownerPerson.get('/sessions/current')).body.id;
  owned.candidates = (
    await owner.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' })
  ).body.id;
  owned.jobs = (await owner.post('/jobs', { title: 'Engineer' })).body.id;
  owned.submissions = (await owner.post(`/jobs/${owned.jobs}/submissions`, { candidate_id: owned.candidates })).body.id;
  owned.webhooks = (await owner.post('/webhooks', { url: receiver.url, events: ['job.closed'] })).body.id;
  owned.replays = (await owner.post(`/webhooks/${owned.webhooks}/replay`, { since: new Date().toISOString() })).body.id;
  owned.redeliveries = (
    await owner.post(`/webhooks/${owned.webhooks}/redeliver_failed`, { since: new Date().toISOString() })
  ).body.id;
  await eventually(async () => {
    owned.events = (await owner.get('/events')).body.data[0].id;
  });
  owned.deliveries = (await owner.post(`/webhooks/${owned.webhooks}/test`)).body.id;
  await eventually(async () => {
    const { body } = await owner.get(`/webhooks/${owned.webhooks}/deliveries/${owned.deliveries}`);
    expect(body.status).toBe('succeeded');
  });
});
afterAll(async () => {
  await receiver.stop();
  await shared.leave();
});

/** For every route that names a resource: a body that would be accepted from its owner. */
const byId: Record<string, () => unknown> = {
  getCandidate: () => undefined,
  updateCandidate: () => ({ phone: '1' }),
  deleteCandidate: () => undefined,
  getJob: () => undefined,
  updateJob: () => ({ openings: 3 }),
  closeJob: () => undefined,
  listJobSubmissions: () => undefined,
  createSubmission: () => ({ candidate_id: owned.candidates }),
  getSubmission: () => undefined,
  getSubmissionHistory: () => undefined,
  updateSubmission: () => ({ stage: 'offer' }),
  getWebhook: () => undefined,
  updateWebhook: () => ({ status: 'disabled' }),
  deleteWebhook: () => undefined,
  rotateWebhookSecret: () => undefined,
  getWebhookHealth: () => undefined,
  testWebhook: () => undefined,
  listDeliveries: () => undefined,
  getDelivery: () => undefined,
  redeliverDelivery: () => undefined,
  replayWebhook: () => ({ since: new Date().toISOString() }),
  getReplay: () => undefined,
  getUser: () => undefined,
  updateUser: () => ({ role: 'viewer' }),
  deleteUser: () => undefined,
  createResetLink: () => undefined,
  getInvitation: () => undefined,
  deleteInvitation: () => undefined,
  getToken: () => undefined,
  updateToken: () => ({ name: 'theirs' }),
  revokeToken: () => undefined,
  rotateToken: () => ({}),
  getSession: () => undefined,
  deleteSession: () => undefined,
  listReplays: () => undefined,
  cancelReplay: () => undefined,
  countFailedDeliveries: () => undefined,
  redeliverFailed: () => ({ since: new Date().toISOString() }),
  listRedeliveries: () => undefined,
  getRedelivery: () => undefined,
  cancelRedelivery: () => undefined,
  getEvent: () => undefined,
};
/** What a route cannot do without in its query. */
const queries: Record<string, () => string> = {
  countFailedDeliveries: () => `?since=${new Date().toISOString()}`,
};
/** Routes that name no resource: what a stranger must not find in their answers is tested below, one by one. */
const withoutId = [
  'listCandidates',
  'createCandidate',
  'putCandidate',
  'listJobs',
  'createJob',
  'putJob',
  'listSubmissions',
  'listWebhooks',
  'createWebhook',
  'listEvents',
  'getMe',
  'updateMe',
  'getAccount',
  'updateAccount',
  'listPlans',
  'getUsage',
  'listAuditLog',
  'listTokens',
  'createToken',
  'listUsers',
  'listInvitations',
  'createInvitation',
  'lookUpLink',
  'acceptLink',
  'createSession',
  'listSessions',
  'deleteOtherSessions',
  'changePassword',
  'getMemberships',
  'switchAccount',
  'getOpenApiDocument',
];

it('covers every route: a new one must be added to a table here', () => {
  const covered = [...Object.keys(byId), ...withoutId].toSorted();
  expect(routes.map(({ operationId }) => operationId).toSorted()).toEqual(covered);
});

const idRoutes = routes.filter(({ operationId }) => operationId in byId);

const isForPeople = ({ isForSessions, scope }: Route): boolean =>
  isForSessions === true || SESSION_SCOPES.some((each) => each === scope);

const ABSENT = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';
const absentIn = (collection: keyof typeof owned): string =>
  collection === 'events' ? `evt_${randomUUID().replaceAll('-', '')}` : ABSENT;

/** Asks for a route, with an id in the place of each collection's. */
const ask = (client: Api, route: Route, idIn: (collection: keyof typeof owned) => string) =>
  client.send(
    route.method,
    route.path.replaceAll(
      /(\w+)\/\{\w+\}/g,
      (_, collection: keyof typeof owned) => `${collection}/${idIn(collection)}`,
    ) + (queries[route.operationId]?.() ?? ''),
    byId[route.operationId]!(),
  );

describe.each(idRoutes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  it("answers 404 for another account's id, with the same body as for one that does not exist", async () => {
    const before = await snapshot();
    const client = isForPeople(route) ? strangerPerson : stranger;
    const foreign = await ask(client, route, (collection) => owned[collection]);
    const absent = await ask(client, route, absentIn);
    const impossible = await ask(client, route, () => 'not-a-uuid');
    expect(foreign.status).toBe(404);
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(absent.body));
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(impossible.body));
    expect(await snapshot()).toEqual(before);
  });
});

const nested = idRoutes.filter(({ path }) => /^\/webhooks\/\{id\}\/\w+\/\{/.test(path));

describe.each(nested.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  it("answers 404 for what is another account's below a webhook of one's own, with the same body as for what is not there", async () => {
    const mine = (await stranger.post('/webhooks', { url: receiver.url, events: ['*'] })).body.id as string;
    const under = (id: (collection: keyof typeof owned) => string) =>
      ask(stranger, route, (collection) => (collection === 'webhooks' ? mine : id(collection)));
    const foreign = await under((collection) => owned[collection]);
    const absent = await under(absentIn);
    const impossible = await under(() => 'not-a-uuid');
    expect(foreign.status).toBe(404);
    expect(foreign.body.detail).not.toContain('webhook');
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(absent.body));
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(impossible.body));
  });
});

it('shows nothing of another account in any list, whatever the filter', async () => {
  for (const path of [
    '/candidates',
    '/candidates?email=a@example.com',
    '/jobs',
    '/submissions',
    `/submissions?job_id=${owned.jobs}`,
    `/submissions?candidate_id=${owned.candidates}&expand=candidate,job`,
  ]) {
    const { status, body } = await stranger.get(path);
    expect({ path, status, data: body.data, total: body.meta.total }).toEqual({
      path,
      status: 200,
      data: [],
      total: 0,
    });
  }
});

it('shows no person, invitation, session or token of another account, and nothing of what was done there', async () => {
  for (const path of [
    '/users',
    '/invitations',
    '/sessions',
    '/tokens',
    '/audit_log?per_page=100',
    '/usage',
    '/account',
  ]) {
    const { status, body } = await strangerPerson.get(path);
    expect({ path, status }).toEqual({ path, status: 200 });
    for (const id of Object.values(owned)) expect(JSON.stringify(body)).not.toContain(id);
  }
  for (const filter of [`user_id=${owned.users}`, `token_id=${owned.tokens}`, `actor_id=${owned.users}`]) {
    expect((await strangerPerson.get(`/audit_log?${filter}`)).body.data).toEqual([]);
  }
  expect((await strangerPerson.get(`/tokens?user_id=${owned.users}`)).body.data).toEqual([]);
});

it("changes nothing of another account by an id of one's own: the same one creates", async () => {
  for (const [path, body] of [
    ['candidates', { first_name: 'A', last_name: 'B' }],
    ['jobs', { title: 'Mine' }],
  ] as const) {
    const theirs = await owner.send('PUT', `/${path}/by_external_id/same`, body);
    const mine = await stranger.send('PUT', `/${path}/by_external_id/same`, body);
    expect([theirs.status, mine.status]).toEqual([201, 201]);
    expect(mine.body.id).not.toBe(theirs.body.id);
    expect((await owner.get(`/${path}/${theirs.body.id}`)).body).toEqual(theirs.body);
  }
});

it("refuses another account's candidate in a submission as one that is unknown", async () => {
  const job = await stranger.post('/jobs', { title: 'Mine' });
  const { status, body } = await stranger.post(`/jobs/${job.body.id}/submissions`, { candidate_id: owned.candidates });
  expect({ status, errors: body.errors }).toMatchObject({
    status: 400,
    errors: [{ field: 'candidate_id', code: 'unknown_candidate' }],
  });
});

it('shows no webhook and no event of another account', async () => {
  const another = await shared.client();
  const mine = (await another.post('/jobs', { title: 'Mine' })).body;
  await eventually(async () => {
    const { body } = await another.get('/events');
    expect(body.data.map(({ data }: { data: { object: { id: string } } }) => data.object.id)).toEqual([mine.id]);
  });
  expect((await owner.get('/events')).body.data.length).toBeGreaterThan(0);
  expect((await another.get('/webhooks')).body).toMatchObject({ data: [], meta: { total: 0 } });
});

const snapshot = async () =>
  (
    await Promise.all([
      owner.get(`/candidates/${owned.candidates}`),
      owner.get(`/jobs/${owned.jobs}`),
      owner.get(`/submissions/${owned.submissions}`),
      owner.get(`/webhooks/${owned.webhooks}`),
      owner.get(`/webhooks/${owned.webhooks}/deliveries`),
      owner.get(`/webhooks/${owned.webhooks}/replays/${owned.replays}`),
      owner.get(`/users/${owned.users}`),
      owner.get(`/tokens/${owned.tokens}`),
      owner.get(`/invitations/${owned.invitations}`),
      ownerPerson.get(`/sessions/${owned.sessions}`),
      owner.get(`/webhooks/${owned.webhooks}/redeliveries`),
    ])
  )
    // When a person was seen last is written by itself, once a minute.
    .map(({ body: { last_seen_at: _, ...shown } }) => shown as unknown);

const withoutRequestId = ({ request_id: _, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;
