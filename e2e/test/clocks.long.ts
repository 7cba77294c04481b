import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { type ClockWorld, proveAbsence, proveCopies, proveReplicas, startClockWorld } from './clocks-proof.js';
import { canFakeTime } from './fake-clock.js';

jest.setTimeout(scaled(900_000));

const tell = (what: string, figures: unknown): boolean => process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);

(canFakeTime ? describe : describe.skip)('clocks that are set, for long', () => {
  let world: ClockWorld;
  beforeAll(async () => {
    world = await startClockWorld();
  });
  afterAll(() => world.stop());

  it('two thousand changes, each copy whole', async () => {
    const result = await proveCopies(world, 2_000);
    tell('copies', result);
    expect(result).toMatchObject({ missed: { updated_after: 0, cursor: 0 }, wentBack: 0 });
  });

  it('a thousand deliveries by replicas ten minutes off', async () => {
    const result = await proveReplicas(world, 1_000);
    tell('replicas', result);
    expect(result).toMatchObject({ lost: 0, refused: 0, disabled: 0 });
    expect(result.admitted).toBeLessThanOrEqual(result.quota);
  });

  it.each([3, 40])('stopped for %i days', async (days) => {
    const result = await proveAbsence(world, days);
    tell(`absence of ${days} days`, result);
    expect(result.status).toBe('placed');
  });
});
