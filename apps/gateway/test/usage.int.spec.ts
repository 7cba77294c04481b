import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { Metrics } from '@nexivo/runtime/metrics';
import { PoolMetrics } from '@nexivo/store/pool-metrics';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { pino } from 'pino';
import { AuthStore } from '../src/auth/auth-store.js';
import { Usage } from '../src/auth/usage.js';
import { UsageSweeper } from '../src/auth/usage.sweeper.js';
import { originOf, startGateway } from './gateway-under-test.js';
import { usageOf } from './usage-of.js';

let world: World;
let operator: Operator;
let gateways: NestFastifyApplication[];
let origins: string[];

beforeAll(async () => {
  world = await startWorld();
  gateways = [await startGateway(world), await startGateway(world)];
  origins = await Promise.all(gateways.map(originOf));
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** Twice: the first may have been under way already, without the last requests. */
const flush = async (): Promise<void> => {
  for (let n = 0; n < 2; n++) await Promise.all(gateways.map((gateway) => gateway.get(Usage).flush()));
};
/** Nobody serves jobs here: 503 means that the gateway would have let the request through. */
const ask = async (token: string, times: number, path = '/jobs', origin = origins[0]!): Promise<number[]> => {
  const statuses = [];
  for (let n = 0; n < times; n++) statuses.push((await new Api(origin, token).get(path)).status);
  return statuses;
};

describe('a request counts under its account, its token and what became of it', () => {
  it('admitted, or refused by the minute', async () => {
    const accountId = await operator.createAccount('professional', { perMinute: 4 });
    const [first, second] = [await operator.createToken(accountId), await operator.createToken(accountId)];
    expect(await ask(first.token, 3)).toEqual([503, 503, 503]);
    expect(await ask(second.token, 3)).toEqual([503, 429, 429]);
    await flush();
    expect(await usageOf(world, accountId)).toEqual({
      [first.id]: { admitted: 3 },
      [second.id]: { admitted: 1, minute_quota_exceeded: 2 },
    });
  });

  it('refused by the day', async () => {
    const accountId = await operator.createAccount('professional', { perDay: 1 });
    const { id, token } = await operator.createToken(accountId);
    expect(await ask(token, 3)).toEqual([503, 429, 429]);
    await flush();
    expect(await usageOf(world, accountId)).toEqual({ [id]: { admitted: 1, day_quota_exceeded: 2 } });
  });

  it.each(['GET', 'POST'])('%s refused for want of a scope, which has used the quota', async (method) => {
    const accountId = await operator.createAccount();
    const { id, token } = await operator.createToken(accountId, ['candidates:read']);
    const { status } = await new Api(origins[0]!, token).send(method, '/jobs', method === 'POST' ? {} : undefined);
    expect(status).toBe(403);
    await flush();
    expect(await usageOf(world, accountId)).toEqual({ [id]: { insufficient_scope: 1 } });
    expect(await usedToday(accountId)).toBe(1);
  });

  it('refused by the quota, also where it lacks the scope', async () => {
    const accountId = await operator.createAccount('professional', { perMinute: 1 });
    const { id, token } = await operator.createToken(accountId, ['candidates:read']);
    expect(await ask(token, 2)).toEqual([403, 429]);
    await flush();
    expect(await usageOf(world, accountId)).toEqual({ [id]: { insufficient_scope: 1, minute_quota_exceeded: 1 } });
  });

  it('refused by the plan', async () => {
    const accountId = await operator.createAccount('starter');
    const { id, token } = await operator.createToken(accountId);
    expect(await ask(token, 2)).toEqual([403, 403]);
    await flush();
    expect(await usageOf(world, accountId)).toEqual({ [id]: { plan_without_api_access: 2 } });
  });

  it('and not at all where it is free, or where nobody knows whose it is', async () => {
    const accountId = await operator.createAccount();
    const { id, token } = await operator.createToken(accountId);
    expect(await ask(token, 2, '/me')).toEqual([200, 200]);
    await operator.revokeToken(id);
    expect(await ask(token, 1)).toEqual([401]);
    await flush();
    expect(await usageOf(world, accountId)).toEqual({});
  });
});

it("a request counts for the UTC day of the database's clock, whatever the gateway's clock says", async () => {
  const accountId = await operator.createAccount();
  const { token } = await operator.createToken(accountId);
  const { now } = Date;
  Date.now = () => now() + 3 * 86_400_000;
  try {
    expect(await ask(token, 1)).toEqual([503]);
    await flush();
  } finally {
    Date.now = now;
  }
  const days = await world.sql(
    'gateway',
    `select (now() at time zone 'UTC')::date - day as days_ago from usage_days where account_id = $1`,
    [accountId],
  );
  expect(days).toEqual([{ days_ago: 0 }]);
});

it('two gateways together count every request once, and as admitted those that used the quota', async () => {
  const accountId = await operator.createAccount('professional', { perMinute: 150 });
  const [even, odd] = [await operator.createToken(accountId), await operator.createToken(accountId)];
  const answered: Record<string, Record<string, number>> = {};
  const askOne = async (n: number): Promise<void> => {
    const { id, token } = n % 2 === 0 ? even : odd;
    const [status] = await ask(token, 1, '/jobs', origins[(n >> 1) % 2]);
    const outcome = status === 503 ? 'admitted' : 'minute_quota_exceeded';
    const outcomes = (answered[id] ??= {});
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  for (let round = 0; round < 6; round++) {
    // Written while requests are under way.
    await Promise.all([...Array.from({ length: 40 }, (_, n) => askOne(n)), flush()]);
  }
  await flush();
  const usage = await usageOf(world, accountId);
  expect(usage).toEqual(answered);
  const admitted = Object.values(usage).reduce((sum, outcomes) => sum + outcomes['admitted']!, 0);
  expect([admitted, await usedToday(accountId)]).toEqual([150, 150]);
});

it('what is counted is written by itself within seconds', async () => {
  const accountId = await operator.createAccount();
  const { id, token } = await operator.createToken(accountId);
  expect(await ask(token, 1)).toEqual([503]);
  await eventually(async () => expect(await usageOf(world, accountId)).toEqual({ [id]: { admitted: 1 } }), {
    withinMs: 15_000,
  });
});

it('usage is kept for 400 days, and not longer', async () => {
  const accountId = randomUUID();
  for (const daysAgo of [0, 399, 400, 401, 402, 1_000])
    await world.sql(
      'gateway',
      `insert into usage_days values ($1, (now() at time zone 'UTC')::date - $2::integer, gen_random_uuid(), 'admitted', 1)`,
      [accountId, daysAgo],
    );
  await world.sql(
    'gateway',
    `insert into usage_writers values (gen_random_uuid(), 1, now() - interval '401 days'), ($1, 1, now() - interval '399 days')`,
    [accountId],
  );
  await expect(gateways[0]!.get(UsageSweeper).sweep(2)).resolves.toEqual({
    usageDays: 3,
    usageAccountDays: 3,
    usageTokenMonths: 3,
    usageWriters: 1,
  });
  const kept = await world.sql(
    'gateway',
    `select (now() at time zone 'UTC')::date - day as days_ago from usage_days where account_id = $1 order by 1`,
    [accountId],
  );
  expect(kept.map(({ days_ago }) => days_ago)).toEqual([0, 399, 400]);
  expect(await world.sql('gateway', 'select from usage_writers where id = $1', [accountId])).toHaveLength(1);
});

describe('a writer', () => {
  const parts: { onApplicationShutdown(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const part of parts.toReversed()) await part.onApplicationShutdown();
  });

  /** One as another gateway has it, and what it says in the log. */
  function newWriter(url: string): { usage: Usage; logged: Record<string, unknown>[] } {
    const logged: Record<string, unknown>[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => logged.push(JSON.parse(line)) });
    const store = new AuthStore(url, logger, new PoolMetrics(new Metrics()));
    const usage = new Usage(store, logger);
    parts.push(store, usage);
    return { usage, logged };
  }

  it('never waits in a circle with others that write the same rows in another order', async () => {
    const writers = Array.from({ length: 4 }, () => newWriter(world.urlOf('gateway')));
    const accountIds = Array.from({ length: 3 }, () => randomUUID());
    const tokenIds = Array.from({ length: 180 }, () => randomUUID());
    const rounds = 25;
    for (let round = 0; round < rounds; round++) {
      await Promise.all(
        writers.map(({ usage }, writer) => {
          const order = writer % 2 === 0 ? tokenIds : tokenIds.toReversed();
          for (const tokenId of order) usage.note(accountIds[tokenIds.indexOf(tokenId) % 3]!, tokenId, 'admitted');
          return usage.flush();
        }),
      );
    }
    expect(writers.flatMap(({ logged }) => logged)).toEqual([]);
    const counts = await world.sql(
      'gateway',
      'select distinct requests::integer from usage_days where account_id = any($1)',
      [accountIds],
    );
    expect(counts).toEqual([{ requests: rounds * writers.length }]);
  });

  it('does not wait for its turn when there are many tokens', async () => {
    const { usage } = newWriter(world.urlOf('gateway'));
    const accountId = randomUUID();
    for (let n = 0; n < 10_000; n++) usage.note(accountId, randomUUID(), 'admitted');
    const written = async (): Promise<number> => {
      const [row] = await world.sql<{ rows: number }>(
        'gateway',
        'select count(*)::integer as rows from usage_days where account_id = $1',
        [accountId],
      );
      return row!.rows;
    };
    // Its turn comes every ten seconds. One batch that takes long leaves the others to that.
    await eventually(async () => expect(await written()).toBeGreaterThan(0), { withinMs: 8_000 });
    await eventually(async () => expect(await written()).toBe(10_000));
  });

  it('keeps a bounded number of tokens while the store is away, and says how many requests it has not counted', async () => {
    const { usage, logged } = newWriter('postgres://nobody@127.0.0.1:1/nothing');
    const accountId = randomUUID();
    for (let n = 0; n < 30_000; n++) usage.note(accountId, randomUUID(), 'admitted');
    await usage.onApplicationShutdown();
    const [dropped, lost] = logged.filter(({ requests }) => requests !== undefined);
    expect(dropped).toEqual(
      expect.objectContaining({ requests: 9_000, msg: expect.stringContaining('too many tokens') }),
    );
    expect(lost).toEqual(expect.objectContaining({ requests: 21_000, msg: expect.stringContaining('store is away') }));
  });
});

async function usedToday(accountId: string): Promise<number> {
  const [row] = await world.sql<{ used: number }>(
    'gateway',
    'select day_admitted::integer as used from quota_usage where account_id = $1',
    [accountId],
  );
  return row!.used;
}
