import { scaled } from './time.js';

/**
 * Tries until it succeeds, or throws what the last try threw once the deadline is over. For conditions that come true by
 * themselves; there is no fixed wait anywhere in the tests.
 *
 * @param options.withinMs the deadline, before it is {@link scaled}
 */
export async function eventually<Result>(
  attempt: () => Promise<Result> | Result,
  { withinMs = 30_000, everyMs = 25 } = {},
): Promise<Result> {
  const deadline = performance.now() + scaled(withinMs);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
}
