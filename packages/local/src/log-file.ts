import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The present size of a log, to know later where a new run began. 0 when there is none. */
export function logSize(file: string | undefined): number {
  return read(file, (fd) => fstatSync(fd).size) ?? 0;
}

/** The last lines that were written after `start`, or an empty string. */
export function logTail(file: string | undefined, start: number, lines = 15): string {
  const longest = 16_384;
  const text = read(file, (fd) => {
    const end = fstatSync(fd).size;
    const from = Math.max(start, end - longest);
    const buffer = Buffer.alloc(Math.max(0, end - from));
    readSync(fd, buffer, 0, buffer.length, from);
    return buffer.toString('utf8');
  });
  return (text ?? '').trimEnd().split('\n').slice(-lines).join('\n');
}

function read<T>(file: string | undefined, use: (fd: number) => T): T | undefined {
  if (file === undefined) return undefined;
  let fd;
  try {
    fd = openSync(file, 'r');
    return use(fd);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
