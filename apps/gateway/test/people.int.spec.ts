import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditLogEntry, listAuditLogInput } from '@nexivo/contracts/audit-log';
import { INVITATIONS_MAX, listInvitationsInput } from '@nexivo/contracts/invitations';
import { listTokensInput, TOKENS_MAX, TOKEN_KINDS, TOKEN_STATUSES } from '@nexivo/contracts/tokens';
import { usage as usageSchema } from '@nexivo/contracts/usage';
import { listUsersInput, users } from '@nexivo/contracts/users';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { filtersOf } from '@nexivo/testing/list-input';
import { joinAs, type Member, PersonApi, secretOf } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { originOf, startGateway } from './gateway-under-test.js';

let world: World;
let operator: Operator;
let origin: string;
let accountId: string;
let owner: Member;

beforeAll(async () => {
  world = await startWorld();
  origin = await originOf(await startGateway(world));
  operator = await connectOperator(world.nats.urlFor('admin'));
  accountId = await operator.createAccount();
  owner = await joinAs(origin, operator, accountId, 'owner', { name: 'Olga Owner' });
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const newEmail = (): string => `${randomUUID()}@example.com`;
const nobody = (): PersonApi => new PersonApi(origin, '', '');
const accept = (url: string, body: object, api = nobody()) =>
  api.post('/invitations/accept', { secret: secretOf(url), password: 'a long phrase of mine', ...body });
const lookUp = (url: string) => nobody().post('/invitations/look_up', { secret: secretOf(url) });
/** Until a statement has done its work and holds what it has locked, with `returning pg_sleep(…)`. */
const untilAsleep = () =>
  eventually(async () => {
    const asleep = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    await expect(world.sql('gateway', asleep)).resolves.toHaveLength(1);
  });
const invite = async (email: string, role = 'viewer', by = owner.api): Promise<string> =>
  (await by.post('/invitations', { email, role })).body.url;

describe('an invitation', () => {
  it('is a link that lets one person in once, as what it says', async () => {
    const email = newEmail();
    const url = await invite(email, 'developer');
    expect(url.startsWith(`${origin}/join#`)).toBe(true);
    expect((await lookUp(url)).body).toMatchObject({
      purpose: 'join',
      email,
      account_name: 'Test',
      role: 'developer',
      has_password: false,
    });
    const api = nobody();
    expect((await accept(url, { name: '  Dora ' }, api)).status).toBe(201);
    expect((await api.get('/me')).body).toMatchObject({ user: { email, name: 'Dora' }, role: 'developer' });
    for (const again of [await accept(url, { name: 'Eve' }), await lookUp(url)])
      expect(again.body).toMatchObject({ status: 410, code: 'invalid_link' });
    expect((await owner.api.post('/invitations', { email, role: 'viewer' })).body).toMatchObject({
      status: 409,
      code: 'already_a_member',
    });
  });

  it('lets in one of many who use it at once', async () => {
    const url = await invite(newEmail());
    const answers = await Promise.all(Array.from({ length: 5 }, () => accept(url, { name: 'A' })));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '410', '410', '410', '410']);
  });

  it.each<[string, (id: string, email: string) => Promise<unknown>]>([
    ['taken back', (id) => owner.api.delete(`/invitations/${id}`)],
    ['followed by another to the same address', (_, email) => invite(email.toUpperCase())],
    ['over', (id) => world.sql('gateway', 'update gateway.invitations set expires_at = now() where id = $1', [id])],
  ])('is worth nothing once it is %s', async (_what, end) => {
    const email = newEmail();
    const { id, url } = (await owner.api.post('/invitations', { email, role: 'viewer' })).body;
    await end(id, email);
    expect((await accept(url, { name: 'A' })).body).toMatchObject({ status: 410, code: 'invalid_link' });
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['is removed', (id) => owner.api.delete(`/users/${id}`)],
    ['becomes less', (id) => owner.api.patch(`/users/${id}`, { role: 'viewer' })],
  ])('is worth nothing once whoever made it %s: he could come back by it', async (_what, end) => {
    const admin = await joinAs(origin, operator, accountId, 'admin');
    const url = await invite(newEmail(), 'admin', admin.api);
    await end(admin.id);
    expect((await accept(url, { name: 'A' })).body.code).toBe('invalid_link');
  });

  it('to somebody who is known asks for the password that he has, and counts wrong ones', async () => {
    const member = await joinAs(origin, operator, await operator.createAccount(), 'viewer');
    const url = await invite(member.api.email);
    expect((await lookUp(url)).body.has_password).toBe(true);
    for (let n = 0; n < 5; n++)
      expect((await accept(url, { password: 'another that is long' })).body.code).toBe('invalid_credentials');
    expect((await accept(url, { password: 'another that is long' })).body.code).toBe('too_many_sign_ins');
    await world.sql('gateway', 'delete from gateway.sign_in_failures');
    expect((await accept(url, { password: member.api.password })).status).toBe(201);
  });

  it('brings nobody back who has been removed, though it was never used', async () => {
    const email = newEmail();
    const [first, second] = [await invite(email), await invite(email)];
    // As two who invite at once leave them.
    await world.sql('gateway', 'update gateway.invitations set revoked_at = null where email = $1', [email]);
    const api = nobody();
    await accept(second, { name: 'A' }, api);
    await owner.api.delete(`/users/${(await api.get('/me')).body.user.id}`);
    expect((await accept(first, { password: 'a long phrase of mine' })).body.code).toBe('invalid_link');
  });

  it('is not made by somebody who is being disabled meanwhile', async () => {
    const admin = await joinAs(origin, operator, accountId, 'admin');
    const email = newEmail();
    expect((await admin.api.get('/me')).status).toBe(200);
    const disabled = world.sql(
      'gateway',
      `update gateway.users set disabled_at = now() where id = $1 returning pg_sleep(1)`,
      [admin.id],
    );
    await untilAsleep();
    const late = await admin.api.post('/invitations', { email, role: 'admin' });
    await disabled;
    expect(late.body).toMatchObject({ status: 401, code: 'invalid_session' });
    await expect(world.sql('gateway', 'select from gateway.invitations where email = $1', [email])).resolves.toEqual(
      [],
    );
  });

  it('is listed without its secret, which is in no table and no log of what was done', async () => {
    const email = newEmail();
    const { id, url } = (await owner.api.post('/invitations', { email, role: 'viewer' })).body;
    expect(filtersOf(listInvitationsInput)).toEqual(['status']);
    expect((await owner.api.get('/invitations?status=accepted,revoked,expired')).body.data).not.toContainEqual(
      expect.objectContaining({ id }),
    );
    const { data } = (await owner.api.get('/invitations?status=pending,expired')).body;
    const listed = data.find((each: { id: string }) => each.id === id);
    expect(listed).toMatchObject({
      email,
      role: 'viewer',
      status: 'pending',
      created_by: { type: 'user', id: owner.id },
    });
    const secret = secretOf(url);
    expect(JSON.stringify(data)).not.toContain(secret);
    for (const table of ['invitations', 'audit_log', 'idempotency_keys']) {
      const rows = await world.sql<{ row: string }>('gateway', `select t::text as row from gateway.${table} t`);
      for (const { row } of rows) expect(row).not.toContain(secret);
    }
  });
});

