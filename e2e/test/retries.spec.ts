import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditAction } from '@nexivo/contracts/accounts';
import type { Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import type { Answer, Api } from '@nexivo/testing/api';
import { joinAs, type PersonApi } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import pg from 'pg';
import { type RunningStack, runStack } from './running-stack.js';

const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };

let running: RunningStack;
let receiver: Receiver;
let api: Api;

beforeAll(async () => {
  running = await runStack({ autoRestart: false, env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } });
  receiver = await startReceiver();
  // What is sent to it once is not tried again while the tests run.
  receiver.answer = () => ({ status: 503, headers: { 'retry-after': '3600' } });
  api = await running.client();
});
afterAll(async () => {
  await receiver.stop();
  await running.stop();
});

const newCandidate = async (): Promise<string> => (await api.post('/candidates', JANE)).body.id;
const newJob = async (): Promise<string> => (await api.post('/jobs', { title: 'Engineer' })).body.id;
const newSubmission = async (): Promise<string> =>
  (await api.post(`/jobs/${await newJob()}/submissions`, { candidate_id: await newCandidate() })).body.id;

const newWebhook = async (): Promise<string> =>
  (await api.post('/webhooks', { url: receiver.url, events: ['submission.placed'] })).body.id;
const newTest = async (webhook: string): Promise<string> => (await api.post(`/webhooks/${webhook}/test`)).body.id;
/** A webhook that has asked for an hour without requests: whatever is queued for it stays as it is. */
async function newPausedWebhook(): Promise<string> {
  const webhook = await newWebhook();
  const first = await newTest(webhook);
  await eventually(async () => {
    const { body } = await api.get(`/webhooks/${webhook}/deliveries/${first}`);
    expect(body.attempts_total).toBe(1);
  });
  return webhook;
}
const newDelivery = async (): Promise<string> => {
  const webhook = await newPausedWebhook();
  return `/webhooks/${webhook}/deliveries/${await newTest(webhook)}`;
};

/** A write, the same path with another body, and what tells how often something was written. */
interface Write {
  path: string;
  /** Neither where the route takes no body. */
  body?: object;
  other?: object;
  /** Goes up by one with each write that takes effect. */
  effects: () => Promise<number>;
  /** Who writes; the token of the other tests unless told. */
  client?: Api;
  /** Once done it cannot be done again, under another key either. */
  isOnce?: true;
  /** Whether a second one finds nothing left to do. */
  isFinal?: true;
}

const total = async (list: string): Promise<number> => (await api.get(list)).body.meta.total;
const versionOf = async (resource: string): Promise<number> =>
  Number(JSON.parse((await api.get(resource)).headers.get('etag')!));
const created = (path: string, list: string, body: object, other: object): Write => ({
  path,
  body,
  other,
  effects: () => total(list),
});
async function sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: running.stack.envOf('webhooks')['DATABASE_URL']! });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
const countReplays = async (): Promise<number> => {
  const [row] = await sql<{ count: number }>('select count(*)::int as count from replays');
  return row!.count;
};
/** A webhook with so much waiting that its jobs go no further, an event to replay and a delivery that has failed. */
async function newBusyWebhook(): Promise<string> {
  const webhook = await newPausedWebhook();
  await api.patch(`/webhooks/${webhook}`, { events: ['job.created'] });
  await newJob();
  await eventually(async () => expect(await total(`/webhooks/${webhook}/deliveries?event_type=job.created`)).toBe(1));
  await sql(
    `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, test_body, origin, status, completed_at)
     select account_id, gen_random_uuid(), id, 'evt_1', 'job.created', 'test', '{}', 'test',
       case when n = 0 then 'failed' else 'pending' end, case when n = 0 then now() end
     from webhooks, generate_series(0, 1000) n where id = $1`,
    [webhook],
  );
  return webhook;
}
/** A job of such a webhook, which therefore runs. */
async function newRunningJob(ask: string, collection: string): Promise<string> {
  const path = `/webhooks/${await newBusyWebhook()}`;
  const { body } = await api.post(`${path}/${ask}`, { since: new Date(Date.now() - 60_000).toISOString() });
  expect(body.status).toBe('running');
  return `${path}/${collection}/${body.id}`;
}
const cancelled = async (job: string): Promise<Write> => ({
  path: `${job}/cancel`,
  effects: () => versionOf(job),
  isFinal: true,
});
const changed = (path: string, body: object, other: object): Write => ({
  path,
  body,
  other,
  effects: () => versionOf(path),
});

