import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '@nexivo/local/services';

/** Where Debian's package `faketime` has its library, by architecture. */
const LIBRARIES = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`);
const library = LIBRARIES.find((path) => existsSync(path));

/** Whether processes can be given other clocks here. */
export const canFakeTime = library !== undefined;
if (!canFakeTime) process.stdout.write('clocks are not proven: the package faketime is not installed\n');

/** A clock of one or more processes, which can be set while they run. Their monotonic clocks run on. */
export interface FakeClock {
  /** For the environment of a process that is to go by it. */
  readonly env: Env;
  /** By how much it is ahead of the machine's. */
  set(aheadMs: number): void;
  remove(): void;
}

export function newFakeClock(): FakeClock {
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-clock-'));
  // Postgres runs as another user.
  chmodSync(directory, 0o755);
  const file = join(directory, 'time');
  const set = (aheadMs: number): void => {
    // At once: whoever reads meanwhile sees the one or the other.
    writeFileSync(`${file}.new`, `${aheadMs < 0 ? '-' : '+'}${Math.abs(aheadMs) / 1_000}\n`, { mode: 0o644 });
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    env: {
      LD_PRELOAD: library!,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
