import { expect, it } from '@jest/globals';
import { copyLine } from '../src/copy-text.js';

it.each([
  ['text as it is', { a: 'José 佐藤', b: '' }, 'José 佐藤\t\n'],
  ['null and numbers', { a: null, b: 0, c: -1.5 }, '\\N\t0\t-1.5\n'],
  ['what COPY takes for its own', { a: 'a\tb\nc\rd\\e\\N' }, 'a\\tb\\nc\\rd\\\\e\\\\N\n'],
  [
    'arrays, each item quoted',
    { a: [], b: ['C++', 'a,b', 'a"b', 'a\\b', 'NULL', ''] },
    String.raw`{}` + '\t' + String.raw`{"C++","a,b","a\\"b","a\\\\b","NULL",""}` + '\n',
  ],
  ['objects as JSON', { a: { Größe: 'x\ny', b: true } }, String.raw`{"Größe":"x\\ny","b":true}` + '\n'],
])('writes %s', (_, row, line) => {
  expect(copyLine(row)).toBe(line);
});