/** Owners of accounts of their own, one for each route: a session has a quota. */
const owners = new Map<string, { accountId: string; api: PersonApi }>();
async function ownerFor(operationId: string): Promise<{ accountId: string; api: PersonApi }> {
  const known = owners.get(operationId);
  if (known) return known;
  const accountId = await running.operator.createAccount();
  const owner = { accountId, api: (await joinAs(running.origin, running.operator, accountId, 'owner')).api };
  owners.set(operationId, owner);
  return owner;
}
/** What a person does to what the gateway keeps; the audit log has an entry for each time that it took effect. */
const byPerson =
  (
    operationId: string,
    action: AuditAction,
    write: (owner: { accountId: string; api: PersonApi }) => Promise<Pick<Write, 'path' | 'body' | 'other' | 'isOnce'>>,
  ) =>
  async (): Promise<Write> => {
    const owner = await ownerFor(operationId);
    const effects = async () => (await owner.api.get(`/audit_log?action=${action}`)).body.meta.total as number;
    return { ...(await write(owner)), client: owner.api, effects };
  };
const newToken = async ({ api: person }: { api: PersonApi }): Promise<string> =>
  `/tokens/${(await person.post('/tokens', { name: 'x', scopes: ['jobs:read'] })).body.id}`;
const newMember = async ({ accountId }: { accountId: string }): Promise<string> =>
  `/users/${(await joinAs(running.origin, running.operator, accountId, 'viewer')).id}`;
const newText = (): string => `a ${randomUUID()}`;