describe('a link to a new password', () => {
  it('signs the person in, once, and the old password is worth nothing', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    const { body } = await owner.api.post(`/users/${member.id}/reset_link`);
    expect(body).toMatchObject({ purpose: 'reset', role: null, email: member.api.email });
    expect((await lookUp(body.url)).body).toMatchObject({ purpose: 'reset', has_password: true });
    const password = 'a new phrase of mine';
    expect((await accept(body.url, { password })).status).toBe(201);
    expect((await accept(body.url, { password })).body.code).toBe('invalid_link');
    expect((await member.api.signIn()).status).toBe(401);
    expect((await member.api.signIn(password)).status).toBe(201);
  });

  it('is worth nothing once the person has chosen a password himself', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    const { url } = (await owner.api.post(`/users/${member.id}/reset_link`)).body;
    const change = { current_password: member.api.password, new_password: 'a new phrase of mine' };
    expect((await member.api.post('/me/change_password', change)).status).toBe(200);
    expect((await accept(url, {})).body.code).toBe('invalid_link');
  });

  it('is made by nobody for himself: a session does not do in place of the password', async () => {
    const { body } = await owner.api.post(`/users/${owner.id}/reset_link`);
    expect(body).toMatchObject({ status: 400, errors: [{ field: 'id', code: 'own' }] });
  });

  it('does not open an account that the person joins meanwhile', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    const { url } = (await owner.api.post(`/users/${member.id}/reset_link`)).body;
    const joined = world.sql(
      'gateway',
      `insert into gateway.memberships (account_id, user_id, role)
       select $2, id, 'owner' from (select id from gateway.users where id = $1 for update) u returning pg_sleep(1)`,
      [member.id, await operator.createAccount()],
    );
    await untilAsleep();
    const late = await accept(url, {});
    await joined;
    expect(late.body.code).toBe('invalid_link');
  });

  it('is not for the people of one account to make for somebody who belongs to another, nor good if he joins it later', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    const early = (await owner.api.post(`/users/${member.id}/reset_link`)).body.url as string;
    const elsewhere = await operator.createAccount();
    const link = { account_id: elsewhere, email: member.api.email, role: 'owner' as const };
    const { url } = await operator.bus.request(users.invite, link, operator.context);
    expect((await accept(url, { password: member.api.password })).status).toBe(201);
    expect((await owner.api.post(`/users/${member.id}/reset_link`)).body.code).toBe('insufficient_role');
    expect((await accept(early, {})).body.code).toBe('invalid_link');
    const { url: byOperator } = await operator.bus.request(users.reset, { email: member.api.email }, operator.context);
    expect((await accept(byOperator, {})).status).toBe(201);
  });
});

