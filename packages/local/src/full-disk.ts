import { statfsSync } from 'node:fs';
import type { Nats } from './nats.js';
import { messageOf } from './stack-error.js';

const LOOK_EVERY_MS = 5_000;
/** Services try at least this often, and so know by then whether the stream stores again. */
const SETTLE_MS = 15_000;
const ROOM_BYTES = 64 * 1024 * 1024;

/** Whom to ask, and what to start again. */
export interface FullDiskOptions {
  nats: Nats;
  /** Where the services that publish serve their health: URLs of `/health/ready`. */
  readiness: readonly string[];
  report?: ((line: string) => void) | undefined;
  lookEveryMs?: number;
}

/**
 * Starts NATS again when a service says that the stream does not store, and the disk has room: nats-server measures its disk when it
 * starts, and refuses until then.
 *
 * @returns what ends it
 */
export function restartNatsAfterFullDisk(options: FullDiskOptions): () => Promise<void> {
  const { lookEveryMs = LOOK_EVERY_MS } = options;
  const end = new AbortController();
  let notBefore = 0;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    if (performance.now() < notBefore || !(await isRefusing(options.readiness)) || !hasRoom(options.nats.storeDir))
      return;
    if (end.signal.aborted) return;
    notBefore = performance.now() + SETTLE_MS;
    options.report?.('nats had no room for events and has it now; starting it again');
    await options.nats.process.restart();
  };
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => options.report?.(messageOf(error)))
      .finally(() => (looking = undefined));
  }, lookEveryMs).unref();
  return async () => {
    end.abort();
    clearInterval(timer);
    await looking;
  };
}

async function isRefusing(readiness: readonly string[]): Promise<boolean> {
  const states = await Promise.all(
    readiness.map(async (url) => {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(LOOK_EVERY_MS) });
        return ((await response.json()) as { stream?: string }).stream ?? '';
      } catch {
        return '';
      }
    }),
  );
  return states.some((state) => state.startsWith('does not store'));
}

function hasRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize >= ROOM_BYTES;
}
