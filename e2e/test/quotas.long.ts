import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { type Replica, startReplica } from './replica.js';
import { fewestWithin, mostWithin, steadyLoad } from './quota-load.js';
import { type RunningStack, runStack } from './running-stack.js';

jest.setTimeout(scaled(300_000));

const MINUTE_MS = 60_000;

let running: RunningStack;
const replicas: Replica[] = [];

beforeAll(async () => {
  running = await runStack();
  replicas.push(await startReplica(running.stack, 'gateway'), await startReplica(running.stack, 'gateway'));
});
afterAll(async () => {
  await Promise.all(replicas.map(({ process }) => process.stop()));
  await running.stop();
});

it('three gateways at ten times the quota for three minutes: never more than 60 in any minute, at least 59 of each used', async () => {
  const origins = [running.origin, ...replicas.map(({ origin }) => origin)];
  const accountId = await running.operator.createAccount('professional', { perMinute: null, perDay: null });
  const { token } = await running.client({ accountId });
  const observations = await steadyLoad(origins, token!, { perSecond: 10, forMs: 3 * MINUTE_MS });
  const admitted = observations.filter(({ status }) => status === 200);
  const last = observations.at(-1)!.answeredAt;
  const most = mostWithin(MINUTE_MS, admitted);
  const fewest = fewestWithin(MINUTE_MS, admitted, last);
  process.stdout.write(
    `${JSON.stringify({ sent: observations.length, admitted: admitted.length, most, fewest })} in 3 minutes, 3 gateways\n`,
  );
  expect(most).toBeLessThanOrEqual(60);
  expect(fewest).toBeGreaterThanOrEqual(59);
  const { body } = await (await running.client({ accountId })).get('/me');
  expect(body.quotas.day.used).toBe(admitted.length);
});
