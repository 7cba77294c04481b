import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accounts, apiToken, audit, auditEntry, type AuditEntry, tokens } from '@nexivo/contracts/accounts';
import type { Command, OutputOf } from '@nexivo/contracts/command';
import type { Principal } from '@nexivo/contracts/principal';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection, connectBus } from '@nexivo/bus/connection';
import { DomainError } from '@nexivo/bus/domain-error';
import { createLogger } from '@nexivo/runtime/logging';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { startWorld, type World } from '@nexivo/testing/world';
import type { z } from 'zod';
import { originOf, startGateway } from './gateway-under-test.js';

const JANE: Principal = { type: 'operator', id: 'jane@ops-1' };
const OPERATOR = { accountId: '', principal: JANE, address: '192.0.2.7' };
const DAY_MS = 86_400_000;

let world: World;
let connection: BusConnection;
let origin: string;

beforeAll(async () => {
  world = await startWorld();
  origin = await originOf(await startGateway(world));
  const log = createLogger('test', 'fatal');
  connection = await BusConnection.to({ NATS_URL: [world.nats.urlFor('admin')] }, 'test', log);
});
afterAll(async () => {
  await connection.onApplicationShutdown();
  await world.stop();
});

/** What an operator's program sends. */
const ask = <C extends Command>(command: C, input: z.input<C['input']>): Promise<OutputOf<C>> =>
  new BusClient(connection).request(command, input as z.output<C['input']>, { ...OPERATOR, requestId: randomUUID() });

const newAccount = async (): Promise<string> => (await ask(accounts.create, { name: 'Acme', plan: 'enterprise' })).id;

const newToken = async (expiresInMs?: number): Promise<OutputOf<typeof tokens.create>> => {
  const expires_at = expiresInMs === undefined ? null : new Date(Date.now() + expiresInMs).toISOString();
  return ask(tokens.create, { account_id: await newAccount(), name: 'ci', scopes: ['jobs:read'], expires_at });
};

/** Whether the gateway knows a token. */
const isValid = async (token: string): Promise<boolean> => {
  const { status } = await new Api(origin, token).get('/me');
  expect([200, 401]).toContain(status);
  return status === 200;
};

const trailOf = async (filter: { token_id: string } | { account_id: string }): Promise<AuditEntry[]> =>
  (await ask(audit.list, filter)).data;

