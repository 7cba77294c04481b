import { expect, it } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { searchVector } from '../src/vector.js';
import { PEOPLE } from './people.js';

/** Near the most that is read of a field. */
const LENGTH = 99_000;

// One row must not keep a service from all others.
it.each([
  '@',
  "'",
  '_',
  "'_",
  '.',
  '-',
  '+',
  '#',
  '\u0301',
  '\u0439\u0301',
  '\u0323\u0301',
  'a.',
  'a-',
  'a@',
  '1.',
  '. ',
])('as many of %j as a field can have, between letters, take no longer than they need', (part) => {
  const text = `x@${part.repeat(LENGTH / part.length)}a`;
  const started = performance.now();
  for (const summary of [text, text.slice(2), text.slice(2, -1)]) searchVector(PEOPLE, { skills: [], summary });
  // In quadratic time each of the three would take longer.
  expect(performance.now() - started).toBeLessThan(scaled(1_500));
});