describe('somebody who belongs to two accounts', () => {
  it('signs in to the one he used last, or to the one that he names', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    const elsewhere = await operator.createAccount();
    const link = { account_id: elsewhere, email: member.api.email, role: 'owner' as const };
    const { url } = await operator.bus.request(users.invite, link, operator.context);
    await accept(url, { password: member.api.password });
    const { email, password } = member.api;
    const accountAfter = async (body: object) => {
      const api = nobody();
      expect((await api.post('/sessions', { email, password, ...body })).status).toBe(201);
      return (await api.get('/me')).body.account.id as string;
    };
    await expect(accountAfter({})).resolves.toBe(elsewhere);
    await expect(accountAfter({ account_id: accountId })).resolves.toBe(accountId);
    const stranger = { email, password, account_id: await operator.createAccount() };
    expect((await nobody().post('/sessions', stranger)).body.code).toBe('invalid_credentials');
  });

  it('goes on in the other one by a session of its own, which lasts no longer, and in no account that is not his', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    const elsewhere = await operator.createAccount();
    const link = { account_id: elsewhere, email: member.api.email, role: 'owner' as const };
    const { url } = await operator.bus.request(users.invite, link, operator.context);
    await accept(url, { password: member.api.password });
    const { api } = member;
    const before = api.at(origin);
    expect((await api.get('/me/accounts')).body.data).toEqual(
      expect.arrayContaining([
        { id: accountId, name: 'Test', role: 'viewer', is_current: true },
        { id: elsewhere, name: 'Test', role: 'owner', is_current: false },
      ]),
    );
    const session = (await api.get('/sessions/current')).body;
    await world.sql('gateway', `update gateway.sessions set expires_at = now() + interval '1 day' where id = $1`, [
      session.id,
    ]);
    const foreign = { account_id: await operator.createAccount() };
    expect((await api.post('/me/switch_account', foreign)).body).toMatchObject({ status: 404, code: 'not_found' });
    expect((await api.get('/me')).body).toMatchObject({ account: { id: accountId }, role: 'viewer' });
    // What a gateway remembers of the session it forgets when the person changes.
    await operator.bus.request(users.disable, { email: api.email, is_disabled: false }, operator.context);
    const switched = await api.post('/me/switch_account', { account_id: elsewhere });
    expect(switched).toMatchObject({ status: 200, body: { is_current: true } });
    expect(Date.parse(switched.body.expires_at)).toBeLessThanOrEqual(Date.now() + 86_400_000);
    expect((await api.get('/me')).body).toMatchObject({ account: { id: elsewhere }, role: 'owner' });
    await eventually(async () => expect((await before.get('/me')).status).toBe(401));
    expect((await before.post('/me/switch_account', { account_id: elsewhere })).status).toBe(401);
  });
});

