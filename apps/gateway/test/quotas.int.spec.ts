import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PLAN_QUOTAS, PLANS } from '@nexivo/contracts/accounts';
import { connectOperator, type Operator } from '@nexivo/testing/api';
import { startWorld, type World } from '@nexivo/testing/world';
import fc from 'fast-check';
import pg from 'pg';
import type { LocalShare } from '../src/auth/local-share.js';
import { QuotaStore } from '../src/auth/quota-store.js';
import { Quotas } from '../src/auth/quotas.js';
import { startGateway } from './gateway-under-test.js';

let world: World;
let store: QuotaStore;
let quotas: Quotas;
let operator: Operator;

beforeAll(async () => {
  world = await startWorld();
  const gateway = await startGateway(world);
  store = gateway.get(QuotaStore);
  quotas = gateway.get(Quotas);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const accountWith = (perMinute: number, perDay = 1_000_000): Promise<string> =>
  operator.createAccount('professional', { perMinute, perDay });
const rowOf = async (accountId: string) =>
  (await world.sql('gateway', 'select * from quota_usage where account_id = $1', [accountId]))[0];

const MIDNIGHT = Date.parse('2026-11-24T00:00:00.000Z');
const at = (ms: number): Date => new Date(MIDNIGHT + ms);

describe('the minute quota', () => {
  it('admits in any 60 seconds as many as it says and no fewer: the same requests as a log of every moment would', async () => {
    const gapsMs = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 4 })), {
      minLength: 5,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), gapsMs, async (limit, gaps) => {
        const accountId = await accountWith(limit);
        let now = 3_600_000;
        const log: number[] = [];
        for (const [gap, wanted] of gaps) {
          now += gap;
          const room = limit - log.filter((moment) => moment > now - 60_000).length;
          const expected = Math.min(wanted, room);
          const grant = await store.take(accountId, wanted, at(now));
          expect(grant!.granted).toBe(expected);
          for (let n = 0; n < expected; n++) log.push(now);
        }
      }),
      { numRuns: 25 },
    );
  });

  it.each([150, 6_000])(
    'never admits more than a quota of %d in any 60 seconds, 99 % of it at a steady pace, from a short row',
    async (limit) => {
      const accountId = await accountWith(limit);
      const admissions: number[] = [];
      // Twice the quota, for three minutes.
      for (let now = 0; now < 180_000; now += 250) {
        const { granted } = (await store.take(accountId, Math.ceil(limit / 120), at(now)))!;
        for (let n = 0; n < granted; n++) admissions.push(now);
      }
      for (let n = limit; n < admissions.length; n++)
        expect(admissions[n]! - admissions[n - limit]!).toBeGreaterThanOrEqual(60_000);
      expect(admissions.length).toBeGreaterThanOrEqual(3 * limit * 0.99);
      const { admitted_at, admitted, minute_admitted } = (await rowOf(accountId))!;
      expect(admitted_at.length).toBeLessThanOrEqual(122);
      expect(Number(minute_admitted)).toBe((admitted as number[]).reduce((sum, n) => sum + n, 0));
    },
  );

  it('goes on from a row of a release that kept no sum', async () => {
    const accountId = await accountWith(5);
    await store.take(accountId, 2, at(0));
    await store.take(accountId, 2, at(30_000));
    await world.sql('gateway', 'update quota_usage set minute_admitted = null where account_id = $1', [accountId]);
    expect(await store.take(accountId, 3, at(59_999))).toMatchObject({ granted: 1, state: { minute: { used: 5 } } });
    expect(await store.take(accountId, 5, at(60_000))).toMatchObject({ granted: 2, state: { minute: { used: 5 } } });
  });

  it('says when there will be room, to the moment: a request then is admitted, a millisecond before it is not', async () => {
    const accountId = await accountWith(3);
    await store.take(accountId, 2, at(0));
    await store.take(accountId, 1, at(10_000));
    const refused = (await store.take(accountId, 1, at(25_000)))!;
    expect(refused).toMatchObject({ granted: 0, state: { minute: { limit: 3, used: 3, resetsInMs: 35_000 } } });
    expect((await store.take(accountId, 1, at(59_999)))!.granted).toBe(0);
    expect((await store.take(accountId, 1, at(60_000)))!.granted).toBe(1);
  });

  it('counts a lowered quota against what was used, and says when that will have left', async () => {
    const accountId = await accountWith(10);
    for (let n = 0; n < 10; n++) await store.take(accountId, 1, at(n * 1_000));
    await operator.updateAccount(accountId, { requests_per_minute: 4 });
    const refused = (await store.take(accountId, 1, at(20_000)))!;
    // Seven have to leave before fewer than four are left; the seventh was at 6 s.
    expect(refused).toMatchObject({ granted: 0, state: { minute: { limit: 4, used: 10, resetsInMs: 46_000 } } });
  });
});

