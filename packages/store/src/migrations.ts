import { setTimeout as delay } from 'node:timers/promises';
import { errorLine } from '@nexivo/runtime/describe-error';
import { DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dataSourceOptions, type DatabaseOptions, unavailabilityOf } from './database.js';
import { takeMigrationLock } from './migration-lock.js';
import { MigrationWatch } from './migration-watch.js';
import { searchPathOf, sessionWith } from './session.js';

/** How a run of migrations behaves beside what it does. */
export interface MigrateOptions {
  /** Told, a line each, what the run waits for and how far a long migration is. */
  readonly report?: (line: string) => void;
  /** Ends the run: what is under way in a transaction is rolled back, what is not goes on with the next run. */
  readonly signal?: AbortSignal | undefined;
  /** How long a database that is away is tried for. */
  readonly connectForMs?: number;
  /** How often the same wait is reported. */
  readonly reportEveryMs?: number;
}

const CONNECT_FOR_MS = 60_000;
const REPORT_EVERY_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * How long a statement waits for a lock. Behind one that waits for a table stands everybody who wants to read it, so it gives up soon
 * and is tried again.
 */
const LOCK_TIMEOUT_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Of PostgreSQL: a lock that was not had in time, and a deadlock. */
const LOCK_CODES = new Set(['55P03', '40P01']);

/**
 * Brings the schema up to date, on connections of its own. Statements may take as long as they need; for a lock they wait half a
 * second, and are tried again until they get it. A database that is away is tried for a minute. Runs take turns: one that finds
 * another at work waits for its end.
 *
 * A migration runs in a transaction, unless it says `transaction = false`: then each of its statements is for good, and what is broken
 * off is run again from its beginning.
 *
 * @returns the names of the migrations that were missing
 * @throws the reason of `signal` once everything is ended; what the database says of a migration that it refuses
 */
export async function migrate(options: DatabaseOptions, behaviour: MigrateOptions = {}): Promise<string[]> {
  const { signal, connectForMs = CONNECT_FOR_MS, report = () => undefined } = behaviour;
  let reachedAt = performance.now();
  let isReported = false;
  for (;;) {
    signal?.throwIfAborted();
    const dataSource = new DataSource(ownConnections(options));
    try {
      await dataSource.initialize();
      reachedAt = performance.now();
      return await runOn(dataSource, options.schema, behaviour);
    } catch (error) {
      signal?.throwIfAborted();
      const unavailability = unavailabilityOf(error);
      if (!unavailability || performance.now() - reachedAt >= connectForMs) throw error;
      if (!isReported) report(`the database is ${unavailability}, trying on: ${errorLine(error)}`);
      isReported = true;
    } finally {
      if (dataSource.isInitialized) await dataSource.destroy().catch(() => undefined);
    }
    await pause(1_000, signal);
  }
}

/** One for the migrations, one to watch them by. */
const ownConnections = (options: DatabaseOptions) => ({
  ...dataSourceOptions({ ...options, poolSize: 2 }),
  applicationName: `nexivo-${options.schema}-migrate`,
  connectTimeoutMS: CONNECT_TIMEOUT_MS,
  extra: {
    ...dataSourceOptions(options).extra,
    query_timeout: 0,
    onConnect: sessionWith({
      search_path: searchPathOf(options.schema),
      statement_timeout: '0',
      lock_timeout: `${LOCK_TIMEOUT_MS}ms`,
    }),
  },
});

async function runOn(dataSource: DataSource, schema: string, behaviour: MigrateOptions): Promise<string[]> {
  const { signal, report = () => undefined, reportEveryMs = REPORT_EVERY_MS } = behaviour;
  const session = dataSource.createQueryRunner();
  try {
    await prepare(session);
    await takeMigrationLock(session, schema, { signal, report, reportEveryMs });
    const pending = await new MigrationExecutor(dataSource, session).getPendingMigrations();
    const missing = pending.map(({ name }) => name);
    if (missing.length === 0) return [];
    const watch = await MigrationWatch.start(dataSource, session, missing, { report, reportEveryMs, signal });
    try {
      for (const name of missing)
        await runPatiently(new OneMigration(dataSource, session, name), session, watch, signal);
    } finally {
      await watch.stop();
    }
    return missing;
  } finally {
    await session.release();
  }
}

/** Whatever the role or the database has as its own settings. */
async function prepare(session: QueryRunner): Promise<void> {
  await session.query('set statement_timeout = 0');
  await session.query('set idle_in_transaction_session_timeout = 0');
  // The server notices a run that was killed, also in the middle of a statement, and gives its locks back. Not on every system it can.
  await session.query(`set client_connection_check_interval = '5s'`).catch(() => undefined);
}

/** Runs one migration of those that are missing: each begins with the session as it should be, whatever the one before has set. */
class OneMigration extends MigrationExecutor {
  constructor(
    dataSource: DataSource,
    session: QueryRunner,
    private readonly migrationName: string,
  ) {
    super(dataSource, session);
    this.transaction = 'each';
  }

  protected override getMigrations(): Migration[] {
    return super.getMigrations().filter(({ name }) => name === this.migrationName);
  }
}

async function runPatiently(
  executor: MigrationExecutor,
  session: QueryRunner,
  watch: MigrationWatch,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let pauseMs = 1_000; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await session.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await executor.executePendingMigrations();
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!LOCK_CODES.has(String((error as { code?: unknown }).code))) throw error;
      watch.noteLockTimeout();
    }
    await pause(pauseMs, signal);
  }
}

/** @throws the reason of `signal` */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