describe('the list of people', () => {
  it('is searched, narrowed, sorted and paged', async () => {
    const account = await operator.createAccount();
    const first = await joinAs(origin, operator, account, 'owner', { name: 'Zoë' });
    for (const name of ['Ann', 'ben', 'Cid']) await joinAs(origin, operator, account, 'viewer', { name });
    const names = async (query: string) => {
      const { body } = await first.api.get(`/users?${query}`);
      return [body.data.map((each: { name: string }) => each.name), body.meta.total];
    };
    expect(filtersOf(listUsersInput)).toEqual(['role']);
    await expect(names('sort=name')).resolves.toEqual([['Ann', 'ben', 'Cid', 'Zoë'], 4]);
    await expect(names('sort=-name&per_page=2&page=2')).resolves.toEqual([['ben', 'Ann'], 4]);
    await expect(names('role=viewer&q=EN')).resolves.toEqual([['ben'], 1]);
    await expect(names('role=owner')).resolves.toEqual([['Zoë'], 1]);
    const { links } = (await first.api.get('/users?sort=name&per_page=3')).body;
    expect(links.next).toMatch(/page=2/);
  });

  it('names oneself', async () => {
    const member = await joinAs(origin, operator, accountId, 'viewer');
    expect((await member.api.patch('/me', { name: 'Another' })).body).toEqual({
      id: member.id,
      email: member.api.email,
      name: 'Another',
    });
    expect((await owner.api.get(`/users/${member.id}`)).body).toMatchObject({ name: 'Another', status: 'active' });
  });
});

