import { describe, expect, it } from '@jest/globals';
import { SteadyTime } from '../src/auth/steady-time.js';

const DAY = 86_400_000;

describe('the time that quotas go by', () => {
  it('is that of the database, however it drifts', () => {
    const time = new SteadyTime();
    expect(time.expected(0)).toBeUndefined();
    for (let monotonic = 0; monotonic < 1_000_000; monotonic += 10_000) {
      const database = 1_800_000_000_000 + monotonic * 1.01;
      time.learn(database, monotonic);
      expect(time.expected(monotonic + 5)).toBe(database + 5);
    }
  });

  it.each([DAY, -DAY, 3_000])('goes on as before while a clock is off by %i ms for less than a minute', (stepMs) => {
    const time = new SteadyTime();
    time.learn(1_800_000_000_000, 0);
    for (const monotonic of [10_000, 30_000, 69_999]) {
      time.learn(1_800_000_000_000 + stepMs + monotonic, monotonic);
      expect(time.expected(monotonic)).toBe(1_800_000_000_000 + monotonic);
    }
    // It was set right again, and the next step has a minute of its own.
    time.learn(1_800_000_000_000 + 70_000, 70_000);
    time.learn(1_800_000_000_000 + stepMs + 80_000, 80_000);
    expect(time.expected(80_000)).toBe(1_800_000_000_000 + 80_000);
    time.learn(1_800_000_000_000 + stepMs + 140_000, 140_000);
    expect(time.expected(140_000)).toBe(1_800_000_000_000 + stepMs + 140_000);
  });
});
