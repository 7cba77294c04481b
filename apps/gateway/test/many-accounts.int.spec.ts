import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Busy } from '@nexivo/bus/busy';
import { accounts as commands, tokens } from '@nexivo/contracts/accounts';
import type { InputOf } from '@nexivo/contracts/command';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { startWorld, type World } from '@nexivo/testing/world';
import fc from 'fast-check';
import pg from 'pg';
import { AuthStore } from '../src/auth/auth-store.js';
import { LastUse } from '../src/auth/last-use.js';
import { QuotaStore } from '../src/auth/quota-store.js';
import { Quotas } from '../src/auth/quotas.js';
import { Verifier } from '../src/auth/verifier.js';
import { digestOf, generateToken, type Pepper, PEPPERS } from '../src/accounts/token.js';
import { originOf, startGateway } from './gateway-under-test.js';

let world: World;
let gateways: [NestFastifyApplication, NestFastifyApplication];
let operator: Operator;
let store: AuthStore;
let quotas: QuotaStore;

beforeAll(async () => {
  world = await startWorld();
  gateways = [await startGateway(world), await startGateway(world)];
  store = gateways[0].get(AuthStore);
  quotas = gateways[0].get(QuotaStore);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** Accounts of a plan, each with a token. */
async function accounts(count: number, perMinute = 100): Promise<{ ids: string[]; tokens: string[] }> {
  const { key, version } = gateways[0].get<[Pepper, ...Pepper[]]>(PEPPERS)[0];
  const tokens = Array.from({ length: count }, generateToken);
  const rows = await world.sql<{ account_id: string }>(
    'gateway',
    `with account as (
       insert into accounts (id, name, plan, requests_per_minute)
       select uuidv7(), 'Account ' || n, 'professional', $2 from generate_series(1, $1::int) n returning id)
     insert into api_tokens (account_id, id, name, digest, pepper_version, last_four, scopes)
     select id, uuidv7(), 'Token', digest, $4, 'abcd', array['jobs:read']
     from (select id, row_number() over () from account) a (id, n) join unnest($3::bytea[]) with ordinality d (digest, n) using (n)
     order by n returning account_id`,
    [count, perMinute, tokens.map((token) => digestOf(token, { key, version })), version],
  );
  return { ids: rows.map(({ account_id }) => account_id), tokens };
}

/** Counts the statements of that name from now on. */
function countStatements(name: string): () => number {
  let count = 0;
  const query = store.query.bind(store);
  store.query = (statement) => {
    if (statement.name === name) count++;
    return query(statement);
  };
  return () => count;
}
let ownQuery: AuthStore['query'];
beforeEach(() => {
  ownQuery ??= store.query.bind(store);
  store.query = ownQuery;
});

const MIDNIGHT = Date.parse('2026-11-24T00:00:00.000Z');
const at = (ms: number): Date => new Date(MIDNIGHT + ms);

describe('a store that has much to do', () => {
  const sleep = (seconds: number, line: string) =>
    store.query({ name: `sleep ${seconds}`, text: `select pg_sleep(${seconds})`, values: [], line });

  it('is waited for longer than a second, and called away by nobody', async () => {
    const asked = Array.from({ length: 12 }, (_, n) => sleep(0.5, `account ${n}`));
    await expect(Promise.all(asked)).resolves.toHaveLength(12);
  });

  it('refuses what was not done in time, alone', async () => {
    const asked = Array.from({ length: 52 }, (_, n) => sleep(0.5, `account ${n}`));
    const done = await Promise.allSettled(asked);
    const refused = done.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((error) => error instanceof Busy)).toBe(true);
    await expect(sleep(0, 'another account')).resolves.toHaveLength(1);
  });
});

describe('one statement for many accounts', () => {
  it('decides as one for each would: any accounts, any moments', async () => {
    const units = fc.integer({ min: 0, max: 4 });
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.array(units, { minLength: 3, maxLength: 3 })),
      {
        minLength: 5,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), steps, async (limit, all) => {
        const [together, alone] = [(await accounts(3, limit)).ids, (await accounts(3, limit)).ids];
        let now = 3_600_000;
        for (const [gap, wanted] of all) {
          now += gap;
          const grants = await quotas.takeMany(
            wanted.map((each, n) => ({ accountId: together[n]!, units: each })),
            at(now),
          );
          for (const [n, each] of wanted.entries())
            expect(grants.get(together[n]!)).toEqual(await quotas.take(alone[n]!, each, at(now)));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('keeps the quota together with replicas of the release before, which ask for one account at a time', async () => {
    const { ids } = await accounts(1, 50);
    const before = async (): Promise<number> => {
      const [row] = await world.sql<{ granted: number }>('gateway', 'select granted from take_quota($1, 1)', ids);
      return row!.granted;
    };
    const now = async (): Promise<number> => (await quotas.take(ids[0]!, 1))!.granted;
    const granted = await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 ? before() : now())));
    expect(granted.reduce((sum, each) => sum + each, 0)).toBe(50);
  });

  it('never waits for another gateway in a circle, whatever the orders, and neither gives out too much', async () => {
    const { ids } = await accounts(40, 30);
    const granted = new Map<string, number>();
    const take = async (gateway: NestFastifyApplication, order: readonly string[]): Promise<void> => {
      const grants = await gateway.get(QuotaStore).takeMany(order.map((accountId) => ({ accountId, units: 1 })));
      for (const [accountId, grant] of grants) granted.set(accountId, (granted.get(accountId) ?? 0) + grant.granted);
    };
    for (let round = 0; round < 40; round++)
      await Promise.all([take(gateways[0], ids), take(gateways[1], ids.toReversed()), take(gateways[0], ids)]);
    expect(Math.max(...granted.values())).toBeLessThanOrEqual(30);
    const all = await Promise.all(ids.map((id) => quotas.take(id, 30)));
    all.forEach((grant, n) => expect((granted.get(ids[n]!) ?? 0) + grant!.granted).toBe(30));
  });

  it('leaves out an account whose row somebody holds, and decides about the others at once', async () => {
    const { ids } = await accounts(3);
    await quotas.takeMany(ids.map((accountId) => ({ accountId, units: 1 })));
    const holder = new pg.Client({ connectionString: world.urlOf('gateway') });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select from quota_usage where account_id = $1 for update', [ids[1]]);
      const grants = await quotas.takeMany(ids.map((accountId) => ({ accountId, units: 1 })));
      expect(new Set(grants.keys())).toEqual(new Set([ids[0], ids[2]]));
      // And a request of it is decided as soon as the row is free.
      const waiting = gateways[0].get(Quotas).admit(ids[1]!);
      await expect(gateways[0].get(Quotas).admit(ids[0]!)).resolves.toMatchObject({ isAdmitted: true });
      await holder.query('rollback');
      await expect(waiting).resolves.toMatchObject({ isAdmitted: true, state: { minute: { used: 2 } } });
    } finally {
      await holder.end();
    }
  });

  it('says nothing of an account whose plan has no API access, nor of one that does not exist', async () => {
    const { ids } = await accounts(2);
    await operator.updateAccount(ids[0]!, { plan: 'starter' });
    const unknown = '00000000-0000-0000-0000-000000000000';
    const grants = await quotas.takeMany([...ids, unknown].map((accountId) => ({ accountId, units: 1 })));
    expect([...grants.keys()]).toEqual([ids[1]]);
  });
});

