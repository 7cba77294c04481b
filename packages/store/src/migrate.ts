import { errorLine } from '@nexivo/runtime/describe-error';
import { serviceEnv } from '@nexivo/runtime/env';
import { endOnUnfitServer, readEnvOrExit } from '@nexivo/runtime/exit';
import type { DatabaseOptions } from './database.js';
import { migrate } from './migrations.js';
import { prepareSchema } from './prepare-schema.js';
import { checkServer } from './server-check.js';

/** As many as a run makes at most. */
const CONNECTIONS = 3;
/** How long a server that is away is waited for. */
const WAIT_MS = 60_000;
/** How long a run that was told to end may take to roll back. */
const STOP_DEADLINE_MS = 10_000;
/** As shells number an end by SIGTERM: 128 and the number of the signal. */
const ENDED_BY_SIGTERM = 143;

/**
 * The body of every `migrate.ts`: brings the service's schema up to date and prints what it did, one line a migration; what it waits for
 * goes to standard error. It needs no more than `DATABASE_URL`. Ends the process with 1 where a migration fails, and with 143 after a
 * SIGTERM or SIGINT.
 */
export async function runMigrations(options: Omit<DatabaseOptions, 'url' | 'poolSize'>): Promise<void> {
  const env = readEnvOrExit({ DATABASE_URL: serviceEnv.DATABASE_URL });
  const tell = (line: string): void => void process.stderr.write(`${options.schema}: ${line}\n`);
  const ending = new AbortController();
  const end = (): void => {
    setTimeout(() => process.exit(ENDED_BY_SIGTERM), STOP_DEADLINE_MS).unref();
    ending.abort(new Error('told to end'));
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  try {
    await endOnUnfitServer(async () => {
      const wait = { waitForMs: WAIT_MS, report: tell, signal: ending.signal };
      await checkServer(env.DATABASE_URL, { connections: CONNECTIONS }, wait);
      await prepareSchema(env.DATABASE_URL, options.schema, options.extensions ?? []);
    });
    const done = await migrate(
      { ...options, url: env.DATABASE_URL, poolSize: 1 },
      { report: tell, signal: ending.signal },
    );
    process.stdout.write(
      done.map((name) => `${options.schema}: ${name}\n`).join('') || `${options.schema}: up to date\n`,
    );
  } catch (error) {
    tell(ending.signal.aborted ? 'not migrated: told to end' : `not migrated: ${errorLine(error)}`);
    process.exit(ending.signal.aborted ? ENDED_BY_SIGTERM : 1);
  } finally {
    process.off('SIGTERM', end).off('SIGINT', end);
  }
}
