import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { rotateLogs } from '../src/log-rotation.js';

const directory = mkdtempSync(join(tmpdir(), 'nexivo-logs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a log that has grown too large begins anew under its writer, and three of before are kept', () => {
  const file = join(directory, 'a.log');
  const writer = openSync(file, 'a');
  for (let n = 1; n <= 5; n += 1) {
    writeSync(writer, `${n} ${'x'.repeat(100)}\n`);
    rotateLogs(directory, 100);
  }
  writeSync(writer, 'last\n');
  rotateLogs(directory, 100);
  closeSync(writer);
  const first = (name: string): string => readFileSync(join(directory, name), 'utf8').split(' ')[0]!;
  expect(readdirSync(directory).toSorted()).toEqual(['a.log', 'a.log.1', 'a.log.2', 'a.log.3']);
  expect(['a.log', 'a.log.1', 'a.log.2', 'a.log.3'].map(first)).toEqual(['last\n', '5', '4', '3']);
});
