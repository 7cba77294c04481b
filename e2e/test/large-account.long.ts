import { expect, it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { proveLargeAccount } from './large-account.js';

jest.setTimeout(scaled(1_800_000));

/** What garbage collection leaves to chance. */
const FLAT = 1.1;

it('a million candidates, read by cursor again and again for ten minutes, beside 50 writes a second and searches', async () => {
  const { mib } = await proveLargeAccount({ candidates: 1_000_000, writesPerSecond: 50, seconds: 600 });
  for (const [first, second] of Object.values(mib)) expect(second).toBeLessThanOrEqual(first * FLAT);
});