describe('tokens over HTTP', () => {
  it('are made, listed, changed, rotated and revoked, and shown once', async () => {
    const body = {
      name: 'Sync',
      scopes: ['jobs:read', 'jobs:read'],
      kind: 'service',
      expires_at: '2099-01-01T00:00:00Z',
    };
    const made = await owner.api.post('/tokens', body);
    expect(made.body).toMatchObject({ kind: 'service', user_id: null, scopes: ['jobs:read'], status: 'active' });
    expect(made.headers.get('location')).toMatch(new RegExp(`/tokens/${made.body.id}$`));
    const { id, token } = made.body;
    expect((await new Api(origin, token).get('/me')).status).toBe(200);
    const changed = await owner.api.patch(`/tokens/${id}`, {
      name: 'Nightly',
      scopes: ['jobs:write'],
      expires_at: null,
    });
    expect(changed.body).toMatchObject({ name: 'Nightly', scopes: ['jobs:write'], expires_at: null });
    expect(Date.parse(changed.body.updated_at)).toBeGreaterThan(Date.parse(made.body.updated_at));
    const same = await owner.api.patch(`/tokens/${id}`, { name: 'Nightly' });
    expect(same.body.updated_at).toBe(changed.body.updated_at);
    const rotated = await owner.api.post(`/tokens/${id}/rotate`, { overlap_s: 0 });
    expect(rotated.body).toMatchObject({
      name: 'Nightly',
      predecessor: { id, status: 'revoked', rotated_to: rotated.body.id },
    });
    await eventually(async () => expect((await new Api(origin, token).get('/me')).status).toBe(401));
    const revoked = await owner.api.delete(`/tokens/${rotated.body.id}`);
    expect(revoked.body.status).toBe('revoked');
    await eventually(async () => expect((await new Api(origin, rotated.body.token).get('/me')).status).toBe(401));
    const listed = await owner.api.get('/tokens?status=revoked&kind=service&sort=name');
    expect(listed.body.data.map((each: { id: string }) => each.id).toSorted()).toEqual(
      [id as string, rotated.body.id as string].toSorted(),
    );
    for (const secret of [token, rotated.body.token]) expect(JSON.stringify(listed.body)).not.toContain(secret);
    for (const change of [owner.api.patch(`/tokens/${id}`, { name: 'x' }), owner.api.post(`/tokens/${id}/rotate`, {})])
      expect((await change).body).toMatchObject({ status: 400, errors: [{ field: 'id', code: 'revoked' }] });
  });

  it.each([
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['jobs:read'], expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: ' ', scopes: ['jobs:read'] }, 'name'],
    [{ name: 'x', scopes: ['tokens:write'] }, 'scopes.0'],
  ])('are refused with %j', async (body, field) => {
    const { status, body: problem } = await owner.api.post('/tokens', body);
    expect({ status, fields: problem.errors.map((each: { field: string }) => each.field) }).toEqual({
      status: 400,
      fields: [field],
    });
  });

  it('are narrowed by each parameter that the list has', async () => {
    const account = await operator.createAccount();
    const ada = await joinAs(origin, operator, account, 'owner');
    const make = async (kind: string, expires_at: string | null = null) =>
      (await ada.api.post('/tokens', { name: 'x', scopes: ['jobs:read'], kind, expires_at })).body.id as string;
    const [personal, service, expired, revoked] = [
      await make('personal'),
      await make('service'),
      await make('personal', '2099-01-01T00:00:00Z'),
      await make('service'),
    ];
    await world.sql('gateway', `update gateway.api_tokens set expires_at = now() where id = $1`, [expired]);
    await ada.api.delete(`/tokens/${revoked}`);
    const filters: Record<string, [string, string[]][]> = {
      status: [
        ['active', [personal, service]],
        ['expired', [expired]],
        ['revoked', [revoked]],
      ],
      kind: [
        ['personal', [personal, expired]],
        ['service', [service, revoked]],
      ],
      user_id: [
        [ada.id, [personal, expired]],
        [owner.id, []],
      ],
    };
    expect(Object.keys(filters).toSorted()).toEqual(filtersOf(listTokensInput));
    expect(filters['status']!.map(([status]) => status)).toEqual(TOKEN_STATUSES);
    expect(filters['kind']!.map(([kind]) => kind)).toEqual(TOKEN_KINDS);
    for (const [name, cases] of Object.entries(filters)) {
      for (const [value, ids] of cases) {
        const { data } = (await ada.api.get(`/tokens?${name}=${value}`)).body;
        expect({ name, value, ids: data.map((each: { id: string }) => each.id).toSorted() }).toEqual({
          name,
          value,
          ids: ids.toSorted(),
        });
      }
    }
  });

  it('are read by cursor to the end, each once', async () => {
    const account = await operator.createAccount();
    const { api } = await joinAs(origin, operator, account, 'owner');
    for (let n = 0; n < 7; n++) await operator.createToken(account);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await api.get(`/tokens?per_page=3&cursor=${cursor}${cursor === '' ? '&sort=name' : ''}`);
      seen.push(...body.data.map((each: { id: string }) => each.id));
      cursor = body.meta.next_cursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
  });

  it('under an Idempotency-Key are answered alike to who sent it, and to nobody else', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = { name: 'Once', scopes: ['jobs:read'] };
    const first = await owner.api.send('POST', '/tokens', body, key);
    const again = await owner.api.send('POST', '/tokens', body, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await joinAs(origin, operator, accountId, 'owner');
    expect((await other.api.send('POST', '/tokens', body, key)).body.code).toBe('idempotency_key_reused');
    const stored = await world.sql<{ response: string }>('gateway', 'select response from gateway.idempotency_keys');
    expect(stored.length).toBeGreaterThan(0);
    for (const { response } of stored) expect(response).not.toContain(first.body.token.slice(13));
  });
});