const errorsOf = async (refused: Promise<unknown>): Promise<unknown> => {
  const error = await refused.then(
    () => 'it was not refused',
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(DomainError);
  const { code, errors } = error as DomainError;
  return { code, errors };
};

describe('a token', () => {
  it('is shown once, known afterwards by its beginning and end, and by who made it', async () => {
    const { token, ...made } = await newToken();
    expect(apiToken.parse(made)).toEqual(made);
    expect(made).toMatchObject({
      prefix: token.slice(0, 13),
      last_four: token.slice(-4),
      created_by: JANE,
      last_used_at: null,
      rotated_to: null,
    });
    const { data } = await ask(tokens.list, { account_id: made.account_id });
    expect(data).toEqual([made]);
  });

  it('that was refused is asked about anew after a change of it', async () => {
    const unknown = await newToken();
    await world.sql('gateway', 'update gateway.api_tokens set revoked_at = now() where id = $1', [unknown.id]);
    await expect(isValid(unknown.token)).resolves.toBe(false);
    // Behind the gateway's back, so that only the announcement of the next change can make it ask again.
    await world.sql('gateway', 'update gateway.api_tokens set revoked_at = null where id = $1', [unknown.id]);
    await ask(tokens.update, { id: unknown.id, name: 'again' });
    await expect(isValid(unknown.token)).resolves.toBe(true);
  });
});

it('a lifetime is counted from now by the clock of the database, when a token is made and when it is changed', async () => {
  const wanted = { account_id: await newAccount(), name: 'ci', scopes: ['jobs:read' as const], expires_at: null };
  const made = await ask(tokens.create, { ...wanted, expires_in_s: 60 });
  const leftS = (): Promise<{ left: number }[]> =>
    world.sql(
      'gateway',
      `select extract(epoch from expires_at - now())::float8 as left from api_tokens where id = $1`,
      [made.id],
    );
  expect((await leftS())[0]!.left).toBeCloseTo(60, -1);
  await ask(tokens.update, { id: made.id, expires_in_s: 3_600 });
  expect((await leftS())[0]!.left).toBeCloseTo(3_600, -2);
  await expect(ask(tokens.update, { id: made.id, expires_in_s: 0 })).rejects.toMatchObject({
    code: 'validation_failed',
  });
});

describe('tokens.update', () => {
  it('changes scopes for the next request, and says so in the audit log with before and after', async () => {
    const { id, token, account_id } = await newToken();
    const api = new Api(origin, token);
    expect((await api.get('/candidates')).body.code).toBe('insufficient_scope');
    await ask(tokens.update, { id, scopes: ['candidates:read'] });
    // Nobody serves candidates here: that it is asked for is enough.
    expect((await api.get('/candidates')).body.code).toBe('service_unavailable');
    expect((await api.get('/jobs')).body.code).toBe('insufficient_scope');
    const [entry] = await trailOf({ token_id: id });
    expect(entry).toMatchObject({
      account_id,
      token_id: id,
      action: 'token.scopes_changed',
      actor: JANE,
      address: '192.0.2.7',
      details: { before: { scopes: ['jobs:read'] }, after: { scopes: ['candidates:read'] } },
    });
  });

  it('changes name and expiry; null takes the expiry away', async () => {
    const { id } = await newToken(DAY_MS);
    await expect(ask(tokens.update, { id, name: 'nightly', expires_at: null })).resolves.toMatchObject({
      name: 'nightly',
      expires_at: null,
    });
    const [entry] = await trailOf({ token_id: id });
    expect(entry).toMatchObject({
      action: 'token.updated',
      details: { before: { name: 'ci', expires_at: expect.any(String) }, after: { name: 'nightly', expires_at: null } },
    });
  });

  it('that changes nothing records nothing', async () => {
    const { id, name, scopes } = await newToken();
    await ask(tokens.update, { id, name, scopes: [...scopes, ...scopes] });
    await ask(tokens.update, { id });
    expect(await trailOf({ token_id: id })).toHaveLength(1);
  });

  it('refuses to bring back what was revoked or has expired, and an expiry in the past', async () => {
    const revoked = await newToken();
    await ask(tokens.revoke, { id: revoked.id });
    const expired = await newToken(-1_000);
    const live = await newToken();
    const past = new Date(0).toISOString();
    const refusals = [
      await errorsOf(ask(tokens.update, { id: revoked.id, name: 'x' })),
      await errorsOf(ask(tokens.update, { id: expired.id, expires_at: null })),
      await errorsOf(ask(tokens.update, { id: live.id, expires_at: past })),
      await errorsOf(ask(tokens.update, { id: live.id, scopes: [] })),
      await errorsOf(ask(tokens.update, { id: randomUUID(), name: 'x' })),
    ];
    expect(refusals).toMatchObject([
      { errors: [{ field: 'id', code: 'revoked' }] },
      { errors: [{ field: 'id', code: 'expired' }] },
      { errors: [{ field: 'expires_at', code: 'in_the_past' }] },
      { errors: [{ field: 'scopes', code: 'too_few' }] },
      { code: 'not_found' },
    ]);
  });
});

describe('tokens.rotate', () => {
  it('lets both in for the overlap, and then only the new one', async () => {
    const old = await newToken();
    const { predecessor, token, ...successor } = await ask(tokens.rotate, {
      id: old.id,
      overlap_s: Math.ceil(scaled(2)),
    });
    expect(await Promise.all([isValid(old.token), isValid(token)])).toEqual([true, true]);
    await eventually(async () => expect(await isValid(old.token)).toBe(false), { withinMs: 4_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(predecessor.expires_at!));
    await expect(isValid(token)).resolves.toBe(true);
    expect(predecessor).toMatchObject({ id: old.id, rotated_to: successor.id, revoked_at: null });
    expect(successor).toMatchObject({
      name: old.name,
      scopes: old.scopes,
      expires_at: null,
      account_id: old.account_id,
    });
    const trails = [await trailOf({ token_id: old.id }), await trailOf({ token_id: successor.id })];
    expect(trails).toMatchObject([
      [
        {
          action: 'token.rotated',
          actor: JANE,
          address: '192.0.2.7',
          details: {
            before: { expires_at: null, rotated_to: null },
            after: { expires_at: predecessor.expires_at, rotated_to: successor.id },
          },
        },
        { action: 'token.created' },
      ],
      [{ action: 'token.created', details: { after: { rotated_from: old.id, scopes: old.scopes } } }],
    ]);
  });

  it('without an overlap refuses the old one at once', async () => {
    const old = await newToken();
    await expect(isValid(old.token)).resolves.toBe(true);
    const { predecessor, token } = await ask(tokens.rotate, { id: old.id, overlap_s: 0 });
    expect(await Promise.all([isValid(old.token), isValid(token)])).toEqual([false, true]);
    expect(predecessor).toMatchObject({ revoked_at: expect.any(String), expires_at: null });
  });

  it('never lengthens the life of the old one, and gives the new one as long as the old was given', async () => {
    const old = await newToken(3_600_000);
    const { predecessor, expires_at, created_at } = await ask(tokens.rotate, { id: old.id, overlap_s: 86_400 });
    expect(predecessor.expires_at).toBe(old.expires_at);
    expect(Math.abs(Date.parse(expires_at!) - Date.parse(created_at) - 3_600_000)).toBeLessThan(1_500);
  });

  it('takes the lifetime from the last time that it was decided on', async () => {
    const { id } = await newToken();
    await ask(tokens.update, { id, expires_at: new Date(Date.now() + 7 * DAY_MS).toISOString() });
    // As if the week had been given a month after the token was made.
    await world.sql(
      'gateway',
      `update gateway.api_tokens set created_at = created_at - interval '30 days' where id = $1`,
      [id],
    );
    const { expires_at, created_at } = await ask(tokens.rotate, { id, overlap_s: 0 });
    expect(Math.abs(Date.parse(expires_at!) - Date.parse(created_at) - 7 * DAY_MS)).toBeLessThan(1_500);
  });

  it('makes one successor, also when two rotations race', async () => {
    const { id, account_id } = await newToken();
    const outcomes = await Promise.allSettled([1, 2].map(() => ask(tokens.rotate, { id, overlap_s: 60 })));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await ask(tokens.list, { account_id })).data).toHaveLength(2);
    expect(await errorsOf(ask(tokens.rotate, { id, overlap_s: 60 }))).toMatchObject({ errors: [{ code: 'rotated' }] });
  });

  it('is refused for a revoked, an expired and an unknown token, and leaves nothing behind', async () => {
    const revoked = await newToken();
    await ask(tokens.revoke, { id: revoked.id });
    const expired = await newToken(-1_000);
    expect([
      await errorsOf(ask(tokens.rotate, { id: revoked.id, overlap_s: 0 })),
      await errorsOf(ask(tokens.rotate, { id: expired.id, overlap_s: 0 })),
      await errorsOf(ask(tokens.rotate, { id: randomUUID(), overlap_s: 0 })),
      await errorsOf(ask(tokens.rotate, { id: expired.id, overlap_s: -1 })),
    ]).toMatchObject([
      { errors: [{ code: 'revoked' }] },
      { errors: [{ code: 'expired' }] },
      { code: 'not_found' },
      { errors: [{ field: 'overlap_s', code: 'too_small' }] },
    ]);
    expect((await ask(tokens.list, { account_id: expired.account_id })).data).toHaveLength(1);
  });
});

