import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, StackError } from './stack-error.js';

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Calls `probe` until it stops throwing, and returns what it returned. A StackError from the probe is final: it says that
 * waiting will not help.
 */
export async function waitFor<T>(what: string, probe: () => Promise<T>, options: WaitOptions = {}): Promise<T> {
  const { timeoutMs = 30_000, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await probe();
    } catch (error) {
      if (error instanceof StackError) throw error;
      if (performance.now() > deadline) {
        throw new StackError(`${what} did not happen within ${timeoutMs / 1000} s: ${messageOf(error)}`);
      }
    }
    await delay(25, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Waits until `condition` holds. */
export async function waitUntil(what: string, condition: () => boolean, options: WaitOptions = {}): Promise<void> {
  await waitFor(
    what,
    () => (condition() ? Promise.resolve() : Promise.reject(new Error('the condition never held'))),
    options,
  );
}
