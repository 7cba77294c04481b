import { expect, it } from '@jest/globals';
import { WakeUp } from '../src/wake-up.js';

const LONG_MS = 60_000;

/** How long a wait took, in milliseconds. */
async function timeOf(wait: Promise<void>): Promise<number> {
  const from = performance.now();
  await wait;
  return performance.now() - from;
}

it('a notification ends the wait', async () => {
  const wakeUp = new WakeUp();
  const waiting = timeOf(wakeUp.wait(LONG_MS));
  wakeUp.notify();
  await expect(waiting).resolves.toBeLessThan(LONG_MS / 10);
});

it('a notification that comes before the wait is not lost', async () => {
  const wakeUp = new WakeUp();
  wakeUp.notify();
  await expect(timeOf(wakeUp.wait(LONG_MS))).resolves.toBeLessThan(LONG_MS / 10);
});

it('a wait ends by itself when its time is over', async () => {
  await expect(timeOf(new WakeUp().wait(20))).resolves.toBeLessThan(LONG_MS / 10);
});

it('a notification ends one wait, however often it was given, and not the next', async () => {
  const wakeUp = new WakeUp();
  wakeUp.notify();
  wakeUp.notify();
  await wakeUp.wait(LONG_MS);
  // A timer may be a millisecond early.
  await expect(timeOf(wakeUp.wait(50))).resolves.toBeGreaterThanOrEqual(48);
});
