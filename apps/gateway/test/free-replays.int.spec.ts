import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { startWorld, type World } from '@nexivo/testing/world';
import fc from 'fast-check';
import { FreeReplays } from '../src/auth/free-replays.js';
import type { Grant } from '../src/auth/quota-store.js';
import { QuotaStore } from '../src/auth/quota-store.js';
import { Quotas } from '../src/auth/quotas.js';
import { Usage } from '../src/auth/usage.js';
import { originOf, startGateway } from './gateway-under-test.js';
import { usageOf } from './usage-of.js';

let world: World;
let gateway: NestFastifyApplication;
let operator: Operator;
let store: QuotaStore;
let replays: FreeReplays;

beforeAll(async () => {
  world = await startWorld();
  await world.spawn('candidates');
  gateway = await startGateway(world);
  store = gateway.get(QuotaStore);
  replays = gateway.get(FreeReplays);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const accountWith = (perMinute: number, perDay = 1_000_000): Promise<string> =>
  operator.createAccount('professional', { perMinute, perDay });
const MIDNIGHT = Date.parse('2026-11-24T00:00:00.000Z');
const NOON = 12 * 3_600_000;
const at = (ms: number): Date => new Date(MIDNIGHT + ms);
const rowOf = async (accountId: string) =>
  (await world.sql('gateway', 'select * from quota_usage where account_id = $1', [accountId]))[0];

/** One request that has been let in. */
const taken = async (accountId: string, ms: number): Promise<Grant> => (await store.take(accountId, 1, at(ms)))!;
const giveBack = (accountId: string, { takenAtUs, state }: Grant) =>
  replays.giveBack(accountId, { isAdmitted: true, takenAtUs, state });

describe('as many replays as the minute quota allows are free in any 60 seconds', () => {
  it('and what is no replay has the quota for itself: as two logs of every moment say', async () => {
    const requests = fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 15_000 }), isReplay: fc.boolean() }), {
      minLength: 10,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), requests, async (limit, sent) => {
        const accountId = await accountWith(limit);
        let now = NOON;
        const used: number[] = [];
        const free: number[] = [];
        const within = (log: number[]): number => log.filter((moment) => moment > now - 60_000).length;
        for (const { gapMs, isReplay } of sent) {
          now += gapMs;
          const grant = await taken(accountId, now);
          expect(grant.granted).toBe(within(used) < limit ? 1 : 0);
          if (grant.granted === 0) continue;
          const isFree = isReplay && within(free) < limit;
          if (isReplay) {
            const { minute, day } = await giveBack(accountId, grant);
            expect([minute.used, day.used]).toEqual([within(used) + (isFree ? 0 : 1), used.length + (isFree ? 0 : 1)]);
          }
          // Moments of free ones are rounded up, so that they count longer.
          if (isFree) free.push(Math.ceil(now / 500) * 500);
          else used.push(now);
        }
        const { minute_admitted, admitted } = (await rowOf(accountId)) ?? { minute_admitted: 0, admitted: [] };
        expect(Number(minute_admitted)).toBe((admitted as number[]).reduce((sum, n) => sum + n, 0));
      }),
      { numRuns: 25 },
    );
  });

  it('from all gateways together, where many come at once and moments are rounded', async () => {
    const accountId = await accountWith(150);
    const grants = await Promise.all(Array.from({ length: 150 }, () => store.take(accountId, 1)));
    const states = await Promise.all(grants.map((grant) => giveBack(accountId, grant!)));
    expect(states).toHaveLength(150);
    expect(await store.take(accountId, 0)).toMatchObject({ state: { minute: { used: 0 }, day: { used: 0 } } });
    expect((await store.take(accountId, 200))!.granted).toBe(150);
  });

  it('and more have used it', async () => {
    const accountId = await accountWith(3);
    for (let n = 0; n < 3; n++) await giveBack(accountId, await taken(accountId, NOON + n));
    for (let n = 3; n < 6; n++) {
      const { minute } = await giveBack(accountId, await taken(accountId, NOON + n));
      expect(minute.used).toBe(n - 2);
    }
    expect((await taken(accountId, NOON + 6)).granted).toBe(0);
  });
});