/** For every route that writes and may be sent again: something to write. */
const writes: Record<string, () => Promise<Write>> = {
  createCandidate: async () =>
    created('/candidates', '/candidates', { ...JANE, custom_fields: { b: 1, a: 2 } }, { ...JANE, phone: '1' }),
  updateCandidate: async () =>
    changed(`/candidates/${await newCandidate()}`, { phone: '1', custom_fields: { b: 1, a: 2 } }, { phone: '2' }),
  createJob: async () => created('/jobs', '/jobs', { title: 'Engineer' }, { title: 'Designer' }),
  updateJob: async () => changed(`/jobs/${await newJob()}`, { status: 'on_hold' }, { status: 'closed' }),
  createSubmission: async () => {
    const [job, candidate, other] = [await newJob(), await newCandidate(), await newCandidate()];
    const path = `/jobs/${job}/submissions`;
    return created(path, path, { candidate_id: candidate }, { candidate_id: other });
  },
  updateSubmission: async () =>
    changed(`/submissions/${await newSubmission()}`, { stage: 'interview' }, { stage: 'offer' }),
  createWebhook: async () =>
    created(
      '/webhooks',
      '/webhooks',
      { url: receiver.url, events: ['job.created', 'job.closed'] },
      { url: receiver.url, events: ['job.closed'] },
    ),
  updateWebhook: async () =>
    changed(`/webhooks/${await newWebhook()}`, { description: 'x' }, { status: 'disabled', events: ['job.closed'] }),
  rotateWebhookSecret: async () => {
    const path = `/webhooks/${await newWebhook()}`;
    return { path: `${path}/rotate_secret`, effects: () => versionOf(path) };
  },
  testWebhook: async () => {
    const path = `/webhooks/${await newPausedWebhook()}`;
    return {
      path: `${path}/test`,
      body: { type: 'job.created' },
      other: { type: 'job.closed' },
      effects: () => total(`${path}/deliveries`),
    };
  },
  redeliverDelivery: async () => {
    const path = await newDelivery();
    return { path: `${path}/redeliver`, effects: () => versionOf(path) };
  },
  replayWebhook: async () => ({
    path: `/webhooks/${await newWebhook()}/replay`,
    body: { since: new Date(Date.now() - 60_000).toISOString() },
    other: { since: new Date(Date.now() - 30_000).toISOString() },
    effects: countReplays,
  }),
  updateMe: byPerson('updateMe', 'user.renamed', async () => ({
    path: '/me',
    body: { name: newText() },
    other: { name: newText() },
  })),
  updateAccount: byPerson('updateAccount', 'account.renamed', async () => ({
    path: '/account',
    body: { name: newText() },
    other: { name: newText() },
  })),
  createToken: byPerson('createToken', 'token.created', async () => ({
    path: '/tokens',
    body: { name: 'x', scopes: ['jobs:read'] },
    other: { name: 'y', scopes: ['jobs:read'] },
  })),
  updateToken: byPerson('updateToken', 'token.updated', async (owner) => ({
    path: await newToken(owner),
    body: { name: newText() },
    other: { name: newText() },
  })),
  rotateToken: byPerson('rotateToken', 'token.rotated', async (owner) => ({
    path: `${await newToken(owner)}/rotate`,
    body: { overlap_s: 60 },
    other: { overlap_s: 0 },
    isOnce: true,
  })),
  updateUser: byPerson('updateUser', 'user.role_changed', async (owner) => ({
    path: await newMember(owner),
    body: { role: 'recruiter' },
    other: { role: 'developer' },
  })),
  createResetLink: byPerson('createResetLink', 'user.reset_link_created', async (owner) => ({
    path: `${await newMember(owner)}/reset_link`,
  })),
  createInvitation: byPerson('createInvitation', 'invitation.created', async () => ({
    path: '/invitations',
    body: { email: `${randomUUID()}@example.com`, role: 'viewer' },
    other: { email: `${randomUUID()}@example.com`, role: 'viewer' },
  })),
  cancelReplay: async () => cancelled(await newRunningJob('replay', 'replays')),
  redeliverFailed: async () => {
    const path = `/webhooks/${await newWebhook()}`;
    return {
      path: `${path}/redeliver_failed`,
      body: { since: new Date(Date.now() - 60_000).toISOString() },
      other: { since: new Date(Date.now() - 30_000).toISOString() },
      effects: () => total(`${path}/redeliveries`),
    };
  },
  cancelRedelivery: async () => cancelled(await newRunningJob('redeliver_failed', 'redeliveries')),
};

/** Who signs in or chooses a password has no account yet, or another secret afterwards. */
const withoutKeys = ['lookUpLink', 'acceptLink', 'createSession', 'changePassword', 'switchAccount'];

const writing = routes.filter(({ method }) => method === 'POST' || method === 'PATCH');
const retryable = writing.filter(({ operationId }) => !withoutKeys.includes(operationId));
const named = (some: readonly Route[]) => some.map((route) => [`${route.method} ${route.path}`, route] as const);

it('covers every POST and PATCH: a new one must be added to the table here', () => {
  const covered = [...Object.keys(writes), ...withoutKeys];
  expect(covered.toSorted()).toEqual(writing.map(({ operationId }) => operationId).toSorted());
});

/** All of an answer that a retry must find again, the order of members included. */
const essence = ({ status, headers, body }: Answer) => ({
  status,
  body: JSON.stringify(body),
  etag: headers.get('etag'),
  location: headers.get('location'),
  type: headers.get('content-type'),
});

