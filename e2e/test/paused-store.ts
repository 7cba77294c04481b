import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startPostgres } from '@nexivo/local/postgres';
import { repositoryRoot } from '@nexivo/local/paths';
import { provisionDatabase } from '@nexivo/local/provision';
import { runProgram } from '@nexivo/local/run-program';
import { defaultAppsDir, machineEnv } from '@nexivo/local/services';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { type Copy, startCopy } from './copies.js';
import type { RunningStack } from './running-stack.js';

/** A gateway whose Postgres is its own, so that it can be paused while the other services work. */
export interface PausableGateway {
  gateway: Copy;
  operator: Operator;
  client(token: string): Api;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Replaces the stack's gateway by one on a Postgres cluster of its own. */
export async function startPausableGateway({ stack }: RunningStack): Promise<PausableGateway> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-store-'));
  const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
  const urls = await provisionDatabase({
    adminUrl: postgres.url,
    database: 'nexivo',
    services: ['gateway'],
    passwords: { gateway: 'test' },
  });
  const ownDatabase = { DATABASE_URL: urls['gateway']! };
  await runProgram('migration', process.execPath, [join(defaultAppsDir, 'gateway/dist/migrate.js')], {
    env: { ...machineEnv(), ...ownDatabase },
    cwd: repositoryRoot,
  });
  await stack.services.gateway.stop();
  const gateway = await startCopy(stack, 'gateway', ownDatabase);
  const operator = await connectOperator(stack.envOf('admin')['NATS_URL']!);
  const signalAll = (signal: NodeJS.Signals): void => {
    // All of the cluster's processes: the postmaster alone would leave open connections working.
    for (const pid of [postgres.process.pid!, ...childrenOf(postgres.process.pid!)]) process.kill(pid, signal);
  };
  return {
    gateway,
    operator,
    client: (token) => new Api(gateway.origin, token),
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    stop: async () => {
      await operator.close();
      await gateway.process.stop();
      await postgres.stop();
      removeOutsideDirectory(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Linux keeps the parent as the fourth field of a process's status line, behind the name in parentheses. */
const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
