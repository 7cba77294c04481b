import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SESSION_REQUESTS_PER_MINUTE, sessions } from '@nexivo/contracts/sessions';
import { users } from '@nexivo/contracts/users';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { joinAs, type Member, PersonApi, secretOf } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { originOf, startGateway } from './gateway-under-test.js';

let world: World;
let operator: Operator;
let gateways: NestFastifyApplication[];
let origins: string[];
let accountId: string;

beforeAll(async () => {
  world = await startWorld();
  gateways = [await startGateway(world), await startGateway(world)];
  origins = await Promise.all(gateways.map(originOf));
  operator = await connectOperator(world.nats.urlFor('admin'));
  accountId = await operator.createAccount();
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const join = (role: Parameters<typeof joinAs>[3] = 'developer', account = accountId): Promise<Member> =>
  joinAs(origins[0]!, operator, account, role);
const statusesOf = (api: PersonApi): Promise<number[]> =>
  Promise.all(origins.map(async (origin) => (await api.at(origin).get('/me')).status));
/** Until a statement has done its work and holds what it has locked, with `returning pg_sleep(…)`. */
const untilAsleep = () =>
  eventually(async () => {
    const asleep = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    await expect(world.sql('gateway', asleep)).resolves.toHaveLength(1);
  });
const WITHIN_A_SECOND = { withinMs: 1_000 };

describe('a session', () => {
  it('is let in to the routes of the API at every gateway, as the person and with the scopes of his role', async () => {
    const { id, api } = await join('recruiter');
    const me = (await api.at(origins[1]!).get('/me')).body;
    expect(me).toMatchObject({
      account: { id: accountId },
      token: null,
      user: { id, email: api.email },
      role: 'recruiter',
      session: { id: expect.any(String) },
    });
    expect(me.scopes).toEqual(expect.arrayContaining(['candidates:write', 'tokens:write']));
    // Nobody serves candidates here: 503 means that the gateway let it through.
    expect((await api.get('/candidates')).status).toBe(503);
    expect((await api.get('/webhooks')).body).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });

  it('counts only with its cookie, the header of our pages, and without a token beside it', async () => {
    const { api } = await join();
    const cookie = [...api.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const ask = async (headers: Record<string, string>) =>
      (await new Api(origins[0]!, undefined).send('GET', '/me', undefined, headers)).body;
    expect(await ask({ cookie, 'nexivo-session': '1' })).toMatchObject({ user: { email: api.email } });
    expect(await ask({ cookie })).toMatchObject({ status: 401, code: 'missing_token' });
    expect(await ask({ cookie, 'nexivo-session': '0' })).toMatchObject({ status: 401, code: 'missing_token' });
    expect(await ask({ 'nexivo-session': '1' })).toMatchObject({ status: 401, code: 'invalid_session' });
    expect(await ask({ cookie: 'nexivo=made-up', 'nexivo-session': '1' })).toMatchObject({ code: 'invalid_session' });
    const { token } = await operator.createToken(accountId, ['jobs:read']);
    expect(await ask({ cookie, 'nexivo-session': '1', authorization: `Bearer ${token}` })).toMatchObject({
      user: null,
      token: { scopes: ['jobs:read'] },
    });
  });

  it('is kept as a digest, in a cookie that scripts do not see and other sites do not send', async () => {
    const { api } = await join();
    const answer = await api.signIn();
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^nexivo=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const rows = await world.sql<{ row: string }>('gateway', 'select s::text as row from gateway.sessions s');
    for (const { row } of rows) expect(row).not.toContain(api.cookies.get('nexivo')!);
    expect(JSON.stringify(answer.body)).not.toContain(api.cookies.get('nexivo')!);
  });

  it('has a cookie of this host alone where the outside is https', async () => {
    const secure = await originOf(await startGateway(world, { PUBLIC_URL: 'https://ats.example.com' }));
    const { api } = await join();
    const { headers } = await api.at(secure).send('POST', '/sessions', { email: api.email, password: api.password });
    const [session] = headers.getSetCookie();
    expect(session).toMatch(/^__Host-nexivo=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const named = (name: string) =>
      new Api(secure, undefined).send('GET', '/me', undefined, {
        'nexivo-session': '1',
        cookie: `${name}=${/=([^;]*)/.exec(session!)![1]}`,
      });
    expect((await named('__Host-nexivo')).status).toBe(200);
    // A sub-domain can set this one.
    expect((await named('nexivo')).status).toBe(401);
  });

  it('has a cookie of the path alone below which the outside is', async () => {
    const below = await originOf(await startGateway(world, { PUBLIC_URL: 'https://example.com/hr' }));
    const { api } = await join();
    const { headers } = await api.at(below).send('POST', '/sessions', { email: api.email, password: api.password });
    const [session] = headers.getSetCookie();
    expect(session).toMatch(
      /^__Secure-nexivo=[\w-]{43}; Max-Age=1209600; Path=\/hr\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const cookie = session!.split(';', 1)[0]!;
    const me = await new Api(below, undefined).send('GET', '/me', undefined, { 'nexivo-session': '1', cookie });
    expect(me.status).toBe(200);
  });

  it.each<[string, (member: Member, owner: Member) => Promise<unknown>]>([
    ['he signs out', ({ api }) => api.delete('/sessions/current')],
    [
      'he signs out everywhere else',
      async ({ api }) => {
        const other = new PersonApi(origins[1]!, api.email, api.password);
        await other.signIn();
        expect((await other.delete('/sessions')).body.ended).toBe(1);
      },
    ],
    [
      'he changes his password elsewhere',
      async ({ api }) => {
        const other = new PersonApi(origins[1]!, api.email, api.password);
        await other.signIn();
        const change = { current_password: api.password, new_password: `another ${randomUUID()}` };
        expect((await other.post('/me/change_password', change)).status).toBe(200);
        expect((await other.get('/me')).status).toBe(200);
      },
    ],
    ['his role changes', ({ id }, owner) => owner.api.patch(`/users/${id}`, { role: 'viewer' })],
    ['he is removed', ({ id }, owner) => owner.api.delete(`/users/${id}`)],
    [
      'an operator disables him',
      ({ api }) => operator.bus.request(users.disable, { email: api.email, is_disabled: true }, operator.context),
    ],
    [
      'an operator revokes his sessions',
      ({ api }) => operator.bus.request(sessions.revoke, { email: api.email }, operator.context),
    ],
    [
      'he chooses a new password by a link',
      async ({ api }) => {
        const { url } = await operator.bus.request(users.reset, { email: api.email }, operator.context);
        const reset = new PersonApi(origins[1]!, api.email, `new ${randomUUID()}`);
        const body = { secret: secretOf(url), password: reset.password };
        expect((await reset.post('/invitations/accept', body)).status).toBe(201);
      },
    ],
  ])('is refused by every gateway within a second when %s', async (_what, end) => {
    const [member, owner] = [await join(), await join('owner')];
    await expect(statusesOf(member.api)).resolves.toEqual([200, 200]);
    const before = member.api.at(origins[0]!);
    await end(member, owner);
    await eventually(async () => expect(await statusesOf(before)).toEqual([401, 401]), WITHIN_A_SECOND);
  });

  it.each([
    ['expired', `expires_at = now() - interval '1 second'`],
    ['was not used for a day', `last_seen_at = now() - interval '24 hours 1 second'`],
  ])('that %s is refused, and is in no list', async (_what, change) => {
    const { api } = await join();
    const old = api.at(origins[0]!);
    const other = new PersonApi(origins[0]!, api.email, api.password);
    await other.signIn();
    const { id } = (await old.get('/sessions/current')).body;
    await world.sql('gateway', `update gateway.sessions set ${change} where id = $1`, [id]);
    await operator.bus.request(users.disable, { email: api.email, is_disabled: false }, operator.context);
    await eventually(async () => expect((await old.get('/me')).status).toBe(401));
    const { data } = (await other.get('/sessions')).body;
    expect(data.map((each: { id: string }) => each.id)).not.toContain(id);
  });

  it('in use stays, and says when it and its person were last seen', async () => {
    const { id, api } = await join();
    const session = (await api.get('/sessions/current')).body.id;
    const setBack = async (table: string, column: string, value: string) =>
      world.sql(
        'gateway',
        `update gateway.${table} set last_seen_at = now() - interval '23 hours' where ${column} = $1`,
        [value],
      );
    await setBack('sessions', 'id', session);
    await setBack('memberships', 'user_id', id);
    await operator.bus.request(users.disable, { email: api.email, is_disabled: false }, operator.context);
    await eventually(
      async () => {
        const { last_seen_at } = (await api.get('/sessions/current')).body;
        expect(Date.now() - Date.parse(last_seen_at)).toBeLessThan(60_000);
        const member = (await api.get(`/users/${id}`)).body;
        expect(Date.now() - Date.parse(member.last_seen_at)).toBeLessThan(60_000);
      },
      { withinMs: 25_000, everyMs: 500 },
    );
  });

  it('gets a new secret with a new password, and the old one is worth nothing', async () => {
    const { api } = await join();
    const before = api.at(origins[1]!);
    const change = { current_password: api.password, new_password: `another ${randomUUID()}` };
    const { body } = await api.post('/me/change_password', change);
    expect(body.is_current).toBe(true);
    expect(api.cookies.get('nexivo')).not.toBe(before.cookies.get('nexivo'));
    expect((await api.get('/me')).status).toBe(200);
    await eventually(async () => expect((await before.get('/me')).status).toBe(401), WITHIN_A_SECOND);
    expect((await new PersonApi(origins[0]!, api.email, '').signIn(api.password)).status).toBe(401);
    expect((await new PersonApi(origins[0]!, api.email, '').signIn(change.new_password)).status).toBe(201);
  });

  it('does not begin by a password that is being changed meanwhile', async () => {
    const { id, api } = await join();
    const other = await join();
    const changed = world.sql(
      'gateway',
      `update gateway.users set password_hash = (select password_hash from gateway.users where id = $2)
       where id = $1 returning pg_sleep(1)`,
      [id, other.id],
    );
    await untilAsleep();
    const late = await new PersonApi(origins[0]!, api.email, api.password).signIn();
    await changed;
    expect(late.body).toMatchObject({ status: 401, code: 'invalid_credentials' });
    const sessionsOf = `select from gateway.sessions where user_id = $1`;
    await expect(world.sql('gateway', sessionsOf, [id])).resolves.toHaveLength(1);
  });

  it('takes the place of the one that the browser had, which ends at every gateway', async () => {
    const [mine, other] = [await join(), await join()];
    const before = mine.api.at(origins[0]!);
    await expect(statusesOf(before)).resolves.toEqual([200, 200]);
    const { id } = (await before.get('/sessions/current')).body;
    expect((await mine.api.post('/sessions', { email: other.api.email, password: other.api.password })).status).toBe(
      201,
    );
    await eventually(async () => expect(await statusesOf(before)).toEqual([401, 401]), WITHIN_A_SECOND);
    expect((await mine.api.get('/me')).body.user.id).toBe(other.id);
    const owner = await join('owner');
    const { data } = (await owner.api.get(`/audit_log?action=session.ended&actor_id=${mine.id}`)).body;
    expect(data).toEqual([expect.objectContaining({ details: { after: { session_id: id } } })]);
  });

  it("is its owner's alone to see and to end", async () => {
    const [mine, other] = [await join(), await join()];
    const { id } = (await other.api.get('/sessions/current')).body;
    const { data, meta } = (await mine.api.get('/sessions')).body;
    expect(data).toEqual([expect.objectContaining({ is_current: true, address: '127.0.0.1' })]);
    expect(meta.total).toBe(1);
    for (const answer of [await mine.api.get(`/sessions/${id}`), await mine.api.delete(`/sessions/${id}`)])
      expect(answer.body).toMatchObject({ status: 404, code: 'not_found' });
    expect((await other.api.get('/me')).status).toBe(200);
  });

  it('may send 300 requests a minute, uses none of the quota of the account, and leaves other sessions alone', async () => {
    const tight = await operator.createAccount('professional', { perMinute: 3 });
    const [busy, other] = [await join('viewer', tight), await join('viewer', tight)];
    const statuses: number[] = [];
    for (let n = 0; n < SESSION_REQUESTS_PER_MINUTE; n += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => busy.api.get('/users')));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await busy.api.get('/users');
    expect(refused.body).toMatchObject({ status: 429, code: 'session_quota_exceeded' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await other.api.get('/users')).status).toBe(200);
    expect((await other.api.get('/me')).body.quotas.minute.used).toBe(0);
  });

  it('of an account on a plan without API access has the dashboard, whose tokens do not work', async () => {
    const starter = await operator.createAccount('starter');
    const { api } = await join('owner', starter);
    expect((await api.get('/me')).body).toMatchObject({ account: { plan: 'starter' }, quotas: null });
    const { body } = await api.post('/tokens', { name: 'a', scopes: ['jobs:read'] });
    expect((await new Api(origins[0]!, body.token).get('/me')).body.code).toBe('plan_without_api_access');
  });
});

describe('a request that another page has a browser send', () => {
  const cases: [string, Record<string, string>, boolean][] = [
    ['our own page', { 'sec-fetch-site': 'same-origin' }, true],
    ['another port of the same host', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:8081' }, false],
    ['a sub-domain over plain http', { 'sec-fetch-site': 'same-site', origin: 'http://evil.ats.example.com' }, false],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false],
    ['the address bar', { 'sec-fetch-site': 'none' }, false],
    ['a plain-http name without Sec-Fetch-Site', { origin: 'http://intranet:9000' }, false],
    ['a sandboxed frame', { origin: 'null' }, false],
  ];

  it.each(cases)('from %s is let in only if it is ours, whatever the method', async (_who, headers, isOurs) => {
    const { api } = await join('owner');
    const bare = (method: string, path: string, body?: unknown) => {
      const cookie = `nexivo=${api.cookies.get('nexivo')}`;
      return new Api(origins[0]!, undefined).send(method, path, body, { 'nexivo-session': '1', cookie, ...headers });
    };
    const expected = isOurs ? 200 : 403;
    for (const [method, path, body] of [
      ['GET', '/me', undefined],
      ['HEAD', '/me', undefined],
      ['PATCH', '/me', { name: 'Eve' }],
      ['DELETE', '/sessions', undefined],
      ['DELETE', '/sessions/current', undefined],
    ] as const) {
      expect([method, path, (await bare(method, path, body)).status]).toEqual([method, path, expected]);
    }
    const name = (await api.get('/me')).body.user?.name;
    expect(name).toBe(isOurs ? undefined : 'Olga');
    // Nor does it sign anybody in.
    const signIn = await bare('POST', '/sessions', { email: api.email, password: api.password });
    expect(signIn.status).toBe(isOurs ? 201 : 403);
    if (!isOurs) expect(signIn.headers.getSetCookie()).toEqual([]);
  });

  it('from our own origin is let in where browsers send no Sec-Fetch-Site, and from no other', async () => {
    const { api } = await join();
    const send = (origin: string) =>
      new Api(origins[0]!, undefined).send(
        'PATCH',
        '/me',
        { name: 'Olga' },
        {
          'nexivo-session': '1',
          cookie: `nexivo=${api.cookies.get('nexivo')}`,
          origin,
        },
      );
    expect((await send(origins[0]!)).status).toBe(200);
    expect((await send(origins[1]!)).body).toMatchObject({ status: 403, code: 'cross_site_request' });
  });
});