describe.each(named(retryable))('%s with an Idempotency-Key', (_name, route) => {
  const send = (path: string, body: unknown, key: string, client: Api = api) =>
    client.send(route.method, path, body, { 'idempotency-key': key });

  it('is carried out once and answered alike each time, bare key or quoted, whatever has changed since', async () => {
    const { path, body, other, effects, client, isOnce, isFinal } = await writes[route.operationId]!();
    const key = randomUUID();
    const before = await effects();
    const first = await send(path, body, key, client);
    expect(first.status).toBe(route.status);
    if (route.hasETag) expect(first.headers.get('etag')).toMatch(/^"\d+"$/);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    if (!isOnce) expect((await send(path, other, randomUUID(), client)).status).toBe(route.status);
    for (const again of [await send(path, body, key, client), await send(path, body, `"${key}"`, client)]) {
      expect(essence(again)).toEqual(essence(first));
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await effects()).toBe(before + (isOnce || isFinal ? 1 : 2));
  });

  it('is refused as 422 with another body or another path, and nothing happens', async () => {
    const { path, body, other, effects, client } = await writes[route.operationId]!();
    const key = randomUUID();
    await send(path, body, key, client);
    const before = await effects();
    if (other) {
      const refused = await send(path, other, key, client);
      expect(refused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
      expect(await effects()).toBe(before);
    }
    const elsewhere = await writes[route.operationId]!();
    if (elsewhere.path === path) return;
    const beforeElsewhere = await elsewhere.effects();
    expect((await send(elsewhere.path, body, key, client)).status).toBe(422);
    expect(await elsewhere.effects()).toBe(beforeElsewhere);
  });

  it('is carried out once when twenty arrive at the same time: each is answered alike, or 409', async () => {
    const { path, body, effects, client } = await writes[route.operationId]!();
    const before = await effects();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(path, body, key, client)));
    const done = answers.filter(({ status }) => status === route.status);
    expect(done.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(new Set(done.map((answer) => JSON.stringify(essence(answer)))).size).toBe(1);
    for (const { status, body: problem, headers } of answers.filter((answer) => !done.includes(answer))) {
      expect({ status, code: problem.code }).toEqual({ status: 409, code: 'idempotency_key_in_flight' });
      expect(headers.get('retry-after')).toBe('1');
    }
    expect(await effects()).toBe(before + 1);
  });

  it('that is none is refused with 400, naming the header, and nothing happens', async () => {
    const { path, body, effects, client } = await writes[route.operationId]!();
    const before = await effects();
    for (const key of ['', 'a b', '"a', '""', 'é', 'x'.repeat(256), 'a, b']) {
      const { status, body: problem } = await send(path, body, key, client);
      expect({ key, status, code: problem.code, field: problem.errors?.[0]?.field }).toEqual({
        key,
        status: 400,
        code: 'malformed_request',
        field: 'idempotency-key',
      });
    }
    expect(await effects()).toBe(before);
  });

  it('of another account says nothing of this one: a stranger gets what he would get without it', async () => {
    const { path, body, client } = await writes[route.operationId]!();
    const key = randomUUID();
    const first = await send(path, body, key, client);
    const foreigner = client ? (await ownerFor(`a stranger to ${route.operationId}`)).api : await running.client();
    const stranger = await send(path, body, key, foreigner);
    expect(stranger.headers.get('idempotency-replayed')).toBeNull();
    if (route.params) expect(stranger.status).toBe(404);
    else if (first.body.id) expect(stranger.body.id).not.toBe(first.body.id);
  });
});