describe('tokens.revoke', () => {
  it('is felt by the next request, recorded once, and keeps its first time', async () => {
    const { id, token } = await newToken();
    await expect(isValid(token)).resolves.toBe(true);
    const first = await ask(tokens.revoke, { id });
    await expect(isValid(token)).resolves.toBe(false);
    await expect(ask(tokens.revoke, { id })).resolves.toEqual(first);
    expect(await trailOf({ token_id: id })).toMatchObject([
      { action: 'token.revoked', details: { before: { revoked_at: null }, after: { revoked_at: first.revoked_at } } },
      { action: 'token.created', details: { after: { name: 'ci', scopes: ['jobs:read'], expires_at: null } } },
    ]);
  });
});

describe('every gateway', () => {
  it('hears of each change that decides who is let in, before the operator has the answer', async () => {
    const gateway = await connectBus(
      { NATS_URL: [world.nats.urlFor('gateway')] },
      'test',
      createLogger('test', 'fatal'),
    );
    const heard: string[] = [];
    gateway.subscribe('gateway.cache.>', {
      callback: (_, { subject, data }) => {
        heard.push(subject.endsWith('account') ? Buffer.from(data).toString() : Buffer.from(data).toString('hex'));
      },
    });
    await gateway.flush();
    const heardBy = async (change: Promise<unknown>): Promise<string[]> => {
      heard.length = 0;
      await change;
      await gateway.flush();
      return [...heard];
    };
    const digestOf = async (id: string): Promise<string> => {
      const [row] = await world.sql<{ digest: Buffer }>('gateway', 'select digest from api_tokens where id = $1', [id]);
      return row!.digest.toString('hex');
    };
    try {
      const account_id = await newAccount();
      const making = ask(tokens.create, { account_id, name: 'ci', scopes: ['jobs:read'], expires_at: null });
      const created = await heardBy(making);
      const { id } = await making;
      const digest = await digestOf(id);
      expect(created).toEqual([digest]);
      expect(await heardBy(ask(tokens.update, { id, scopes: ['jobs:write'] }))).toEqual([digest]);
      const rotation = ask(tokens.rotate, { id, overlap_s: 60 });
      const rotated = await heardBy(rotation);
      expect(rotated).toEqual([digest, await digestOf((await rotation).id)]);
      expect(await heardBy(ask(tokens.revoke, { id }))).toEqual([digest]);
      expect(await heardBy(ask(accounts.update, { id: account_id, plan: 'starter' }))).toEqual([account_id]);
      expect(await heardBy(ask(accounts.update, { id: account_id, requests_per_day: 5 }))).toEqual([account_id]);
    } finally {
      await gateway.close();
    }
  });
});

