import { copyFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const MAX_BYTES = 20 * 1024 * 1024;
/** `x.log.1` is the newest. */
const KEPT = 3;
const LOOK_EVERY_MS = 10_000;

/**
 * Keeps the logs in a directory small for as long as it runs.
 *
 * @returns what ends it
 */
export function keepLogsSmall(directory: string): () => void {
  const look = (): void => {
    try {
      rotateLogs(directory);
    } catch {
      // Somebody has removed the directory or a log: there is nothing to keep small.
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/**
 * Moves what a log holds that has grown too large into `<log>.1`, and older ones up. It is copied and cut off, because the process that
 * writes it holds it open, for appending; lines that it writes in between are lost. So is everything where the disk has no room for a copy.
 */
export function rotateLogs(directory: string, maxBytes = MAX_BYTES): void {
  for (const name of readdirSync(directory).filter((each) => each.endsWith('.log'))) {
    const file = join(directory, name);
    if (statSync(file).size <= maxBytes) continue;
    rmSync(`${file}.${KEPT}`, { force: true });
    for (let n = KEPT - 1; n >= 1; n -= 1) renameIfThere(`${file}.${n}`, `${file}.${n + 1}`);
    try {
      copyFileSync(file, `${file}.1`);
    } catch {
      rmSync(`${file}.1`, { force: true });
    }
    truncateSync(file, 0);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // There were not so many yet.
  }
}