describe('a replay takes back no other request', () => {
  it('than its own: what was admitted before it leaves the minute when it would have', async () => {
    const accountId = await accountWith(2);
    await taken(accountId, NOON);
    await giveBack(accountId, await taken(accountId, NOON + 30_000));
    expect((await taken(accountId, NOON + 30_001)).granted).toBe(1);
    expect((await taken(accountId, NOON + 59_999)).granted).toBe(0);
    expect(await store.take(accountId, 2, at(NOON + 60_000))).toMatchObject({ granted: 1 });
  });

  it('where its own is not to be found, since the clock has been set back meanwhile', async () => {
    const accountId = await accountWith(2);
    const replay = await taken(accountId, NOON + 3_600_000);
    await taken(accountId, NOON);
    expect((await giveBack(accountId, replay)).minute.used).toBe(1);
    expect((await taken(accountId, NOON + 1)).granted).toBe(0);
  });

  it('of another day: what it has used of yesterday is not taken off today', async () => {
    const accountId = await accountWith(100);
    const replay = await taken(accountId, -1);
    await taken(accountId, 1);
    await giveBack(accountId, replay);
    expect(await store.take(accountId, 0, at(2))).toMatchObject({ state: { minute: { used: 1 }, day: { used: 1 } } });
  });

  it('where it was let in while the store was away: that is yet to be counted', async () => {
    const accountId = await accountWith(10);
    const { state } = await taken(accountId, NOON);
    expect(await replays.giveBack(accountId, { isAdmitted: true, state })).toBe(state);
    expect(await store.take(accountId, 0, at(NOON))).toMatchObject({ state: { minute: { used: 1 } } });
  });
});

it('what is no longer needed of an account is deleted when it has the next one', async () => {
  const accountId = await accountWith(10);
  for (const minutes of [0, 1, 10]) await giveBack(accountId, await taken(accountId, NOON + minutes * 60_000));
  const rows = await world.sql('gateway', 'select at from free_replays where account_id = $1', [accountId]);
  expect(rows).toHaveLength(1);
});

describe('over HTTP', () => {
  /** As if a minute had gone by. */
  const aMinuteLater = async (accountId: string): Promise<void> => {
    for (const statement of [
      'update quota_usage set admitted_at = array(select moment - 60000000 from unnest(admitted_at) moment) where account_id = $1',
      'update free_replays set at = at - 120000000 where account_id = $1',
    ])
      await world.sql('gateway', statement, [accountId]);
    gateway.get(Quotas).forgetAccount(accountId);
  };
  const create = (api: Api, key: string): Promise<Answer> =>
    api.send('POST', '/candidates', { first_name: 'Jane', last_name: key }, { 'idempotency-key': key });

  it('a batch that ran into its quota gets on: sent again, what was done uses nothing, and the rest goes through', async () => {
    const accountId = await accountWith(60);
    const { id, token } = await operator.createToken(accountId);
    const api = new Api(await originOf(gateway), token);
    const keys = Array.from({ length: 100 }, () => randomUUID());
    const send = async (): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {};
      for (const key of keys) {
        const { status, headers } = await create(api, key);
        const what = `${status}${headers.has('idempotency-replayed') ? ' replayed' : ''}`;
        counts[what] = (counts[what] ?? 0) + 1;
      }
      return counts;
    };
    expect(await send()).toEqual({ 201: 60, 429: 40 });
    await aMinuteLater(accountId);
    expect(await send()).toEqual({ '201 replayed': 60, 201: 40 });
    expect((await api.get('/me')).body.quotas).toMatchObject({ minute: { used: 40 }, day: { used: 100 } });
    // Twice: the first may have been under way already.
    for (let n = 0; n < 2; n++) await gateway.get(Usage).flush();
    expect(await usageOf(world, accountId)).toEqual({ [id]: { admitted: 160, minute_quota_exceeded: 40 } });
  });

  it('a replay says what is left after it has given back what it used, and one that has used the quota is refused as ever', async () => {
    const api = new Api(await originOf(gateway), (await operator.createToken(await accountWith(3))).token);
    const left = async (): Promise<unknown> => {
      const { status, headers } = await create(api, 'one');
      return [status, headers.get('idempotency-replayed'), headers.get('x-ratelimit-remaining')];
    };
    expect(await left()).toEqual([201, null, '2']);
    for (let n = 0; n < 3; n++) expect(await left()).toEqual([201, 'true', '2']);
    expect(await left()).toEqual([201, 'true', '1']);
    expect(await left()).toEqual([201, 'true', '0']);
    expect(await left()).toEqual([429, null, '0']);
  });

  it('a refusal that a replay has made room for is forgotten', async () => {
    const accountId = await accountWith(2);
    const api = new Api(await originOf(gateway), (await operator.createToken(accountId)).token);
    await create(api, 'one');
    const held = (await store.take(accountId, 1))!;
    expect((await create(api, 'two')).status).toBe(429);
    await giveBack(accountId, held);
    expect((await create(api, 'two')).status).toBe(201);
  });

  it('a key that is refused, a failure and a read use the quota as before', async () => {
    const accountId = await accountWith(10);
    const api = new Api(await originOf(gateway), (await operator.createToken(accountId)).token);
    await create(api, 'one');
    const other = { first_name: 'June', last_name: 'Other' };
    expect((await api.send('POST', '/candidates', other, { 'idempotency-key': 'one' })).status).toBe(422);
    expect((await api.send('POST', '/candidates', {}, { 'idempotency-key': 'two' })).status).toBe(400);
    await api.get('/candidates');
    expect((await api.get('/me')).body.quotas.minute.used).toBe(4);
  });
});
