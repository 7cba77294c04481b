import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sourceLoader } from '@nexivo/local/services';
import type { PublishingWorld } from './publishing-world.js';

/** What befalls a publisher: on its own write, between two events of a batch, or between a batch and its mark. */
export type Fault =
  | 'none'
  | 'killed after commit'
  | 'killed while publishing'
  | 'killed before mark'
  | 'stopped before mark';

/** A running `publisher.ts`. */
export interface Publisher {
  pid: number;
  /** How many events were sent and not marked when it was struck; undefined until then. */
  inFlight: number | undefined;
  /** The signal that ended it; null if it ended by itself. */
  ended: Promise<NodeJS.Signals | null>;
  kill(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();

/** Starts a publisher, and waits until its relay runs. */
export async function startPublisher(
  { databaseUrl, natsUrl }: Pick<PublishingWorld, 'databaseUrl' | 'natsUrl'>,
  fault: Fault = 'none',
): Promise<Publisher> {
  const program = fileURLToPath(new URL('publisher.ts', import.meta.url));
  const child = spawn(process.execPath, [...sourceLoader, program, fault, databaseUrl, natsUrl], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  running.add(child);
  const started = Promise.withResolvers<void>();
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('exit', (_code, signal) => {
      running.delete(child);
      started.reject(new Error('the publisher ended before it ran'));
      resolve(signal);
    });
  });
  const publisher: Publisher = { pid: child.pid!, inFlight: undefined, ended, kill: (signal) => child.kill(signal) };
  child.stdout!.on('data', (data: Buffer) => {
    for (const line of data.toString().trim().split('\n')) {
      const { inFlight } = JSON.parse(line) as { inFlight?: number };
      if (inFlight !== undefined) publisher.inFlight = inFlight;
    }
    started.resolve();
  });
  await started.promise;
  return publisher;
}

/** Ends every publisher that a test has left running. */
export async function stopPublishers(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = new Promise((resolve) => {
        child.on('exit', resolve);
      });
      child.kill('SIGKILL');
      await ended;
    }),
  );
}