describe('the account', () => {
  it('says what it is allowed, and has a name of its own', async () => {
    const account = await operator.createAccount('professional', { perMinute: null, perDay: 5 });
    const { api } = await joinAs(origin, operator, account, 'admin');
    expect((await api.get('/account')).body).toMatchObject({
      id: account,
      plan: 'professional',
      requests_per_minute: 60,
      requests_per_day: 5,
    });
    expect((await api.patch('/account', { name: 'Acme' })).body.name).toBe('Acme');
    expect((await api.get('/me')).body.account.name).toBe('Acme');
    expect((await new Api(origin, undefined).get('/plans')).body).toMatchObject({
      data: [
        { id: 'starter', has_api_access: false },
        { id: 'professional', requests_per_day: 10_000 },
        { id: 'enterprise' },
      ],
      contact_sales_url: null,
    });
  });

  it('has its usage by day, token and refusal, with the days that had none', async () => {
    const account = await operator.createAccount();
    const { api } = await joinAs(origin, operator, account, 'owner');
    const { id } = await operator.createToken(account);
    const add = (daysAgo: number, token: string, outcome: string, requests: number) =>
      world.sql(
        'gateway',
        `insert into gateway.usage_days values ($1, (now() at time zone 'UTC')::date - $2::integer, $3, $4, $5)`,
        [account, daysAgo, token, outcome, requests],
      );
    const gone = randomUUID();
    await add(0, id, 'admitted', 7);
    await add(2, id, 'admitted', 5);
    await add(2, id, 'minute_quota_exceeded', 2);
    await add(2, gone, 'insufficient_scope', 100);
    await add(40, id, 'admitted', 1_000);
    const { body } = await api.get('/usage');
    usageSchema.parse(body);
    expect(body).toMatchObject({
      admitted: 12,
      refused: 102,
      refusals: { minute_quota_exceeded: 2, insufficient_scope: 100 },
      tokens: [
        { token_id: gone, name: null, admitted: 0, refused: 100 },
        { token_id: id, name: 'test', admitted: 12, refused: 2 },
      ],
    });
    expect(body.days).toHaveLength(30);
    expect(
      body.days.slice(-3).map((day: { admitted: number; refused: number }) => [day.admitted, day.refused]),
    ).toEqual([
      [5, 102],
      [0, 0],
      [7, 0],
    ]);
    expect((await api.get(`/usage?token_id=${id}`)).body).toMatchObject({ admitted: 12, refused: 2 });
    expect((await api.get(`/usage?since=${body.until}`)).body).toMatchObject({ admitted: 7, days: [{}] });
    for (const query of ['since=2026-01-02&until=2026-01-01', 'since=2020-01-01&until=2026-01-01', 'since=yesterday'])
      expect((await api.get(`/usage?${query}`)).status).toBe(400);
  });
});

describe('the audit log', () => {
  it('has who did what from where, in the words of the account, and is narrowed and read on', async () => {
    const account = await operator.createAccount();
    const mine = await joinAs(origin, operator, account, 'owner', { name: 'Ada' });
    const other = await joinAs(origin, operator, account, 'viewer', { name: 'Bob' });
    const { id } = (await mine.api.post('/tokens', { name: 'Career site', scopes: ['jobs:read'] })).body;
    await mine.api.delete(`/tokens/${id}`);
    await mine.api.patch(`/users/${other.id}`, { role: 'recruiter' });
    await mine.api.delete(`/users/${other.id}`);
    const { data, meta } = (await mine.api.get('/audit_log?per_page=100')).body;
    for (const entry of data) auditLogEntry.parse(entry);
    expect(meta).toMatchObject({ total: data.length, total_is_exact: true });
    const actions = data.map(({ action }: { action: string }) => action);
    expect(actions.slice(0, 4)).toEqual(['user.removed', 'user.role_changed', 'token.revoked', 'token.created']);
    expect(actions.slice(4)).toEqual(
      expect.arrayContaining(['user.joined', 'session.created', 'invitation.created', 'account.created']),
    );
    expect(data[1]).toMatchObject({
      actor: { type: 'user', id: mine.id, name: 'Ada' },
      address: '127.0.0.1',
      user: { id: other.id, name: 'Bob' },
      token: null,
      details: { before: { role: 'viewer' }, after: { role: 'recruiter' } },
    });
    expect(data[2].token).toEqual({ id, name: 'Career site' });

    const narrowed = ['action', 'actor_id', 'actor_type', 'token_id', 'user_id'];
    expect(filtersOf(listAuditLogInput)).toEqual(narrowed);
    const only = async (query: string): Promise<string[]> =>
      (await mine.api.get(`/audit_log?per_page=100&${query}`)).body.data.map((each: { action: string }) => each.action);
    await expect(only(`token_id=${id}`)).resolves.toEqual(['token.revoked', 'token.created']);
    await expect(only('action=token.created,token.revoked')).resolves.toEqual(['token.revoked', 'token.created']);
    await expect(only(`user_id=${other.id}&action=user.removed`)).resolves.toEqual(['user.removed']);
    await expect(only(`actor_id=${other.id}`)).resolves.toEqual(['session.created', 'user.joined']);
    const byOperators = await only('actor_type=operator');
    expect(byOperators).toEqual(expect.arrayContaining(['account.created', 'invitation.created']));
    expect(byOperators).not.toContain('token.created');
    await expect(only(`created_after=${data[1].at}`)).resolves.toEqual(['user.removed']);

    const read: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await mine.api.get(`/audit_log?per_page=4&cursor=${cursor}`);
      read.push(...body.data.map((each: { id: number }) => each.id));
      cursor = body.meta.next_cursor;
    }
    expect(read).toEqual(data.map((each: { id: number }) => each.id));
    const second = (await mine.api.get('/audit_log?per_page=4&page=2')).body;
    expect(second.data.map((each: { id: number }) => each.id)).toEqual(read.slice(4, 8));
  });

  it('shows nothing of another account', async () => {
    const stranger = await joinAs(origin, operator, await operator.createAccount(), 'owner');
    const { data } = (await stranger.api.get(`/audit_log?user_id=${owner.id}`)).body;
    expect(data).toEqual([]);
  });
});

