import { type DatabaseOptions, migrate } from './database.js';
import { readEnvOrExit } from '@nexivo/runtime/start';
import { serviceEnv } from '@nexivo/runtime/env';

/**
 * The body of every `migrate.ts`: brings the service's schema up to date and prints what it did, one line a migration.
 * It needs no more than `DATABASE_URL`.
 */
export async function runMigrations(options: Omit<DatabaseOptions, 'url' | 'poolSize'>): Promise<void> {
  const env = readEnvOrExit({ DATABASE_URL: serviceEnv.DATABASE_URL });
  const done = await migrate({ ...options, url: env.DATABASE_URL, poolSize: 1 });
  process.stdout.write(
    done.map((name) => `${options.schema}: ${name}\n`).join('') || `${options.schema}: up to date\n`,
  );
}
