import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that has little room. */
export interface SmallDisk {
  /** Leaves no byte. What others delete meanwhile is room again. */
  fill(): void;
  /** Gives back what {@link fill} has taken. */
  free(): void;
  unmount(): void;
}

/** Mounts one; whoever runs this must be allowed to. */
export function mountSmallDisk(directory: string, megabytes: number): SmallDisk {
  mkdirSync(directory, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', directory);
  const ballast = join(directory, 'ballast');
  return {
    fill: () => {
      for (const bytes of [1024 * 1024, 4096, 1]) writeUntilFull(ballast, Buffer.alloc(bytes));
    },
    free: () => rmSync(ballast, { force: true }),
    unmount: () => run('umount', '--lazy', directory),
  };
}

/** Whether file systems may be mounted here. */
export function mayMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-mount-'));
  try {
    mountSmallDisk(directory, 1).unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}

function writeUntilFull(file: string, bytes: Buffer): void {
  const fd = openSync(file, 'a');
  try {
    while (writeSync(fd, bytes) === bytes.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
}