describe('an account has at most', () => {
  const tooMany = (limit: number) => ({
    status: 400,
    errors: [{ field: 'body', code: 'too_many', message: expect.stringContaining(`at most ${limit} `) }],
  });

  it(`${TOKENS_MAX} valid tokens, however many are asked for at once; what has ended does not count`, async () => {
    const id = await operator.createAccount();
    const { api } = await joinAs(origin, operator, id, 'owner');
    const create = () => api.post('/tokens', { name: 'x', scopes: ['jobs:read'] });
    const first = (await create()).body.id as string;
    await world.sql(
      'gateway',
      `insert into gateway.api_tokens
       select copy.* from gateway.api_tokens token, generate_series(1, $2::int) n, jsonb_populate_record(token,
         jsonb_build_object('id', gen_random_uuid(), 'digest', '\\x' || md5(token.id::text || n) || md5(n::text),
           'revoked_at', case when n > $3 then now() end)) copy
       where token.id = $1`,
      [first, TOKENS_MAX + 50, TOKENS_MAX - 3],
    );
    const answers = await Promise.all(Array.from({ length: 4 }, create));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.find(({ status }) => status === 400)!.body).toMatchObject(tooMany(TOKENS_MAX));
    await api.delete(`/tokens/${first}`);
    expect((await create()).status).toBe(201);
  });

  it(`${INVITATIONS_MAX} pending invitations; another one to the same address takes the place of the earlier`, async () => {
    const id = await operator.createAccount();
    const { api } = await joinAs(origin, operator, id, 'owner');
    const invite = (email: string) => api.post('/invitations', { email, role: 'viewer' });
    const first = (await invite(newEmail())).body.id as string;
    await world.sql(
      'gateway',
      `insert into gateway.invitations
       select copy.* from gateway.invitations link, generate_series(1, $2::int) n, jsonb_populate_record(link,
         jsonb_build_object('id', gen_random_uuid(), 'email', n || '@example.com',
           'digest', '\\x' || md5(link.id::text || n) || md5(n::text))) copy
       where link.id = $1`,
      [first, INVITATIONS_MAX - 2],
    );
    const answers = await Promise.all(Array.from({ length: 3 }, () => invite(newEmail())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.find(({ status }) => status === 400)!.body).toMatchObject(tooMany(INVITATIONS_MAX));
    expect((await invite('1@example.com')).status).toBe(201);
    await api.delete(`/invitations/${first}`);
    expect((await invite(newEmail())).status).toBe(201);
  });
});