describe('an Idempotency-Key', () => {
  it('is ignored where a request changes nothing by being sent again: GET and DELETE', async () => {
    const id = await newCandidate();
    for (const method of ['GET', 'DELETE', 'DELETE']) {
      const answer = await api.send(method, `/candidates/${id}`, undefined, { 'idempotency-key': 'not a key' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('idempotency-replayed')).toBeNull();
    }
  });

  it('is free again after an error: a refused write is decided anew', async () => {
    const id = await newJob();
    const candidate = await newCandidate();
    const headers = { 'idempotency-key': randomUUID() };
    await api.delete(`/jobs/${id}`);
    const submit = () => api.send('POST', `/jobs/${id}/submissions`, { candidate_id: candidate }, headers);
    expect((await submit()).status).toBe(400);
    await api.patch(`/jobs/${id}`, { status: 'open' });
    const done = await submit();
    expect(done.status).toBe(201);
    await api.delete(`/jobs/${id}`);
    expect(essence(await submit())).toEqual(essence(done));
  });

  it('is stronger than If-Match: the change is answered again at a version that it has moved on from itself', async () => {
    const path = `/candidates/${await newCandidate()}`;
    const change = () => api.send('PATCH', path, { phone: '1' }, { 'idempotency-key': 'k', 'if-match': '"1"' });
    const first = await change();
    expect(first.status).toBe(200);
    expect(essence(await change())).toEqual(essence(first));
  });

  it('makes writes safe under a service that is killed again and again: one row for each key', async () => {
    const client = await running.client();
    const service = running.stack.services.candidates;
    const keys = Array.from({ length: 150 }, () => randomUUID());
    const retries = new Set<number>();
    const createUntilDone = async (key: string): Promise<string> =>
      eventually(
        async () => {
          const answer = await client.send('POST', '/candidates', JANE, { 'idempotency-key': key });
          if (answer.status !== 201) retries.add(answer.status);
          expect(answer.status).toBe(201);
          return answer.body.id as string;
        },
        { withinMs: 40_000 },
      );
    const left = [...keys];
    const ids = new Map<string, string>();
    const clients = Array.from({ length: 6 }, async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) ids.set(key, await createUntilDone(key));
    });
    for (const done of [15, 60, 105]) {
      await eventually(() => expect(ids.size).toBeGreaterThanOrEqual(done), { everyMs: 1 });
      service.kill('SIGKILL');
      await eventually(() => expect(service.pid).toBeUndefined());
      await service.start();
    }
    await Promise.all(clients);
    expect([...retries].filter((status) => ![409, 503, 504].includes(status))).toEqual([]);
    expect(retries.size).toBeGreaterThan(0);
    const { body } = await client.get('/candidates');
    expect(body.meta.total).toBe(keys.length);
    expect(new Set(ids.values()).size).toBe(keys.length);
  });
});

const single = routes.filter(({ hasETag }) => hasETag);
const existing: Record<string, () => Promise<string>> = {
  '/candidates/{id}': async () => `/candidates/${await newCandidate()}`,
  '/jobs/{id}': async () => `/jobs/${await newJob()}`,
  '/submissions/{id}': async () => `/submissions/${await newSubmission()}`,
  '/webhooks/{id}': async () => `/webhooks/${await newWebhook()}`,
  '/webhooks/{id}/deliveries/{delivery_id}': newDelivery,
  '/webhooks/{id}/replays/{replay_id}': async () => {
    const path = `/webhooks/${await newWebhook()}`;
    const { body } = await api.post(`${path}/replay`, { since: new Date().toISOString() });
    return `${path}/replays/${body.id}`;
  },
  '/webhooks/{id}/redeliveries/{redelivery_id}': async () => {
    const path = `/webhooks/${await newWebhook()}`;
    const { body } = await api.post(`${path}/redeliver_failed`, { since: new Date().toISOString() });
    return `${path}/redeliveries/${body.id}`;
  },
  '/events/{id}': async () => {
    await newJob();
    return eventually(async () => `/events/${(await api.get('/events')).body.data[0].id}`);
  },
};
/** What changes each of those that can be patched. */
const patches: Record<string, object> = {
  '/candidates/{id}': { status: 'placed' },
  '/jobs/{id}': { status: 'on_hold' },
  '/submissions/{id}': { stage: 'offer' },
  '/webhooks/{id}': { description: 'x' },
};

/** People, tokens and sessions show when they were used last, which no version tells; a write of those has no condition. */
const withoutETag = ['Account', 'Audit', 'Sessions', 'Tokens', 'Users'];

it('every route that answers one resource of an account is among those with an ETag, but for what shows when it was used', () => {
  // What an id of the client's own creates or changes has tests of its own (put.spec.ts).
  const versioned = routes.filter(({ tag, mayCreate }) => !withoutETag.includes(tag) && !mayCreate);
  const paths = versioned.filter(({ path }) => /\{\w+\}$/.test(path)).map(({ path }) => path);
  expect([...new Set(paths)].toSorted()).toEqual(Object.keys(existing).toSorted());
  expect(single.filter(({ method }) => method === 'GET').map(({ path }) => path)).toEqual(Object.keys(existing));
  expect(versioned.filter(({ method, hasETag }) => method !== 'GET' && !hasETag)).toEqual([]);
  expect(single.filter(({ tag }) => withoutETag.includes(tag))).toEqual([]);
});

