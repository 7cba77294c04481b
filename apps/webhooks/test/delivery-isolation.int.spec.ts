import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import { BAD_NEIGHBOURS, startNeighbourhood } from './bad-neighbours.js';
import { type DeliveryWorld, type Hook, startDeliveryWorld } from './delivery-world.js';
import type { Receiver } from './receiver.js';

// Exact figures, of latency and memory, are measured in delivery-isolation.long.ts.

let deliveries: DeliveryWorld;
let receiver: Receiver;

beforeAll(async () => {
  deliveries = await startDeliveryWorld();
  receiver = await startNeighbourhood();
});
afterAll(async () => {
  // The requests that hang end with their connections.
  await receiver.stop();
  await deliveries.stop();
});

it('of fifty endpoints one hangs, one trickles, one never ends and one fails: the others are served while those are still at it', async () => {
  const bad = await Promise.all(BAD_NEIGHBOURS.map((path) => deliveries.hook(receiver.origin + path)));
  const well = await Promise.all(
    Array.from({ length: 46 }, (_, index) => deliveries.hook(`${receiver.origin}/${index}`)),
  );
  for (const hook of bad) await deliveries.queue(hook, 50);
  const { wakeUp } = deliveries.replica({ deadlineMs: 25_000 });
  const underWay = (): unknown[] => ['/hangs', '/trickles'].map((path) => receiver.underWay.get(path));
  await eventually(() => expect(underWay()).toEqual([8, 8]));
  for (let round = 1; round <= 5; round++) {
    for (const hook of well) await deliveries.queue(hook);
    wakeUp.notify();
    const isDone = async (hook: Hook): Promise<boolean> =>
      (await deliveries.deliveriesOf(hook)).filter(({ status }) => status === 'succeeded').length === round;
    await eventually(async () => expect((await Promise.all(well.map(isDone))).every(Boolean)).toBe(true));
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
});
