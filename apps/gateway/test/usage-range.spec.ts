import { describe, expect, it } from '@jest/globals';
import { partsOfRange, type RangeParts } from '../src/accounts/usage-range.js';

const DAY_MS = 86_400_000;

/** How often each day is counted. */
function countsOf({ months, days }: RangeParts): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (first: number, until: number, sign: number): void => {
    for (let at = first; at < until; at += DAY_MS) {
      const day = new Date(at).toISOString().slice(0, 10);
      counts.set(day, (counts.get(day) ?? 0) + sign);
    }
  };
  for (const month of months) {
    const begin = new Date(month);
    add(begin.getTime(), Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1), 1);
  }
  for (const { first, last, sign } of days) add(Date.parse(first), Date.parse(last) + DAY_MS, sign);
  return new Map([...counts].filter(([, count]) => count !== 0));
}

describe('the parts of a range of days', () => {
  it('count each of its days once and no other, and are few, whatever the range', () => {
    for (let start = 0; start < 70; start++) {
      for (let length = 1; length <= 400; length += 3) {
        const begin = Date.parse('2027-12-20') + start * DAY_MS;
        const range = Array.from({ length }, (_, n) => new Date(begin + n * DAY_MS).toISOString().slice(0, 10));
        const parts = partsOfRange(range[0]!, range.at(-1)!);
        expect(countsOf(parts)).toEqual(new Map(range.map((day) => [day, 1])));
        const single = parts.days.map(({ first, last }) => (Date.parse(last) - Date.parse(first)) / DAY_MS + 1);
        expect(single.reduce((sum, days) => sum + days, 0)).toBeLessThanOrEqual(30);
      }
    }
  });

  it('are whole months where it begins and ends with them', () => {
    expect(partsOfRange('2028-01-01', '2028-02-29')).toEqual({ months: ['2028-01-01', '2028-02-01'], days: [] });
  });
});
