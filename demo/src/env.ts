import { join, resolve } from 'node:path';
import { Refused } from '@nexivo/admin/send';
import { readEnvFile } from '@nexivo/local/env-files';
import { repositoryRoot } from '@nexivo/local/paths';
import { readEnv, serviceEnv } from '@nexivo/runtime/env';
import type { LoadedService } from './load.js';

/** Each service's tables are filled as the role of that service; the bus is the operators'. */
const demoEnv = {
  NATS_URL: serviceEnv.NATS_URL,
  CANDIDATES_DATABASE_URL: serviceEnv.DATABASE_URL,
  JOBS_DATABASE_URL: serviceEnv.DATABASE_URL,
  SUBMISSIONS_DATABASE_URL: serviceEnv.DATABASE_URL,
};

/**
 * The URLs of the services' databases: those of the installation that the environment names, else those of the stack that runs here.
 * Never some of the one and some of the other, which would fill an account that is not there.
 *
 * @throws InvalidEnvironment
 * @throws Refused if no stack runs here
 */
export function readDatabaseUrls(): Record<LoadedService, string> {
  const isNamed = Object.keys(demoEnv).some((name) => process.env[name]);
  // Whatever asks the bus reads its settings in the environment.
  if (!isNamed) Object.assign(process.env, runningStackEnv());
  const env = readEnv(demoEnv);
  return {
    candidates: env.CANDIDATES_DATABASE_URL,
    jobs: env.JOBS_DATABASE_URL,
    submissions: env.SUBMISSIONS_DATABASE_URL,
  };
}

function runningStackEnv(): Record<string, string> {
  const dataDir = resolve(process.env['DATA_DIR'] || join(repositoryRoot, '.data'));
  const told = (program: LoadedService | 'admin', name: string): string => {
    const value = readEnvFile(dataDir, program)?.[name];
    if (value !== undefined) return value;
    const others = Object.keys(demoEnv).join(', ');
    throw new Refused(
      'no_running_stack',
      `No running stack found in ${dataDir}. Start one with npm start, or name another installation by ${others}.`,
    );
  };
  return {
    ...readEnvFile(dataDir, 'admin'),
    NATS_URL: told('admin', 'NATS_URL'),
    CANDIDATES_DATABASE_URL: told('candidates', 'DATABASE_URL'),
    JOBS_DATABASE_URL: told('jobs', 'DATABASE_URL'),
    SUBMISSIONS_DATABASE_URL: told('submissions', 'DATABASE_URL'),
  };
}