describe.each(named(single.filter(({ method }) => method === 'GET')))('%s', (_name, { path: template }) => {
  const get = (path: string, tags: string, method = 'GET') =>
    api.send(method, path, undefined, { 'if-none-match': tags });

  it('answers 304 without a body for as long as nothing has changed, to HEAD as well', async () => {
    const path = await existing[template]!();
    const { headers } = await api.get(path);
    const etag = headers.get('etag')!;
    expect(etag).toBe('"1"');
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await get(path, tags, method);
        expect({ tags, method, status: answer.status, body: answer.body }).toEqual({
          tags,
          method,
          status: 304,
          body: '',
        });
        expect(answer.headers.get('etag')).toBe(etag);
        expect(answer.headers.get('content-type')).toBeNull();
        expect(answer.headers.get('x-request-id')).not.toBeNull();
      }
    }
    for (const tags of ['"2"', 'W/"2"', '"x"']) expect((await get(path, tags)).status).toBe(200);
    expect((await api.send('HEAD', path)).headers.get('etag')).toBe(etag);
  });

  const patch = patches[template];
  if (patch) {
    it('answers anew once it has changed', async () => {
      const path = await existing[template]!();
      const { headers } = await api.get(path);
      const changed = await api.patch(path, patch);
      expect(changed.headers.get('etag')).toBe('"2"');
      const answer = await get(path, headers.get('etag')!);
      expect(answer).toMatchObject({ status: 200, body: changed.body });
      expect(answer.headers.get('etag')).toBe('"2"');
      expect((await api.patch(path, patch)).headers.get('etag')).toBe('"2"');
    });
  }

  it('refuses a broken If-None-Match with 400, naming it', async () => {
    const path = await existing[template]!();
    for (const tags of ['1', '"1', '', '*, "1"']) {
      const { status, body } = await get(path, tags);
      expect({ tags, status, field: body.errors?.[0]?.field }).toEqual({ tags, status: 400, field: 'if-none-match' });
    }
  });
});

it('a delivery is answered anew once it has been asked for again', async () => {
  const path = await newDelivery();
  const changed = await api.post(`${path}/redeliver`);
  expect(changed.headers.get('etag')).toBe('"2"');
  const answer = await api.send('GET', path, undefined, { 'if-none-match': '"1"' });
  expect(answer).toMatchObject({ status: 200, body: changed.body });
  expect(answer.headers.get('etag')).toBe('"2"');
});

const guarded = single.filter(({ method }) => method === 'PATCH' || method === 'DELETE');

