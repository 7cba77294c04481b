import { beforeEach, describe, expect, it } from '@jest/globals';
import { LocalShare } from '../src/auth/local-share.js';

const MINUTE = 60_000;
const state = (used: number, limit = 100, dayUsed = used, dayLimit = 1_000_000) => ({
  atMs: 0,
  minute: { limit, used, resetsInMs: MINUTE },
  day: { limit: dayLimit, used: dayUsed, resetsInMs: MINUTE },
});

let share: LocalShare;
beforeEach(() => {
  share = new LocalShare();
});

/** How many of 200 requests at that time are admitted. */
const admitted = (gateways: number, at: number): number =>
  Array.from({ length: 200 }, () => share.admit('a', gateways, at)).filter((each) => each?.isAdmitted).length;

describe('what a gateway gives out on its own', () => {
  it.each([
    { gateways: 1, limit: 100, share: 10 },
    { gateways: 10, limit: 100, share: 10 },
    { gateways: 25, limit: 100, share: 4 },
    { gateways: 3, limit: 5, share: 1 },
    { gateways: 6, limit: 5, share: 0 },
  ])('is $share of $limit a minute where there are $gateways: all of them together stay within the quota', (given) => {
    share.learn('a', state(0, given.limit), 0);
    expect(admitted(given.gateways, MINUTE)).toBe(given.share);
    expect(given.share * given.gateways).toBeLessThanOrEqual(given.limit);
  });

  it('is given out anew in each minute', () => {
    share.learn('a', state(0), 0);
    expect([MINUTE, MINUTE + 1, 2 * MINUTE - 1, 2 * MINUTE].map((at) => admitted(1, at))).toEqual([10, 0, 0, 10]);
  });

  it('is less where more of the minute was used already, for as long as that may count', () => {
    share.learn('a', state(95), 1_000);
    expect(admitted(1, 2_000)).toBe(5);
    expect(admitted(1, 1_000 + MINUTE)).toBe(5);
  });

  it('is nothing of an account that is not known', () => {
    expect(share.admit('a', 1, 0)).toBeUndefined();
  });

  it('is a refusal for the quota only where the account has used it; where the share is over it is none', () => {
    share.learn('a', state(0), 0);
    expect(admitted(1, MINUTE)).toBe(10);
    expect(share.admit('a', 1, MINUTE)).toBeUndefined();
    share.learn('a', state(100), 3 * MINUTE);
    expect(share.admit('a', 1, 3 * MINUTE + 1)).toMatchObject({ isAdmitted: false, state: { minute: { used: 100 } } });
    share.learn('a', state(0, 100, 7, 7), 5 * MINUTE);
    expect(share.admit('a', 1, 6 * MINUTE)).toMatchObject({ isAdmitted: false });
  });
});
