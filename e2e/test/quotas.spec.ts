import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { askDatabase } from '@nexivo/testing/sql';
import { scaled } from '@nexivo/testing/time';
import { type Replica, startReplica } from './replica.js';
import { mostWithin, steadyLoad } from './quota-load.js';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
const replicas: Replica[] = [];
let origins: string[];

beforeAll(async () => {
  running = await runStack();
  replicas.push(await startReplica(running.stack, 'gateway'), await startReplica(running.stack, 'gateway'));
  origins = [running.origin, ...replicas.map(({ origin }) => origin)];
});
afterAll(async () => {
  await Promise.all(replicas.map(({ process }) => process.stop()));
  await running.stop();
});

// The same for three minutes, with each window's use: quotas.long.ts.
it('three gateways together admit an account its minute quota and no more, and count exactly what they admitted', async () => {
  const accountId = await running.operator.createAccount('professional', { perMinute: null, perDay: null });
  const { token } = await running.client({ accountId });
  const observations = await steadyLoad(origins, token!, { perSecond: 50, forMs: 8_000 });
  const admitted = observations.filter(({ status }) => status === 200);
  expect(observations.every(({ status }) => status === 200 || status === 429)).toBe(true);
  expect(admitted).toHaveLength(60);
  expect(mostWithin(60_000, admitted)).toBe(60);
  const me = await running.client({ accountId });
  const { body } = await me.get('/me');
  expect(body.quotas).toMatchObject({ minute: { limit: 60, used: 60, remaining: 0 }, day: { used: 60 } });
});

it('a refusal says when to come back, which quota it was, and uses nothing', async () => {
  const accountId = await running.operator.createAccount('professional', { perMinute: 100, perDay: 2 });
  const client = await running.client({ accountId });
  await client.get('/jobs');
  await client.get('/jobs');
  for (let n = 0; n < 5; n++) {
    const { status, headers, body } = await client.get('/jobs');
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'day_quota_exceeded' });
    const secondsToMidnight = Math.ceil((86_400_000 - (Date.now() % 86_400_000)) / 1_000);
    expect(Math.abs(Number(headers.get('retry-after')) - secondsToMidnight)).toBeLessThanOrEqual(scaled(2));
    expect(headers.get('x-ratelimit-limit')).toBe('2');
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    expect(headers.get('ratelimit-policy')).toBe('"minute";q=100;w=60, "day";q=2;w=86400');
    expect(headers.get('ratelimit')).toMatch(/^"minute";r=98;t=\d+, "day";r=0;t=\d+$/);
  }
  expect((await client.get('/me')).body.quotas.day).toMatchObject({ used: 2, remaining: 0 });
});

it('errors carry the quota headers too: whatever was authenticated was counted', async () => {
  const client = await running.client({
    accountId: await running.operator.createAccount('professional', { perMinute: null, perDay: null }),
  });
  const { status, headers } = await client.post('/candidates', { nonsense: true });
  expect({ status, remaining: headers.get('x-ratelimit-remaining') }).toEqual({ status: 400, remaining: '59' });
  const anonymous = await fetch(`${running.stack.baseUrl}/candidates`);
  expect(anonymous.headers.has('x-ratelimit-limit')).toBe(false);
});

// Last, because no gateway is left.
it('gateways that are asked to stop have written down what they counted: every request once, admitted as the quota says', async () => {
  const accountId = await running.operator.createAccount('professional', { perMinute: null, perDay: null });
  const { token } = await running.client({ accountId });
  const observations = await steadyLoad(origins, token!, { perSecond: 50, forMs: 2_000 });
  await Promise.all([...replicas.map(({ process }) => process.stop()), running.stack.services.gateway.stop()]);
  const rows = await askDatabase(
    running.stack.envOf('gateway')['DATABASE_URL']!,
    `select outcome, sum(requests)::integer as requests from usage_days where account_id = $1 group by 1 order by 1`,
    [accountId],
  );
  expect(rows).toEqual([
    { outcome: 'admitted', requests: 60 },
    { outcome: 'minute_quota_exceeded', requests: observations.length - 60 },
  ]);
});