it('the first requests of 400 accounts at once are decided by a handful of statements', async () => {
  const { ids, tokens: texts } = await accounts(400);
  const [lookups, decisions] = [countStatements('token by digest'), countStatements('take quotas')];
  const [verifier, admitting] = [gateways[0].get(Verifier), gateways[0].get(Quotas)];
  const verified = await Promise.all(texts.map((token) => verifier.verify(token, '192.0.2.1')));
  expect(verified.map(({ accountId }) => accountId)).toEqual(ids);
  const admitted = await Promise.all(ids.map((accountId) => admitting.admit(accountId)));
  expect(admitted.every(({ isAdmitted }) => isAdmitted)).toBe(true);
  expect(lookups()).toBeLessThanOrEqual(3);
  expect(decisions()).toBeLessThanOrEqual(8);
  const used = await world.sql<{ used: number }>(
    'gateway',
    'select day_admitted::integer as used from quota_usage where account_id = any($1)',
    [ids],
  );
  expect(used.map((row) => row.used)).toEqual(ids.map(() => 1));
});

it('changes of one account leave the refusals of another in memory', async () => {
  const [{ ids }, { ids: changing }] = [await accounts(1, 1), await accounts(1)];
  const [decided, others] = [gateways[0].get(Quotas), countStatements('take quotas')];
  expect((await decided.admit(ids[0]!)).isAdmitted).toBe(true);
  const refused = decided.admit(ids[0]!);
  decided.forgetAccount(changing[0]!);
  expect((await refused).isAdmitted).toBe(false);
  expect(decided.exhausted(ids[0]!)).toBeDefined();
  expect((await decided.admit(ids[0]!)).isAdmitted).toBe(false);
  expect(others()).toBe(2);
});

