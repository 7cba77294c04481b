import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, found from this file, so that the working directory does not matter. */
export const repositoryRoot = resolve(fileURLToPath(import.meta.url), '../../../..');

/** The static configuration of nats-server that compose mounts as well. */
export const natsConfigFile = join(repositoryRoot, 'packages/local/nats.conf');

/** Everything the stack writes below its data directory. `--fresh` deletes these and nothing else. */
export const dataLayout = {
  /** Locked for as long as a stack runs here; never deleted, since a lock on a deleted file guards nothing. */
  lock: 'stack.lock',
  pid: 'stack.pid',
  secrets: 'secrets.json',
  postgres: 'postgres',
  postgresLocation: 'postgres-location.json',
  nats: 'nats',
  logs: 'logs',
  env: 'env',
  demo: 'demo.json',
} as const;
