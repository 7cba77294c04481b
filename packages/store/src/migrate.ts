import { type DatabaseOptions, migrate } from './database.js';
import { endOnUnfitServer, readEnvOrExit } from '@nexivo/runtime/start';
import { serviceEnv } from '@nexivo/runtime/env';
import { prepareSchema } from './prepare-schema.js';
import { checkServer } from './server-check.js';

/** As many as a run makes at most. */
const CONNECTIONS = 3;
/** How long a server that is away is waited for. */
const WAIT_MS = 60_000;

/**
 * The body of every `migrate.ts`: brings the service's schema up to date and prints what it did, one line a migration.
 * It needs no more than `DATABASE_URL`.
 */
export async function runMigrations(options: Omit<DatabaseOptions, 'url' | 'poolSize'>): Promise<void> {
  const env = readEnvOrExit({ DATABASE_URL: serviceEnv.DATABASE_URL });
  const report = (line: string): void => void process.stderr.write(`${options.schema}: ${line}\n`);
  await endOnUnfitServer(async () => {
    await checkServer(env.DATABASE_URL, { connections: CONNECTIONS }, { waitForMs: WAIT_MS, report });
    await prepareSchema(env.DATABASE_URL, options.schema, options.extensions ?? []);
  });
  const done = await migrate({ ...options, url: env.DATABASE_URL, poolSize: 1 });
  process.stdout.write(
    done.map((name) => `${options.schema}: ${name}\n`).join('') || `${options.schema}: up to date\n`,
  );
}
