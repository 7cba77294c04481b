import { expect, it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { measureAtSize } from './dashboard-at-size.js';
import { startDashboardWorld } from './dashboard-world.js';

jest.setTimeout(scaled(1_800_000));

it('2,000 tokens, 500 webhooks, a million deliveries and 400 days of usage: what each page asks for takes less than 100 ms', async () => {
  const world = await startDashboardWorld();
  try {
    const size = { tokens: 2_000, webhooks: 500, deliveries: 1_000_000, days: 400 };
    const timings = await measureAtSize(world, size, 60);
    const slowestFirst = Object.entries(timings).toSorted(([, a], [, b]) => b.p95 - a.p95);
    for (const [path, { p50, p95, requests }] of slowestFirst)
      process.stdout.write(`${String(p50).padStart(7)} ${String(p95).padStart(7)} ${requests}  ${path}\n`);
    expect(slowestFirst.filter(([, { p95 }]) => p95 >= scaled(100))).toEqual([]);
  } finally {
    await world.stop();
  }
});
