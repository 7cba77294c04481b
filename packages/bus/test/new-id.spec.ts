import { expect, it } from '@jest/globals';
import { IdMaker, newId } from '../src/new-id.js';

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

it('ids are UUIDs of version 7 that ascend, however many there are in a millisecond', () => {
  const ids = Array.from({ length: 10_000 }, newId);
  expect(new Set(ids).size).toBe(10_000);
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

it('ids return to the present when the clock does, and ascend across a step of less than a second', () => {
  let now = 1_800_000_000_000;
  const maker = new IdMaker(() => now);
  maker.next();
  now += 86_400_000;
  expect(timeOf(maker.next())).toBe(now);
  now -= 86_400_000;
  expect(timeOf(maker.next())).toBe(now);
  const last = maker.next();
  now -= 900;
  expect(maker.next() > last).toBe(true);
});