describe.each(named(guarded))('%s', (_name, { method, path: template }) => {
  const body = method === 'DELETE' ? undefined : patches[template];
  const send = (path: string, tags: string) => api.send(method, path, body, { 'if-match': tags });
  /** Nothing is left of a webhook that was deleted; others are still there, changed. */
  const isGone = method === 'DELETE' && template.startsWith('/webhooks');

  it('happens only at a version that If-Match names; otherwise it is a 412 with the current ETag', async () => {
    const path = await existing[template]!();
    const before = await api.get(path);
    for (const tags of ['"2"', 'W/"2"', '"01"', '"x", "7"', '""']) {
      const answer = await send(path, tags);
      expect({ tags, status: answer.status, code: answer.body.code }).toEqual({
        tags,
        status: 412,
        code: 'precondition_failed',
      });
      expect(answer.headers.get('etag')).toBe('"1"');
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
    expect((await api.get(path)).body).toEqual(before.body);
    const done = await send(path, '"x", W/"9", "1"');
    expect(done.status).toBe(200);
    expect(done.headers.get('etag')).toBe('"2"');
    const any = await send(path, '*');
    expect(any.status).toBe(isGone ? 404 : 200);
    expect(any.headers.get('etag')).toBe(isGone ? null : '"2"');
  });

  if (!isGone) {
    it('checks If-Match also where nothing would change', async () => {
      const path = await existing[template]!();
      expect((await send(path, '"1"')).headers.get('etag')).toBe('"2"');
      expect((await send(path, '"1"')).status).toBe(412);
      // As a proxy that compresses makes it.
      expect((await send(path, 'W/"2"')).headers.get('etag')).toBe('"2"');
      expect((await send(path, '"2"')).headers.get('etag')).toBe('"2"');
    });
  }

  it('refuses a broken If-Match, and an If-None-Match, with 400, and does nothing', async () => {
    const path = await existing[template]!();
    for (const tags of ['1', '"1', '', '*, "1"', '"1" "2"']) {
      const answer = await send(path, tags);
      expect({ tags, status: answer.status, field: answer.body.errors?.[0]?.field }).toEqual({
        tags,
        status: 400,
        field: 'if-match',
      });
    }
    const answer = await api.send(method, path, body, { 'if-none-match': '*' });
    expect({ status: answer.status, field: answer.body.errors?.[0]?.field }).toEqual({
      status: 400,
      field: 'if-none-match',
    });
    expect((await api.get(path)).headers.get('etag')).toBe('"1"');
  });

  it('of what does not exist is a 404, whatever If-Match says', async () => {
    const path = template.replace('{id}', '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e');
    for (const tags of ['*', '"1"']) expect((await send(path, tags)).status).toBe(404);
  });
});

it('of two who change the same version, one wins, and the other is told: no update is lost', async () => {
  const path = `/candidates/${await newCandidate()}`;
  const etag = (await api.get(path)).headers.get('etag')!;
  const answers = await Promise.all(
    ['Staff Engineer', 'Manager'].map((current_title) =>
      api.send('PATCH', path, { current_title }, { 'if-match': etag }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 412]));
  const [winner, loser] = answers.toSorted((a, b) => a.status - b.status);
  const now = await api.get(path);
  expect(now.body).toEqual(winner!.body);
  expect(loser!.headers.get('etag')).toBe(now.headers.get('etag'));
  const second = await api.send('PATCH', path, { phone: '1' }, { 'if-match': loser!.headers.get('etag')! });
  expect(second.status).toBe(200);
});

it('an expanded submission has no ETag and is never a 304: it shows more than its own version tells', async () => {
  const path = `/submissions/${await newSubmission()}`;
  const answer = await api.send('GET', `${path}?expand=candidate,job`, undefined, { 'if-none-match': '*' });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBeNull();
});

it('an expanded delivery has no ETag and is never a 304, for the same reason', async () => {
  const path = await newDelivery();
  const answer = await api.send('GET', `${path}?expand=event`, undefined, { 'if-none-match': '*' });
  expect(answer).toMatchObject({ status: 200, body: { event: { type: 'webhook.test' } } });
  expect(answer.headers.get('etag')).toBeNull();
});

it('lists have no ETag and are answered whole, whatever If-None-Match says', async () => {
  for (const path of [
    '/candidates',
    '/jobs',
    '/submissions',
    `/submissions/${await newSubmission()}/history`,
    '/webhooks',
    `/webhooks/${await newWebhook()}/deliveries`,
    `/webhooks/${await newWebhook()}/replays`,
    `/webhooks/${await newWebhook()}/redeliveries`,
    '/events',
  ]) {
    const answer = await api.send('GET', path, undefined, { 'if-none-match': '*' });
    expect({ path, status: answer.status, etag: answer.headers.get('etag') }).toEqual({
      path,
      status: 200,
      etag: null,
    });
  }
});

it('a condition on a creation is refused, not ignored', async () => {
  for (const header of ['if-match', 'if-none-match']) {
    const before = await total('/candidates');
    const { status, body } = await api.send('POST', '/candidates', JANE, { [header]: '*' });
    expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field: header });
    expect(await total('/candidates')).toBe(before);
  }
});

it('scripts in a browser may read the headers', async () => {
  const { headers } = await api.get(`/candidates/${await newCandidate()}`);
  const exposed = headers.get('access-control-expose-headers');
  for (const name of ['ETag', 'Idempotency-Replayed']) expect(exposed).toContain(name);
});