describe('accounts', () => {
  it('record their creation and each change of plan and quota, with before and after', async () => {
    const id = await newAccount();
    await ask(accounts.update, { id, plan: 'professional', requests_per_minute: 10 });
    await ask(accounts.update, { id, plan: 'professional', requests_per_minute: 10 });
    const made = { account_id: id, token_id: null, actor: JANE, address: '192.0.2.7' };
    const trail = await trailOf({ account_id: id });
    expect(trail.map((entry) => auditEntry.parse(entry))).toEqual(trail);
    expect(trail).toMatchObject([
      {
        ...made,
        action: 'account.quota_changed',
        details: { before: { requests_per_minute: null }, after: { requests_per_minute: 10 } },
      },
      {
        ...made,
        action: 'account.plan_changed',
        details: { before: { plan: 'enterprise' }, after: { plan: 'professional' } },
      },
      { ...made, action: 'account.created', details: { after: { name: 'Acme', plan: 'enterprise' } } },
    ]);
  });

  it('are shown alone, or listed in parts that lead on', async () => {
    const ids = [await newAccount(), await newAccount(), await newAccount()];
    await expect(ask(accounts.get, { id: ids[0]! })).resolves.toMatchObject({ id: ids[0], name: 'Acme' });
    expect(await errorsOf(ask(accounts.get, { id: randomUUID() }))).toMatchObject({ code: 'not_found' });
    const first = await ask(accounts.list, { after: ids[0], limit: 1 });
    const rest = await ask(accounts.list, { after: first.next!, limit: 500 });
    expect([first, rest].flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids.slice(1));
    expect(rest.next).toBeNull();
    expect(await errorsOf(ask(tokens.list, { account_id: randomUUID() }))).toMatchObject({ code: 'not_found' });
  });
});

describe('the audit log', () => {
  it('is read in parts, newest first', async () => {
    const account_id = await newAccount();
    for (const plan of ['starter', 'professional', 'enterprise'] as const)
      await ask(accounts.update, { id: account_id, plan });
    const whole = await trailOf({ account_id });
    const { data } = await ask(audit.list, { account_id, before: whole[1]!.id, limit: 1 });
    expect(data).toEqual([whole[2]]);
    expect(whole.map(({ at }) => at)).toEqual(
      whole
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
  });

  it.each([
    `update gateway.audit_log set actor = 'nobody'`,
    `delete from gateway.audit_log`,
    `delete from gateway.audit_log where false`,
    `truncate gateway.audit_log`,
    `insert into gateway.audit_log overriding system value select * from gateway.audit_log limit 1
       on conflict (id) do update set actor = 'nobody'`,
  ])('can only be added to, as the gateway itself finds: %s', async (statement) => {
    await newAccount();
    const before = await world.sql('gateway', 'select * from gateway.audit_log');
    await expect(world.sql('gateway', statement)).rejects.toThrow('audit_log is append-only');
    await expect(world.sql('gateway', 'select * from gateway.audit_log')).resolves.toEqual(before);
  });

  it('and the change stand or fall together', async () => {
    const { id, token, account_id } = await newToken();
    await world.sql(
      'gateway',
      'alter table gateway.audit_log add constraint full_disk check (action = actor) not valid',
    );
    try {
      for (const change of [
        ask(tokens.revoke, { id }),
        ask(tokens.rotate, { id, overlap_s: 0 }),
        ask(tokens.update, { id, name: 'unseen' }),
        ask(accounts.update, { id: account_id, plan: 'starter' }),
      ]) {
        expect(await errorsOf(change)).toMatchObject({ code: 'internal_error' });
      }
    } finally {
      await world.sql('gateway', 'alter table gateway.audit_log drop constraint full_disk');
    }
    await expect(isValid(token)).resolves.toBe(true);
    expect((await ask(tokens.list, { account_id })).data).toMatchObject([{ id, name: 'ci', revoked_at: null }]);
    await expect(ask(accounts.get, { id: account_id })).resolves.toMatchObject({ plan: 'enterprise' });
  });
});
