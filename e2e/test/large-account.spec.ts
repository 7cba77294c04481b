import { expect, it } from '@jest/globals';
import { proveLargeAccount } from './large-account.js';

it('a list of 5,000, read by cursor beside writes and searches, shows every row that is there throughout once', async () => {
  const { walks, rowsPerWalk } = await proveLargeAccount({ candidates: 5_000, writesPerSecond: 50, seconds: 5 });
  expect(walks).toBeGreaterThan(0);
  expect(rowsPerWalk).toBeGreaterThan(4_000);
});
