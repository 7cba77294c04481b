import { expect, it } from '@jest/globals';
import { Progress } from '../src/progress.js';

const screenOf = (isTTY: boolean) => {
  const written: string[] = [];
  return { written, screen: { isTTY, write: (text: string) => written.push(text) } };
};

it('writes over one line on a terminal: how many rows of how many, and how long it will take', () => {
  const { written, screen } = screenOf(true);
  let now = 0;
  const progress = new Progress(screen, 'jobs', 2_000, () => now);
  now = 1_000;
  progress.advance(500);
  progress.advance(1);
  now = 4_000;
  progress.advance(1_499);
  progress.end('2,000 rows in 4.0 s');
  expect(written).toHaveLength(5);
  expect(written[1]).toMatch(/^\r\S*jobs +█{7}░{23}  25 %  500 of 2,000  3\.0 s left$/);
  // All of it sent is not yet all of it stored.
  expect(written[2]).toMatch(/100 %  2,000 of 2,000  storing$/);
  expect(written.slice(3).join('')).toMatch(/^\r\S*jobs +2,000 rows in 4\.0 s\n$/);
});

it('writes nothing but the result where lines cannot be written over', () => {
  const { written, screen } = screenOf(false);
  const progress = new Progress(screen, 'jobs', 10, () => 0);
  progress.advance(10);
  expect(written).toEqual([]);
  progress.end('10 rows');
  expect(written).toEqual(['jobs        10 rows\n']);
});
