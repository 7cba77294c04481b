import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { type ClockWorld, proveAbsence, proveCopies, proveReplicas, startClockWorld } from './clocks-proof.js';
import { canFakeTime } from './fake-clock.js';

jest.setTimeout(scaled(240_000));

(canFakeTime ? describe : describe.skip)('clocks that are set', () => {
  let world: ClockWorld;
  beforeAll(async () => {
    world = await startClockWorld();
  });
  afterAll(() => world.stop());

  it('a copy that is kept by either recipe misses no change, and no row goes back', async () => {
    const { changes, ...result } = await proveCopies(world, 40);
    expect(changes).toBeGreaterThanOrEqual(40);
    expect(result).toEqual({ missed: { updated_after: 0, cursor: 0 }, wentBack: 0 });
  });

  it('replicas ten minutes off lose nothing, sign nothing that is refused, and keep to quotas', async () => {
    const result = await proveReplicas(world, 40);
    expect(result).toMatchObject({ lost: 0, refused: 0, disabled: 0 });
    expect(result.admitted).toBeLessThanOrEqual(result.quota);
  });

  it('after 40 days everything is consumed and delivered, although the stream has let it expire', async () => {
    const { inFeed, status } = await proveAbsence(world, 40);
    expect(status).toBe('placed');
    expect(inFeed).toEqual(
      expect.arrayContaining(['submission.stage_changed', 'submission.placed', 'candidate.updated']),
    );
  });
});
