import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
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

it('100 creates with keys at 60 a minute, sent again to any gateway after a minute: 60 replays are free, and the 40 others go through', async () => {
  const accountId = await running.operator.createAccount('professional', { perMinute: null, perDay: null });
  const { token } = await running.client({ accountId });
  const clients = [running.origin, ...replicas.map(({ origin }) => origin)].map((origin) => new Api(origin, token));
  const send = async (): Promise<string[]> => {
    const answers: string[] = [];
    for (let n = 0; n < 100; n++) {
      const body = { first_name: 'Jane', last_name: `Smith ${n}` };
      const headers = { 'idempotency-key': `create-${n}` };
      const { status, headers: answered } = await clients[n % clients.length]!.send(
        'POST',
        '/candidates',
        body,
        headers,
      );
      answers.push(`${status}${answered.has('idempotency-replayed') ? ' replayed' : ''}`);
    }
    return answers;
  };
  const [created, refused] = [Array<string>(60).fill('201'), Array<string>(40).fill('429')];
  expect(await send()).toEqual([...created, ...refused]);
  // Retry-After says when the oldest has left the minute; after a whole one all have.
  const answeredAt = performance.now();
  await eventually(() => expect(performance.now() - answeredAt).toBeGreaterThan(MINUTE_MS), {
    withinMs: 2 * MINUTE_MS,
  });
  expect(await send()).toEqual([...created.map((status) => `${status} replayed`), ...Array<string>(40).fill('201')]);
});
