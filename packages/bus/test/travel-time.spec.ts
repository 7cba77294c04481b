import { beforeEach, describe, expect, it } from '@jest/globals';
import { TravelTime } from '../src/travel-time.js';

/** How far the sender's clock is ahead of ours, ms. */
const AHEAD = 1_000_000;
const MINUTE = 60_000;
const SECOND = 1_000;

let travelTime: TravelTime;
beforeEach(() => {
  travelTime = new TravelTime();
});

/** What is told of a message that was sent at `at` by our clock, and took so long. */
const told = (at: number, tookMs: number, sender = 'a'): number => travelTime.excess(sender, at + AHEAD, at + tookMs);

describe('the time that a message was on its way', () => {
  it('is what it took longer than the fastest, however far the clocks are apart', () => {
    expect(told(0, 2)).toBe(0);
    expect(told(10, 3)).toBe(1);
    expect(told(20, 5_002)).toBe(5_000);
    expect(told(30, 1)).toBe(0);
    expect(told(40, 5_001)).toBe(5_000);
  });

  it('is told of each sender by itself', () => {
    told(0, 2);
    expect(told(10, 5_002, 'b')).toBe(0);
    expect(told(20, 2, 'b')).toBe(0);
    expect(told(30, 5_002, 'b')).toBe(5_000);
    expect(told(40, 2)).toBe(0);
  });

  it('follows clocks that drift apart, and remembers across the end of a window', () => {
    told(0, 2);
    expect(told(MINUTE, 5_002)).toBe(5_000);
    for (const minute of [2, 3, 4, 5]) expect(told(minute * MINUTE, minute * 10)).toBeLessThanOrEqual(20);
  });

  it('is known again within ten seconds of a sender whose clock stood still', () => {
    told(0, 2);
    const standstill = 30 * SECOND;
    const late = Array.from({ length: 12 }, (_, second) => told(standstill + second * SECOND, standstill + 2));
    expect(late[0]).toBe(standstill);
    expect(late.slice(10)).toEqual([0, 0]);
  });
});