describe('the day quota', () => {
  it('turns over at 00:00:00Z: refused a moment before, admitted after', async () => {
    const accountId = await accountWith(100, 5);
    expect((await store.take(accountId, 5, at(-120_000)))!.granted).toBe(5);
    const refused = (await store.take(accountId, 1, at(-1)))!;
    expect(refused).toMatchObject({ granted: 0, state: { day: { limit: 5, used: 5, resetsInMs: 1 } } });
    expect((await store.take(accountId, 1, at(0)))!).toMatchObject({ granted: 1, state: { day: { used: 1 } } });
  });

  it('is used together with the minute or not at all', async () => {
    const minuteFull = await accountWith(2, 100);
    expect((await store.take(minuteFull, 5, at(0)))!).toMatchObject({
      granted: 2,
      state: { minute: { used: 2 }, day: { used: 2 } },
    });
    const dayFull = await accountWith(100, 3);
    expect((await store.take(dayFull, 5, at(0)))!).toMatchObject({
      granted: 3,
      state: { minute: { used: 3 }, day: { used: 3 } },
    });
  });
});

describe('a clock of the database that was ahead', () => {
  const HOUR = 3_600_000;

  it('shuts an account out for a minute after it was set back and no longer, whatever is tried meanwhile', async () => {
    const accountId = await accountWith(5);
    await store.take(accountId, 3, at(2 * HOUR));
    await store.take(accountId, 2, at(2 * HOUR + 100));
    for (const ms of [0, 1, 30_000, 59_999]) {
      expect(await store.take(accountId, 1, at(HOUR + ms))).toMatchObject({
        granted: 0,
        state: { minute: { used: 5 } },
      });
    }
    expect(await store.take(accountId, 5, at(HOUR + 60_000))).toMatchObject({ granted: 5 });
  });

  it('keeps what is used of the day, and the next day begins anew', async () => {
    const accountId = await accountWith(100, 10);
    await store.take(accountId, 4, at(30 * HOUR));
    expect(await store.take(accountId, 10, at(6 * HOUR))).toMatchObject({ granted: 6 });
    expect(await store.take(accountId, 1, at(23 * HOUR))).toMatchObject({ granted: 0 });
    expect(await store.take(accountId, 1, at(24 * HOUR))).toMatchObject({ granted: 1, state: { day: { used: 1 } } });
  });
});

it('a thousand refusals change nothing of what is stored', async () => {
  const accountId = await accountWith(1);
  await store.take(accountId, 1, at(0));
  const before = await rowOf(accountId);
  for (let n = 0; n < 1_000; n++) expect((await store.take(accountId, 1, at(n * 50)))!.granted).toBe(0);
  expect(await rowOf(accountId)).toEqual(before);
});

it('concurrent statements never admit more than the quota together', async () => {
  const accountId = await accountWith(50);
  const grants = await Promise.all(Array.from({ length: 100 }, () => store.take(accountId, 1)));
  expect(grants.reduce((sum, grant) => sum + grant!.granted, 0)).toBe(50);
});

it('plans without API access are granted nothing', async () => {
  const id = await operator.createAccount('starter');
  await expect(store.take(id, 1)).resolves.toBeUndefined();
});

it('the plans in the database are the published ones', async () => {
  const rows = await world.sql('gateway', 'select * from plans');
  expect(rows).toHaveLength(PLANS.length);
  for (const row of rows) {
    const quotas = PLAN_QUOTAS[row['plan'] as keyof typeof PLAN_QUOTAS];
    expect(row).toEqual({
      plan: row['plan'],
      requests_per_minute: quotas?.perMinute ?? null,
      requests_per_day: quotas?.perDay ?? null,
    });
  }
});

it('what is owed to the store is counted once, however many come upon it at the same time', async () => {
  const accountId = await accountWith(100);
  await quotas.admit(accountId);
  const { local } = quotas as unknown as { local: LocalShare };
  const held = new pg.Client({ connectionString: world.urlOf('gateway') });
  await held.connect();
  await held.query('begin');
  await held.query('select from quota_usage where account_id = $1 for update', [accountId]);
  local.owed.set(accountId, 3);
  const writeDown = (): Promise<void> => (quotas as unknown as { writeDown(): Promise<void> }).writeDown();
  const all = Promise.all([quotas.admit(accountId), writeDown(), writeDown()]);
  await pause(100);
  await held.end();
  await all;
  expect(local.owed.get(accountId)).toBeUndefined();
  expect((await quotas.look(accountId)).day.used).toBe(1 + 3 + 1);
});