it('notes the use of many tokens some at a time, and on other connections than requests are let in by', async () => {
  const { ids } = await accounts(2_500);
  const rows = await world.sql<{ id: string }>('gateway', 'select id from api_tokens where account_id = any($1)', [
    ids,
  ]);
  const lastUse = gateways[0].get(LastUse);
  for (const { id } of rows) lastUse.noteToken(id);
  const before = countStatements('note last use');
  // Twice: the first may have been under way already.
  for (let n = 0; n < 2; n++) await (lastUse as unknown as { write(): Promise<void> }).write();
  expect(before()).toBe(0);
  await eventually(
    async () => {
      const [noted] = await world.sql<{ count: number; statements: number }>(
        'gateway',
        `select count(*)::int as count, count(distinct xmin::text)::int as statements from api_tokens
         where account_id = any($1) and last_used_at is not null`,
        [ids],
      );
      expect(noted).toEqual({ count: 2_500, statements: 3 });
    },
    { withinMs: scaled(5_000) },
  );
});

describe('a change for all accounts of a plan', () => {
  it('is one statement, in the log of each, and known to every gateway at once', async () => {
    const { ids, tokens } = await accounts(1_500, 7);
    // Others of the plan are left from before.
    await world.sql('gateway', `update accounts set plan = 'enterprise' where id <> all($1)`, [ids]);
    const origins = await Promise.all(gateways.map(originOf));
    const everywhere = async (n: number): Promise<number[]> =>
      Promise.all(origins.map(async (origin) => (await new Api(origin, tokens[n]).get('/me')).status));
    expect([await everywhere(0), await everywhere(1_499)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
    const update = (input: InputOf<typeof commands.updateAll>) =>
      operator.bus.request(commands.updateAll, input, operator.context);
    await expect(update({ of_plan: 'professional', plan: 'starter', requests_per_day: 70 })).resolves.toEqual({
      updated: 1_500,
    });
    await eventually(
      async () =>
        expect([await everywhere(0), await everywhere(1_499)]).toEqual([
          [403, 403],
          [403, 403],
        ]),
      { withinMs: 1_000 },
    );
    const log = await world.sql<{ action: string; count: number; details: unknown }>(
      'gateway',
      `select action, count(*)::int as count, min(details::text)::json as details from audit_log
       where account_id = any($1) group by action order by action`,
      [ids],
    );
    expect(log).toEqual([
      {
        action: 'account.plan_changed',
        count: 1_500,
        details: { before: { plan: 'professional' }, after: { plan: 'starter' } },
      },
      {
        action: 'account.quota_changed',
        count: 1_500,
        details: { before: { requests_per_day: null }, after: { requests_per_day: 70 } },
      },
    ]);
    await expect(update({ of_plan: 'professional', plan: 'enterprise' })).resolves.toEqual({ updated: 0 });
    await expect(update({ of_plan: 'starter', requests_per_day: 70 })).resolves.toEqual({ updated: 0 });
    await expect(update({ of_plan: 'starter', requests_per_day: null })).resolves.toEqual({ updated: 1_500 });
  });
});

describe('a list for operators', () => {
  it('of accounts is narrowed by plan and by what a name contains, and comes in parts', async () => {
    const { ids } = await accounts(3);
    await world.sql('gateway', `update accounts set plan = 'starter', name = 'Größe 100% & Co_' where id = any($1)`, [
      ids.slice(0, 2),
    ]);
    const list = async (input: Partial<InputOf<typeof commands.list>>): Promise<string[]> =>
      (await operator.bus.request(commands.list, { limit: 500, ...input }, operator.context)).data.map(({ id }) => id);
    expect(await list({ name: 'GRÖSSE 100% & co_'.replace('SS', 'ß') })).toEqual(ids.slice(0, 2));
    expect(await list({ name: '0%_' })).toEqual([]);
    expect(await list({ name: '100%', plan: 'professional' })).toEqual([]);
    expect(await list({ name: '100%', after: ids[0]! })).toEqual([ids[1]]);
    expect(await list({ name: '100%', limit: 1 })).toEqual([ids[0]]);
  });

  it('of tokens leaves out those that are no longer valid, if told to', async () => {
    const accountId = await operator.createAccount();
    const [valid, revoked, expired] = [
      await operator.createToken(accountId),
      await operator.createToken(accountId),
      await operator.createToken(accountId),
    ];
    await operator.revokeToken(revoked.id);
    await world.sql('gateway', `update api_tokens set expires_at = now() where id = $1`, [expired.id]);
    const list = async (is_valid?: boolean): Promise<string[]> =>
      (
        await operator.bus.request(
          tokens.list,
          { account_id: accountId, limit: 500, ...(is_valid !== undefined && { is_valid }) },
          operator.context,
        )
      ).data.map(({ id }) => id);
    expect(await list()).toEqual([valid.id, revoked.id, expired.id]);
    expect(await list(true)).toEqual([valid.id]);
  });
});
