import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectOperator, type Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import fc from 'fast-check';
import pg from 'pg';
import { AuthStore } from '../src/auth/auth-store.js';
import { QuotaStore } from '../src/auth/quota-store.js';
import { Quotas } from '../src/auth/quotas.js';
import { startGateway } from './gateway-under-test.js';

let world: World;
let gateways: [NestFastifyApplication, NestFastifyApplication];
let quotas: Quotas;
let store: QuotaStore;
let operator: Operator;

beforeAll(async () => {
  world = await startWorld();
  gateways = [await startGateway(world), await startGateway(world)];
  quotas = gateways[0].get(Quotas);
  store = gateways[0].get(QuotaStore);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const accountWith = (perMinute: number, perDay = 10_000_000): Promise<string> =>
  operator.createAccount('professional', { perMinute, perDay });

/** What the store has noted as used within the last minute, and of the day. */
async function usedOf(accountId: string): Promise<{ minute: number; day: number; moments: number }> {
  const [row] = await world.sql<{ minute: number; sum: number; day: number; moments: number }>(
    'gateway',
    `select minute_admitted::int as minute, (select coalesce(sum(n), 0)::int from unnest(admitted) n) as sum, day_admitted::int as day,
       cardinality(admitted_at) as moments
     from quota_usage where account_id = $1`,
    [accountId],
  );
  const { minute, sum, day, moments } = row!;
  expect(sum).toBe(minute);
  return { minute, day, moments };
}

/** Runs `work`, and counts the statements that took of quotas meanwhile. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const auth = gateways[0].get(AuthStore);
  const query = auth.query.bind(auth);
  let count = 0;
  auth.query = (statement) => {
    if (statement.name === 'take quotas') count++;
    return query(statement);
  };
  await work().finally(() => {
    auth.query = query;
  });
  return count;
}

async function oneAfterTheOther(accountId: string, requests: number): Promise<number[]> {
  const used: number[] = [];
  for (let n = 0; n < requests; n++) {
    const { isAdmitted, state } = await quotas.admit(accountId);
    expect(isAdmitted).toBe(true);
    quotas.leave();
    used.push(state.minute.used);
  }
  return used;
}

describe('an account that sends many requests', () => {
  it('is admitted without a statement for each, is told of each what is left, and gives back what it has not used', async () => {
    // A statement waits 50 ms for what is being returned. On a busy machine that may take longer, and one is told less than there is.
    await eventually(async () => {
      const accountId = await accountWith(100_000);
      let used: number[] = [];
      const statements = await statementsOf(async () => {
        used = await oneAfterTheOther(accountId, 2_000);
      });
      expect(used).toEqual(Array.from({ length: 2_000 }, (_, n) => n + 1));
      expect(statements).toBeLessThan(200);
      await eventually(async () => expect(await usedOf(accountId)).toMatchObject({ minute: 2_000, day: 2_000 }));
    });
  });

  it('has a statement for each when its quota is small, or little is left of it', async () => {
    const [small, nearlyUsed] = [await accountWith(100), await accountWith(100_000, 10_000)];
    await store.take(nearlyUsed, 9_700);
    expect(await statementsOf(() => oneAfterTheOther(small, 60))).toBe(60);
    expect(await statementsOf(() => oneAfterTheOther(nearlyUsed, 60))).toBe(60);
  });

  it('uses nothing of a lease that is over, and none of what it was granted before its quotas changed', async () => {
    const accountId = await accountWith(100_000);
    await oneAfterTheOther(accountId, 500);
    await pause(600);
    expect(await statementsOf(() => oneAfterTheOther(accountId, 1))).toBe(1);
    await oneAfterTheOther(accountId, 500);
    await operator.updateAccount(accountId, { requests_per_minute: 90_000 });
    await eventually(async () => {
      quotas.forgetAccount(accountId);
      expect(await statementsOf(() => oneAfterTheOther(accountId, 1))).toBe(1);
    });
    expect((await quotas.look(accountId)).minute.limit).toBe(90_000);
  });

  it('gives back later what it cannot give back while somebody holds its row', async () => {
    const accountId = await accountWith(100_000);
    await oneAfterTheOther(accountId, 1_000);
    const holder = new pg.Client({ connectionString: world.urlOf('gateway') });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select from quota_usage where account_id = $1 for update', [accountId]);
      await pause(1_000);
    } finally {
      await holder.end();
    }
    await eventually(async () => expect((await usedOf(accountId)).minute).toBe(1_000));
  });

  it('does not wait for what is left to be given back, however slow that is', async () => {
    const accountId = await accountWith(100_000);
    const auth = gateways[0].get(AuthStore);
    const query = auth.query.bind(auth);
    const released = Promise.withResolvers<void>();
    let isHeld = false;
    auth.query = async <Row extends pg.QueryResultRow>(statement: Parameters<typeof query>[0]) => {
      if (statement.name === 'return quotas') {
        isHeld = true;
        await released.promise;
      }
      return query<Row>(statement);
    };
    try {
      await oneAfterTheOther(accountId, 500);
      await eventually(() => expect(isHeld).toBe(true));
      await oneAfterTheOther(accountId, 5);
    } finally {
      released.resolve();
      auth.query = query;
    }
    await eventually(async () => expect((await usedOf(accountId)).minute).toBe(505));
  });

  it('has given back what is left when its gateway has ended', async () => {
    const accountId = await accountWith(100_000);
    const ending = await startGateway(world);
    const mine = ending.get(Quotas);
    let used = 0;
    do {
      for (let n = 0; n < 20; n++, used++) {
        await mine.admit(accountId);
        mine.leave();
      }
    } while ((await usedOf(accountId)).minute < used + 2);
    await ending.close();
    expect((await usedOf(accountId)).minute).toBe(used);
  });

  it('at two gateways uses all of its quota, and no more of it in any minute', async () => {
    const LIMIT = 3_000;
    const accountId = await accountWith(LIMIT);
    const admitted = async (gateway: NestFastifyApplication): Promise<number> => {
      const mine = gateway.get(Quotas);
      let count = 0;
      for (let n = 0; n < LIMIT; n++) {
        const { isAdmitted } = await mine.admit(accountId);
        if (!isAdmitted) continue;
        mine.leave();
        count++;
      }
      return count;
    };
    const counts = await Promise.all([...gateways, ...gateways].map(admitted));
    const sum = counts.reduce((total, each) => total + each, 0);
    expect(sum).toBeLessThanOrEqual(LIMIT);
    expect(sum).toBeGreaterThanOrEqual(0.98 * LIMIT);
    await eventually(async () => expect((await usedOf(accountId)).day).toBe(sum));
  });
});

describe('a grant', () => {
  const MIDNIGHT = Date.parse('2026-11-24T00:00:00.000Z');
  const at = (ms: number): Date => new Date(MIDNIGHT + ms);

  it('of a large quota may be used until the moment that it is noted at, or the end of its day', async () => {
    const [large, small] = [await accountWith(1_000), await accountWith(120)];
    expect(await store.take(large, 1, at(1_100))).toMatchObject({ usableForMs: 400 });
    expect(await store.take(large, 1, at(1_500))).toMatchObject({ usableForMs: 0 });
    expect(await store.take(large, 1, at(-200))).toMatchObject({ usableForMs: 200 });
    expect(await store.take(small, 1, at(1_100))).toMatchObject({ usableForMs: 0 });
  });

  it('never makes more than the quota in any 60 seconds, however late of its time it is used, and whatever is given back', async () => {
    const LIMIT = 200;
    const steps = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 9_000 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 0, max: 90 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      { minLength: 10, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const accountId = await accountWith(LIMIT);
        const moments: number[] = [];
        let now = 3_600_000;
        for (const [gap, wanted, back, late] of all) {
          now += gap;
          const { granted, takenAtUs, usableForMs } = (await store.take(accountId, wanted, at(now)))!;
          const units = Math.min(back, granted);
          if (units > 0) expect(await store.giveBack([{ accountId, takenAtUs, units }])).toEqual(new Set([accountId]));
          for (let n = 0; n < granted - units; n++) moments.push(now + late * usableForMs);
          now += usableForMs;
        }
        moments.sort((one, other) => one - other);
        for (let n = LIMIT; n < moments.length; n++)
          expect(moments[n]! - moments[n - LIMIT]!).toBeGreaterThanOrEqual(60_000);
        expect((await usedOf(accountId)).day).toBe(moments.length);
      }),
      { numRuns: 20 },
    );
  });

  it('gives back of several moments of several accounts in one statement, and nothing twice', async () => {
    const [one, other] = [await accountWith(1_000), await accountWith(1_000)];
    const [first, second] = [(await store.take(one, 5, at(1_100)))!, (await store.take(one, 5, at(2_100)))!];
    const third = (await store.take(other, 5, at(1_100)))!;
    const unused = [
      { accountId: one, takenAtUs: first.takenAtUs, units: 5 },
      { accountId: one, takenAtUs: second.takenAtUs, units: 2 },
      { accountId: other, takenAtUs: third.takenAtUs, units: 9 },
    ];
    expect(await store.giveBack(unused)).toEqual(new Set([one, other]));
    expect(await usedOf(one)).toEqual({ minute: 3, day: 3, moments: 1 });
    expect(await usedOf(other)).toEqual({ minute: 0, day: 0, moments: 0 });
    expect(await store.giveBack(unused.slice(0, 1))).toEqual(new Set([one]));
    expect(await usedOf(one)).toEqual({ minute: 3, day: 3, moments: 1 });
  });

  it('gives back all, of however many accounts several moments each', async () => {
    const accounts = await Promise.all(Array.from({ length: 80 }, () => accountWith(1_000)));
    const unused = await Promise.all(
      [1_100, 2_100, 3_100].flatMap((ms) =>
        accounts.map(async (accountId) => {
          const { takenAtUs } = (await store.take(accountId, 5, at(ms)))!;
          return { accountId, takenAtUs, units: 5 };
        }),
      ),
    );
    expect(await store.giveBack(unused)).toEqual(new Set(accounts));
    for (const each of accounts) expect(await usedOf(each)).toEqual({ minute: 0, day: 0, moments: 0 });
  });
});
