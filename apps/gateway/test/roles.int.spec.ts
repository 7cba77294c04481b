import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mayGrant, type Role, ROLE_SCOPES, ROLES } from '@nexivo/contracts/roles';
import type { Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { joinAs, type Member } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { originOf, startGateway } from './gateway-under-test.js';

const ABSENT = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

let world: World;
let operator: Operator;
let origin: string;
let accountId: string;
const members = new Map<Role, Member>();

beforeAll(async () => {
  world = await startWorld();
  origin = await originOf(await startGateway(world));
  operator = await connectOperator(world.nats.urlFor('admin'));
  accountId = await operator.createAccount();
  for (const role of ROLES) members.set(role, await joinAs(origin, operator, accountId, role));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const by = (role: Role) => members.get(role)!.api;
const join = (role: Role): Promise<Member> => joinAs(origin, operator, accountId, role);
const scoped = routes.filter(({ scope }) => scope);
const codeOf = async (asked: Promise<{ body: { code?: string } }>): Promise<string | undefined> =>
  (await asked).body.code;

describe.each(ROLES)('%s', (role) => {
  it.each(scoped.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is let in to %s if the role has its scope, and only then',
    async (_, route: Route) => {
      const path = route.path.replaceAll(/\{\w+\}/g, ABSENT);
      const { body } = await by(role).send(route.method, path, route.body && '{broken');
      const isLetIn = body.code !== 'insufficient_scope';
      expect(isLetIn).toBe(ROLE_SCOPES[role].includes(route.scope!));
    },
  );

  it.each(ROLES)('invites and makes somebody %s, and takes that away, only if it may', async (granted) => {
    const may = mayGrant(role, granted);
    const refusal = ROLE_SCOPES[role].includes('users:write') ? 'insufficient_role' : 'insufficient_scope';
    const email = `${role}-for-${granted}@example.com`;
    const invited = await by(role).post('/invitations', { email, role: granted });
    expect(invited.body.code).toBe(may ? undefined : refusal);
    const other = await join('viewer');
    expect(await codeOf(by(role).patch(`/users/${other.id}`, { role: granted }))).toBe(
      mayGrant(role, granted) || (granted === 'viewer' && refusal === 'insufficient_role') ? undefined : refusal,
    );
    const holder = await join(granted);
    expect(await codeOf(by(role).post(`/users/${holder.id}/reset_link`))).toBe(may ? undefined : refusal);
    expect(await codeOf(by(role).delete(`/users/${holder.id}`))).toBe(may ? undefined : refusal);
  });

  it.each(ROLES)('sees, changes and revokes the tokens of a person who is %s only if it may', async (other) => {
    const holder = await join(other);
    const { id } = (await holder.api.post('/tokens', { name: 'theirs', scopes: ['jobs:read'] })).body;
    const sees = ['owner', 'admin', 'developer'].includes(role);
    const manages = ['owner', 'admin'].includes(role);
    expect((await by(role).get(`/tokens/${id}`)).status).toBe(sees ? 200 : 404);
    const listed = (await by(role).get(`/tokens?user_id=${holder.id}`)).body.data.length;
    expect(listed).toBe(sees ? 1 : 0);
    // Nobody acts in another's name.
    const refusal = sees ? 'insufficient_role' : 'not_found';
    expect(await codeOf(by(role).patch(`/tokens/${id}`, { name: 'x' }))).toBe(refusal);
    expect(await codeOf(by(role).post(`/tokens/${id}/rotate`, {}))).toBe(refusal);
    expect(await codeOf(by(role).delete(`/tokens/${id}`))).toBe(manages ? undefined : refusal);
  });

  it('makes personal tokens with no scope beyond its own, and service tokens only as owner or admin', async () => {
    const beyond = 'audit:read';
    const create = (body: object) => by(role).post('/tokens', { name: 'mine', ...body });
    const own = await create({ scopes: ['jobs:read'] });
    expect(own.body).toMatchObject({ kind: 'personal', user_id: members.get(role)!.id, status: 'active' });
    const asked = await create({ scopes: ['jobs:read', beyond] });
    const may = ROLE_SCOPES[role].includes(beyond);
    expect(asked.status).toBe(may ? 201 : 400);
    if (!may) expect(asked.body.errors).toMatchObject([{ field: 'scopes', code: 'beyond_role' }]);
    const widened = await by(role).patch(`/tokens/${own.body.id}`, { scopes: ['jobs:read', beyond] });
    expect(widened.status).toBe(may ? 200 : 400);
    const service = await create({ scopes: ['jobs:read'], kind: 'service' });
    const manages = role === 'owner' || role === 'admin';
    expect(service.body.code).toBe(manages ? undefined : 'insufficient_role');
    expect((await create({ scopes: ['users:write'] })).status).toBe(400);
  });

  it('sees in the audit log what it may', async () => {
    await by(role).post('/tokens', { name: 'logged', scopes: ['jobs:read'] });
    const { status, body } = await by(role).get('/audit_log?per_page=100');
    expect(status).toBe(ROLE_SCOPES[role].includes('audit:read') ? 200 : 403);
    if (status !== 200) return;
    const actors = new Set(body.data.map(({ actor }: { actor: { id: string } }) => actor.id));
    if (role === 'developer') expect([...actors]).toEqual([members.get(role)!.id]);
    else expect(actors.size).toBeGreaterThan(1);
  });
});

describe('a personal token', () => {
  const tokenOf = async (member: Member, scopes: string[]): Promise<Api> =>
    new Api(origin, (await member.api.post('/tokens', { name: 'mine', scopes })).body.token);

  it('may do what its scopes and the role of its owner both allow, within a second of a change', async () => {
    const member = await join('recruiter');
    const token = await tokenOf(member, ['candidates:write', 'jobs:read']);
    expect((await token.get('/me')).body).toMatchObject({
      role: 'recruiter',
      user: { id: member.id },
      token: { scopes: ['candidates:write', 'jobs:read'] },
      scopes: ['candidates:write', 'jobs:read'],
    });
    await by('owner').patch(`/users/${member.id}`, { role: 'viewer' });
    await eventually(async () => expect((await token.get('/me')).body.scopes).toEqual(['jobs:read']), {
      withinMs: 1_000,
    });
    expect((await token.post('/candidates', {})).body.code).toBe('insufficient_scope');
    await by('owner').patch(`/users/${member.id}`, { role: 'recruiter' });
    await eventually(async () => expect((await token.get('/me')).body.scopes).toContain('candidates:write'), {
      withinMs: 1_000,
    });
  });

  it('ends with the membership for good; a service token stays', async () => {
    const admin = await join('admin');
    const personal = await tokenOf(admin, ['jobs:read']);
    const service = await admin.api.post('/tokens', { name: 'ours', scopes: ['jobs:read'], kind: 'service' });
    expect((await personal.get('/me')).status).toBe(200);
    await by('owner').delete(`/users/${admin.id}`);
    await eventually(async () => expect((await personal.get('/me')).status).toBe(401), { withinMs: 1_000 });
    expect((await new Api(origin, service.body.token).get('/me')).body).toMatchObject({ user: null, role: null });
    const again = await by('owner').post('/invitations', { email: admin.api.email, role: 'admin' });
    const secret = new URL(again.body.url).hash.slice(1);
    await admin.api.post('/invitations/accept', { secret, password: admin.api.password });
    expect((await admin.api.get('/me')).status).toBe(200);
    expect((await personal.get('/me')).status).toBe(401);
  });

  it('cannot do what is for people who are signed in', async () => {
    const token = await tokenOf(members.get('owner')!, ['users:read', 'tokens:read', 'account:read']);
    for (const route of routes.filter(({ isForSessions }) => isForSessions)) {
      const path = route.path.replace('{id}', ABSENT);
      expect(await codeOf(token.send(route.method, path, route.body && {}))).toBe('session_required');
    }
    expect(await codeOf(token.post('/tokens', { name: 'x', scopes: ['jobs:read'] }))).toBe('insufficient_scope');
    expect(await codeOf(token.delete(`/users/${ABSENT}`))).toBe('insufficient_scope');
  });
});

describe('the last owner', () => {
  it('cannot be demoted or removed, not by himself either; with another one he can', async () => {
    const account = await operator.createAccount();
    const only = await joinAs(origin, operator, account, 'owner');
    expect(await codeOf(only.api.patch(`/users/${only.id}`, { role: 'admin' }))).toBe('last_owner');
    expect(await codeOf(only.api.delete(`/users/${only.id}`))).toBe('last_owner');
    const second = await joinAs(origin, operator, account, 'owner');
    expect((await only.api.patch(`/users/${only.id}`, { role: 'admin' })).body.role).toBe('admin');
    // He goes on under what he is now.
    expect((await only.api.get('/me')).body.role).toBe('admin');
    expect(await codeOf(second.api.delete(`/users/${second.id}`))).toBe('last_owner');
  });

  it.each(['each demotes the other', 'each removes the other', 'both leave'])('stays in any race: %s', async (race) => {
    for (let round = 0; round < 10; round++) {
      const account = await operator.createAccount();
      const [a, b] = [
        await joinAs(origin, operator, account, 'owner'),
        await joinAs(origin, operator, account, 'owner'),
      ];
      await Promise.all(
        race === 'each demotes the other'
          ? [a.api.patch(`/users/${b.id}`, { role: 'viewer' }), b.api.patch(`/users/${a.id}`, { role: 'viewer' })]
          : race === 'each removes the other'
            ? [a.api.delete(`/users/${b.id}`), b.api.delete(`/users/${a.id}`)]
            : [a.api.delete(`/users/${a.id}`), b.api.delete(`/users/${b.id}`)],
      );
      const owners = await world.sql(
        'gateway',
        `select from gateway.memberships where account_id = $1 and role = 'owner'`,
        [account],
      );
      expect(owners).toHaveLength(1);
    }
  });

  it('is not one whom an operator has disabled', async () => {
    const account = await operator.createAccount();
    const [a, b] = [await joinAs(origin, operator, account, 'owner'), await joinAs(origin, operator, account, 'owner')];
    await world.sql('gateway', 'update gateway.users set disabled_at = now() where id = $1', [b.id]);
    expect(await codeOf(a.api.delete(`/users/${a.id}`))).toBe('last_owner');
  });
});
