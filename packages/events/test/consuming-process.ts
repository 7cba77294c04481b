import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sourceLoader } from '@nexivo/local/services';
import type { World } from '@nexivo/testing/world';

/** When a replica of the service kills itself. */
export type Death = 'never' | 'before the commit' | 'after the commit' | 'of the poison';

/** A running `consuming-service.ts`. */
export interface ConsumingProcess {
  /** The signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  kill(): void;
}

const running = new Set<ChildProcess>();

/** Starts a replica of the service, and waits until it runs. */
export async function startConsumer(
  world: Pick<World, 'urlOf' | 'nats'>,
  death: Death,
  poison = '',
  order: '' | 'in order' = '',
): Promise<ConsumingProcess> {
  const program = fileURLToPath(new URL('consuming-service.ts', import.meta.url));
  const args = [...sourceLoader, program, death, poison, order, world.urlOf('webhooks'), world.nats.urlFor('webhooks')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('exit', (_code, signal) => {
      running.delete(child);
      resolve(signal);
    });
  });
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  return { ended, kill: () => child.kill('SIGKILL') };
}

/** Ends every replica that a test has left running. */
export async function stopConsumers(): Promise<void> {
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
