import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { disablesAt, healthAfter, updatesHealth, UNKNOWN_HEALTH, verdictOf } from '../src/queue/endpoint-health.js';
import type { EndpointHealth, Verdict } from '../src/queue/queue.types.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const start = new Date('2026-11-24T12:00:00.000Z');
const after = (ms: number): Date => new Date(start.getTime() + ms);
const exactly = (): number => 0.5;

const success: Verdict = { kind: 'success', isOversized: false };
const failure: Verdict = { kind: 'failure' };
const gone: Verdict = { kind: 'gone' };
const slowdown = (retryAfterMs?: number): Verdict => ({ kind: 'slowdown', retryAfterMs });

/** What becomes of an endpoint by verdicts at times, in ms after the start. */
function follow(...steps: [number, Verdict][]): { health: EndpointHealth; disabledBy: number | undefined } {
  let health = UNKNOWN_HEALTH;
  for (const [index, [ms, verdict]] of steps.entries()) {
    const next = healthAfter(health, verdict, after(ms), exactly);
    ({ health } = next);
    if (next.disable) return { health, disabledBy: index };
  }
  return { health, disabledBy: undefined };
}

describe('a verdict', () => {
  it('of an answer that was cut goes by its status; without one it is a slowdown, so that nothing is sent for a while', () => {
    expect(verdictOf(200, undefined, true)).toEqual({ kind: 'success', isOversized: true });
    expect(verdictOf(500, undefined, true)).toEqual(failure);
    expect(verdictOf(410, undefined, true)).toEqual(gone);
    expect(verdictOf(undefined, 5, true)).toEqual(slowdown());
  });

  it.each([200, 201, 204, 299])('of %i is success', (status) => {
    expect(verdictOf(status, undefined)).toEqual(success);
  });

  it.each([300, 301, 302, 307, 308, 304, 400, 401, 404, 408, 409, 422, 500, 501, 505, 599])(
    'of %i is failure',
    (status) => {
      expect(verdictOf(status, 5)).toEqual(failure);
    },
  );

  it.each([429, 502, 503, 504])('of %i is a wish to be left alone', (status) => {
    expect(verdictOf(status, 7_000)).toEqual(slowdown(7_000));
  });

  it('of 410 is the end, and of no answer failure', () => {
    expect(verdictOf(410, undefined)).toEqual(gone);
    expect(verdictOf(undefined, undefined)).toEqual(failure);
  });
});

/** So many failures on each of so many days, an hour apart. */
const failures = (days: number, each: number, from = 0): [number, Verdict][] =>
  Array.from({ length: days * each }, (_, n) => [
    from + Math.floor(n / each) * DAY + (n % each) * 60 * MINUTE,
    failure,
  ]);

describe('five days of failures', () => {
  it('disable the endpoint with the first failure after them', () => {
    expect(follow(...failures(5, 2), [5 * DAY - 1, failure]).disabledBy).toBeUndefined();
    expect(follow(...failures(5, 2), [5 * DAY, failure]).disabledBy).toBe(10);
    expect(follow(...failures(5, 2), [5 * DAY, slowdown()]).disabledBy).toBe(10);
  });

  it('are ten failures at least', () => {
    expect(
      follow(...failures(5, 1), [5 * DAY, failure], [6 * DAY, failure], [7 * DAY, failure]).disabledBy,
    ).toBeUndefined();
    expect(follow(...failures(9, 1), [9 * DAY, failure]).disabledBy).toBe(9);
  });

  it('are five days with an attempt: while we are away nobody fails', () => {
    expect(follow([0, failure], [6 * DAY, failure]).disabledBy).toBeUndefined();
    expect(follow([0, failure], ...failures(1, 20, 20 * DAY)).disabledBy).toBeUndefined();
    expect(follow([0, failure], ...failures(4, 3, 20 * DAY)).disabledBy).toBe(10);
  });

  it('are not those of a clock that was ahead for a moment', () => {
    expect(follow(...failures(1, 10), [6 * DAY, failure], [60 * MINUTE, failure]).disabledBy).toBeUndefined();
  });

  it('count from the first failure after the last success', () => {
    const began = failures(4, 3);
    expect(
      follow(...began, [4 * DAY, success], ...failures(4, 3, 4 * DAY + 1), [8 * DAY, failure]).disabledBy,
    ).toBeUndefined();
    expect(follow(...began, [4 * DAY, success], ...failures(5, 3, 5 * DAY), [10 * DAY, failure]).disabledBy).toBe(28);
  });

  it('are forgotten by a success, which disables nothing however late it is', () => {
    const { health, disabledBy } = follow(...failures(5, 3), [100 * DAY, success]);
    expect(disabledBy).toBeUndefined();
    expect(health).toEqual({ ...UNKNOWN_HEALTH, lastSuccessAt: after(100 * DAY) });
  });

  it('are announced: what is told is never later than what happens', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 * 60 }), { minLength: 10, maxLength: 60 }), (minutes) => {
        let health = UNKNOWN_HEALTH;
        let now = start;
        for (const passed of minutes) {
          const told = health.failingSince && disablesAt(health as Parameters<typeof disablesAt>[0]);
          now = new Date(now.getTime() + passed * MINUTE);
          const next = healthAfter(health, failure, now, exactly);
          if (next.disable) expect(told!.getTime()).toBeLessThanOrEqual(now.getTime());
          ({ health } = next);
        }
      }),
    );
  });
});

it('410 disables the endpoint at once', () => {
  expect(healthAfter(UNKNOWN_HEALTH, gone, start, exactly).disable).toBe('gone');
});

