import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ATTEMPTS_MAX, jittered, nextAttemptInMs, parseRetryAfter, RETRY_AFTER_MAX_MS } from '../src/queue/schedule.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const exactly = (): number => 0.5;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the schedule', () => {
  it('has ten attempts, each so long after the one before', () => {
    const waits = Array.from({ length: ATTEMPTS_MAX }, (_, made) => nextAttemptInMs(made + 1, undefined, exactly));
    expect(waits).toEqual([
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      14 * HOUR,
      20 * HOUR,
      24 * HOUR,
      undefined,
    ]);
  });

  it('strays by at most 20 % either way, and uses all of that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), random, (attempts, value) => {
        const wait = nextAttemptInMs(attempts, undefined, () => value)!;
        const plain = nextAttemptInMs(attempts, undefined, exactly)!;
        expect(wait).toBeGreaterThanOrEqual(Math.floor(plain * 0.8));
        expect(wait).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
      }),
    );
    expect(jittered(1_000, () => 0)).toBe(800);
    expect(jittered(1_000, () => 0.999_999)).toBe(1_200);
  });

  it('never tries again before the receiver wants it, nor earlier than it would without', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: RETRY_AFTER_MAX_MS }),
        random,
        (attempts, retryAfter, value) => {
          const wait = nextAttemptInMs(attempts, retryAfter, () => value)!;
          expect(wait).toBe(
            Math.max(
              retryAfter,
              nextAttemptInMs(attempts, undefined, () => value)!,
            ),
          );
        },
      ),
    );
  });

  it('ends after the tenth attempt, whatever the receiver asks for', () => {
    expect(nextAttemptInMs(10, HOUR, exactly)).toBeUndefined();
    expect(nextAttemptInMs(11, HOUR, exactly)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-11-24T12:00:00.000Z');

  it.each([
    ['120', 120 * SECOND],
    [' 1 ', SECOND],
    ['86400', 24 * HOUR],
    ['86401', 24 * HOUR],
    ['99999999999999999999999999', 24 * HOUR],
    ['Tue, 24 Nov 2026 12:01:30 GMT', 90 * SECOND],
    ['Tuesday, 24-Nov-26 12:01:30 GMT', 90 * SECOND],
    ['Tue Nov 24 12:01:30 2026', 90 * SECOND],
    ['Fri, 24 Nov 2090 12:00:00 GMT', 24 * HOUR],
  ])('%j is a wait of %i ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    ' ',
    '0',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '2026-11-24',
    'Tue, 24 Nov 2026 11:59:59 GMT',
    'Tue, 99 Foo 2026 12:01:30 GMT',
    '120, 120',
  ])('%j is none', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });

  it('is never negative, never longer than a day and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (value) => {
          const ms = parseRetryAfter(value, now) ?? 1;
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(RETRY_AFTER_MAX_MS);
        },
      ),
    );
  });
});
