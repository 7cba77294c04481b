import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { LowPriorityQueue } from '../src/http/low-priority-queue.js';

it('does one piece of work a turn of the event loop, in the order in which they came', async () => {
  const queue = new LowPriorityQueue();
  const done: number[] = [];
  for (let n = 0; n < 5; n++) queue.add(() => done.push(n));
  for (let n = 0; n < 5; n++) {
    expect(done).toHaveLength(n);
    await turn();
  }
  expect(done).toEqual([0, 1, 2, 3, 4]);
  await queue.turn();
});

it('forgets what is done while a flood keeps it from ever coming to its end', async () => {
  const queue = new LowPriorityQueue();
  const most = 10;
  const done: number[] = [];
  const comeAgain = (): void => {
    done.push(done.length);
    if (done.length < 2_000) queue.add(comeAgain);
  };
  for (let n = 0; n < most; n++) queue.add(comeAgain);
  let longest = 0;
  while (done.length < 2_000) {
    longest = Math.max(longest, (queue as unknown as { waiting: unknown[] }).waiting.length);
    await turn();
  }
  expect(longest).toBeLessThanOrEqual(2 * most + 1);
});
