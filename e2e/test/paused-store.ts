import { join } from 'node:path';
import { repositoryRoot } from '@nexivo/local/paths';
import { provisionDatabase } from '@nexivo/local/provision';
import { runProgram } from '@nexivo/local/run-program';
import { defaultAppsDir, machineEnv } from '@nexivo/local/services';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { startPausablePostgres } from '@nexivo/testing/pausable-postgres';
import { type Replica, startReplica } from './replica.js';
import type { RunningStack } from './running-stack.js';

/** A gateway whose Postgres is its own, so that it can be paused while the other services work. */
export interface PausableGateway {
  gateway: Replica;
  operator: Operator;
  client(token: string): Api;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Replaces the stack's gateway by one on a Postgres cluster of its own. */
export async function startPausableGateway({ stack }: RunningStack): Promise<PausableGateway> {
  const postgres = await startPausablePostgres();
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
  const gateway = await startReplica(stack, 'gateway', ownDatabase);
  const operator = await connectOperator(stack.envOf('admin')['NATS_URL']!);
  return {
    gateway,
    operator,
    client: (token) => new Api(gateway.origin, token),
    pause: () => postgres.pause(),
    resume: () => postgres.resume(),
    stop: async () => {
      await operator.close();
      await gateway.process.stop();
      await postgres.stop();
    },
  };
}
