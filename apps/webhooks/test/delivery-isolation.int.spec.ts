import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type HostileReceivers, startHostileReceivers } from '@nexivo/testing/hostile-receivers';
import { eventually } from '@nexivo/testing/poll';
import { BAD_NEIGHBOURS, startNeighbourhood } from './bad-neighbours.js';
import { type DeliveryWorld, startDeliveryWorld } from './delivery-world.js';
import type { Receiver } from './receiver.js';

// Exact figures, of latency and memory, are measured in delivery-isolation.long.ts.

let deliveries: DeliveryWorld;
let receiver: Receiver;
let hostile: HostileReceivers;

beforeAll(async () => {
  deliveries = await startDeliveryWorld();
  receiver = await startNeighbourhood();
  hostile = await startHostileReceivers();
});
afterAll(async () => {
  // The requests that hang end with their connections.
  await Promise.all([receiver.stop(), hostile.stop()]);
  await deliveries.stop();
});

it('of fifty endpoints one hangs, one trickles, one never ends and one fails: the others are served while those are still at it', async () => {
  const bad = await Promise.all(BAD_NEIGHBOURS.map((path) => deliveries.hook(receiver.origin + path)));
  const well = await Promise.all(
    Array.from({ length: 46 }, (_, index) => deliveries.hook(`${receiver.origin}/${index}`)),
  );
  for (const hook of bad) await deliveries.queue(hook, 50);
  const replica = deliveries.replica({ deadlineMs: 25_000 });
  const underWay = (): unknown[] => ['/hangs', '/trickles'].map((path) => receiver.underWay.get(path));
  await eventually(() => expect(underWay()).toEqual([8, 8]));
  for (let round = 1; round <= 5; round++) {
    await Promise.all(well.map((hook) => deliveries.queue(hook)));
    replica.wakeUp.notify();
    await eventually(async () => {
      const rows = await deliveries.sql<{ done: number }>(
        `select count(*)::int as done from deliveries where webhook_id = any($1) and status = 'succeeded' group by webhook_id`,
        [well.map(({ id }) => id)],
      );
      expect(rows).toEqual(well.map(() => ({ done: round })));
    });
  }
  // The very requests that were there at the beginning: none has come to its end, and no more than eight were ever made.
  expect(receiver.received.filter(({ path }) => path === '/hangs')).toHaveLength(8);
  expect(receiver.received.filter(({ path }) => path === '/trickles')).toHaveLength(8);
  expect(underWay()).toEqual([8, 8]);
  // One that answers without end has answered, one that fails is tried on, one by one.
  const [, , endless, failing] = bad;
  await eventually(async () => {
    const rows = await deliveries.deliveriesOf(endless!);
    expect(rows.filter(({ status }) => status === 'succeeded')).toHaveLength(50);
  });
  await eventually(async () => expect((await deliveries.attemptsOf(failing!)).length).toBeGreaterThanOrEqual(50));
  // What hangs would be claimed by it as well.
  await Promise.all([receiver.stop(), replica.stop()]);
  receiver = await startNeighbourhood();
});

it('one account has eighty-four endpoints that hang: another is served while every request to them is still under way', async () => {
  const accountId = randomUUID();
  for (let number = 0; number < 84; number++) {
    await deliveries.queue(await deliveries.hook(hostile.url('says nothing', number), { accountId }));
  }
  const replica = deliveries.replica({ concurrency: 24, deadlineMs: 25_000 });
  const hanging = hostile.seen.get('says nothing')!;
  // Once the first are known to be slow the account is given some more, and has two thirds of all.
  await eventually(() => expect(hanging.open).toBe(16));
  const another = await deliveries.hook(`${receiver.origin}/another`);
  for (let round = 1; round <= 3; round++) {
    await deliveries.queue(another);
    replica.wakeUp.notify();
    await eventually(async () => {
      const rows = await deliveries.deliveriesOf(another);
      expect(rows.filter(({ status }) => status === 'succeeded')).toHaveLength(round);
    });
  }
  expect(hanging).toMatchObject({ requests: 16, open: 16 });
  await Promise.all([hostile.stop(), replica.stop()]);
  hostile = await startHostileReceivers();
});

it('of eighty-four endpoints that announce answers without end each is cut, says so in its log, and is left alone for a while', async () => {
  const accountId = randomUUID();
  const pouring = await Promise.all(
    Array.from({ length: 84 }, (_, number) =>
      deliveries.hook(hostile.url('announces without end', number), { accountId }),
    ),
  );
  for (const hook of pouring) await deliveries.queue(hook, 20);
  const another = await deliveries.hook(`${receiver.origin}/quiet`);
  await deliveries.queue(another, 20);
  const replica = deliveries.replica({ deadlineMs: 25_000 });
  await eventually(async () => {
    const rows = await deliveries.deliveriesOf(another);
    expect(rows.filter(({ status }) => status === 'succeeded')).toHaveLength(20);
  });
  for (const hook of pouring) {
    await eventually(async () => expect((await deliveries.healthOf(hook)).paused_for_s).not.toBeNull());
    const [first] = await deliveries.attemptsOf(hook);
    expect(first).toMatchObject({
      status_code: null,
      error: 'response_too_large',
      error_detail: 'the connection was cut after 16 informational answers, before the answer was complete',
    });
  }
  const { requests } = hostile.seen.get('announces without end')!;
  // As many as were sent before the first of them was over, of twenty that wait, and none since.
  expect(requests).toBeLessThanOrEqual(84 * 8);
  await replica.stop();
});

it('an endpoint whose answers are cut is degraded, although they count, until one is not', async () => {
  const hook = await deliveries.hook(hostile.url('sends a body without end'));
  await deliveries.queue(hook);
  deliveries.replica();
  await eventually(async () => {
    expect((await deliveries.deliveriesOf(hook)).map(({ status }) => status)).toEqual(['succeeded']);
  });
  const [attempt] = await deliveries.attemptsOf(hook);
  expect(attempt).toMatchObject({
    status_code: 200,
    error: null,
    error_detail: 'answered 200; the connection was cut after 64 KiB',
  });
  expect(await deliveries.healthOf(hook)).toMatchObject({ is_oversized: true, failing_since: null });
  await deliveries.sql(`update webhooks set url = $2 where id = $1`, [hook.id, `${receiver.origin}/modest`]);
  await deliveries.queue(hook);
  await eventually(async () => expect(await deliveries.healthOf(hook)).toMatchObject({ is_oversized: false }));
});
