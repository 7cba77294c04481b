import { expect, it } from '@jest/globals';
import { proveLargeAccount } from './large-account.js';

/** What garbage collection leaves to chance. */
const FLAT = 1.1;

it('a million candidates, read by cursor again and again for ten minutes, beside 50 writes a second and searches', async () => {
  const { mib } = await proveLargeAccount({ candidates: 1_000_000, writesPerSecond: 50, seconds: 600 });
  for (const [first, second] of Object.values(mib)) expect(second).toBeLessThanOrEqual(first * FLAT);
}, 1_800_000);
