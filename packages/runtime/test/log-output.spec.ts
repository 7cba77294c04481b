import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { LogOutput } from '../src/log-output.js';

const directory = mkdtempSync(join(tmpdir(), 'nexivo-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a log that cannot be written', () => {
  it('loses lines, and says how many once it can be written again', () => {
    const file = join(directory, 'lost.log');
    const fd = openSync(file, 'a');
    const output = new LogOutput(fd);
    output.write('first\n');
    output.flush();
    closeSync(fd);
    for (const line of ['second\n', 'third\n']) output.write(line);
    output.flush();
    // The lowest free number: that of the file again.
    expect(openSync(file, 'a')).toBe(fd);
    output.write('fourth\n');
    output.flush();
    output.flush();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(['first', 'fourth']);
    expect(JSON.parse(lines[2]!)).toMatchObject({ level: 'warn', lost: 2, msg: 'log lines lost' });
    expect(lines).toHaveLength(3);
    closeSync(fd);
  });

  it('never fails who writes, however much that is', () => {
    const full = openSync('/dev/full', 'w');
    const output = new LogOutput(full);
    for (let line = 0; line < 1_000; line += 1) output.write(`${'x'.repeat(5_000)}\n`);
    expect(() => output.flush()).not.toThrow();
    closeSync(full);
  });
});