describe('a pause', () => {
  it('doubles from 5 s to 5 min with each wish that follows the end of the one before', () => {
    let health = UNKNOWN_HEALTH;
    let now = start;
    const pauses: number[] = [];
    for (let count = 0; count < 9; count++) {
      ({ health } = healthAfter(health, slowdown(), now, exactly));
      pauses.push((health.pausedUntil!.getTime() - now.getTime()) / SECOND);
      now = health.pausedUntil!;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(health.consecutiveSlowdowns).toBe(9);
  });

  it('is as long as the receiver asks, if that is longer', () => {
    expect(follow([0, slowdown(60_000)]).health.pausedUntil).toEqual(after(60_000));
    expect(follow([0, slowdown(1_000)]).health.pausedUntil).toEqual(after(5_000));
  });

  it('is begun once by requests that are refused together, and lasts until the latest time that any of them named', () => {
    const { health } = follow([0, slowdown()], [10, slowdown()], [20, slowdown(30_000)], [30, slowdown(1_000)]);
    expect(health).toMatchObject({ consecutiveSlowdowns: 1, pausedUntil: after(30_020) });
  });

  it('is not ended by a success that was sent before it', () => {
    const { health } = follow([0, slowdown()], [10, success]);
    expect(health).toMatchObject({ consecutiveSlowdowns: 1, pausedUntil: after(5_000), failingSince: undefined });
  });

  it('leaves nothing behind after a success that follows it', () => {
    expect(follow([0, slowdown()], [5_001, success]).health).toEqual({
      ...UNKNOWN_HEALTH,
      lastSuccessAt: after(5_001),
    });
  });
});

const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant(success),
  fc.constant(failure),
  fc.option(fc.integer({ min: 1, max: DAY }), { nil: undefined }).map(slowdown),
);
const story = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 * 3_600 * SECOND }), verdict), { maxLength: 60 });

describe('whatever happens', () => {
  it('an endpoint is disabled exactly by the tenth failure or a later one, on the fifth day of them or later, five days after the first', () => {
    fc.assert(
      fc.property(story, (steps) => {
        let health = UNKNOWN_HEALTH;
        let now = start;
        let failed: Date[] = [];
        for (const [passedMs, each] of steps) {
          now = new Date(now.getTime() + passedMs);
          const next = healthAfter(health, each, now, Math.random);
          failed = each.kind === 'success' ? [] : [...failed, now];
          const days = new Set(failed.map((time) => time.toISOString().slice(0, 10)));
          const isDue = failed.length >= 10 && days.size >= 5 && now.getTime() - failed[0]!.getTime() >= 5 * DAY;
          expect(next.disable).toBe(isDue ? 'failing_for_5_days' : undefined);
          ({ health } = next);
        }
      }),
    );
  });

  it('a pause ends neither before Retry-After nor later than a day, and never moves forward', () => {
    fc.assert(
      fc.property(story, (steps) => {
        let health = UNKNOWN_HEALTH;
        let now = start;
        for (const [passedMs, each] of steps) {
          now = new Date(now.getTime() + passedMs);
          const before = health.pausedUntil;
          ({ health } = healthAfter(health, each, now, Math.random));
          if (each.kind === 'slowdown') {
            const ms = health.pausedUntil!.getTime() - now.getTime();
            expect(ms).toBeGreaterThanOrEqual(Math.max(each.retryAfterMs ?? 0, before ? 0 : 4_000));
            expect(ms).toBeLessThanOrEqual(DAY);
          }
          if (before && before > now) expect(health.pausedUntil!.getTime()).toBeGreaterThanOrEqual(before.getTime());
        }
      }),
    );
  });

  it('what is not written down would have changed nothing but the time of the last success', () => {
    fc.assert(
      fc.property(story, verdict, (steps, last) => {
        const { health } = follow(...steps);
        const now = after(30 * DAY);
        if (updatesHealth(health, last, now)) return;
        const next = healthAfter(health, last, now, Math.random);
        expect({ ...next.health, lastSuccessAt: undefined }).toEqual({ ...health, lastSuccessAt: undefined });
        expect(next.disable).toBeUndefined();
      }),
    );
  });
});

it('successes of an endpoint that is well are written down once a minute', () => {
  const well = { ...UNKNOWN_HEALTH, lastSuccessAt: start };
  expect(updatesHealth(well, success, after(MINUTE - 1))).toBe(false);
  expect(updatesHealth(well, success, after(MINUTE))).toBe(true);
  expect(updatesHealth(UNKNOWN_HEALTH, success, start)).toBe(true);
});

describe('an endpoint whose success was cut', () => {
  const oversized: Verdict = { kind: 'success', isOversized: true };

  it('is remembered as one until a success is not', () => {
    expect(follow([0, oversized]).health).toMatchObject({ isOversized: true, failingSince: undefined });
    expect(follow([0, oversized], [1, failure]).health).toMatchObject({ isOversized: true });
    expect(follow([0, oversized], [1, success]).health).toMatchObject({ isOversized: false });
  });

  it('is written down once, and not again with each answer', () => {
    const well: EndpointHealth = { ...UNKNOWN_HEALTH, lastSuccessAt: start };
    expect(updatesHealth(well, oversized, after(1))).toBe(true);
    expect(updatesHealth({ ...well, isOversized: true }, oversized, after(1))).toBe(false);
    expect(updatesHealth({ ...well, isOversized: true }, success, after(1))).toBe(true);
  });
});
