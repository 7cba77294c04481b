import { expect, it } from '@jest/globals';
import { prepared, preparedUpdate } from '../src/pool.js';

it('whoever changes ever other columns together takes no prepared statement from reads, and has his own run unprepared', () => {
  const updates = Array.from({ length: 60 }, (_, n) => preparedUpdate(`update rows set c${n} = $3`, [n]));
  expect(updates.filter(({ name }) => name !== undefined)).toHaveLength(50);
  expect(updates.at(-1)).toEqual({ text: 'update rows set c59 = $3', values: [59] });
  const names = [...updates, prepared('select 1', [])].map(({ name }) => name).filter((name) => name !== undefined);
  expect(new Set(names).size).toBe(51);
});

it('a text has one name', () => {
  expect(prepared('select $1', [1]).name).toBe(prepared('select $1', [2]).name);
});
