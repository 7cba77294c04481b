import { TypeOrmModule } from '@nestjs/typeorm';
import type { DynamicModule } from '@nestjs/common';
import { BACKING_STORE, type BackingStore } from '@nexivo/runtime/backing-store';
import { LOGGER } from '@nexivo/runtime/logging';
import pg from 'pg';
import type { Logger } from 'pino';
import {
  DataSource,
  type DataSourceOptions,
  type EntityManager,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { isConflict, RetryingDataSource } from './data-source.js';
import { clientOf, hostsOf } from './hosts.js';
import { checkServer } from './server-check.js';
import { READ_ONLY_SQLSTATE, searchPathOf, sessionWith } from './session.js';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** What a service says of its database. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The one schema that the service owns. */
  readonly schema: string;
  readonly entities: NonNullable<PostgresOptions['entities']>;
  readonly migrations: NonNullable<PostgresOptions['migrations']>;
  /** What the migrations need in the database beside what is built in. */
  readonly extensions?: readonly string[];
  /** How many connections the service makes beside the pool. */
  readonly otherConnections?: number;
}

/**
 * A connection that may be lost at any moment, for pools: its next statement fails, and that is all. Without a listener, its
 * error would end the process. TypeORM listens only a turn after it was given the connection, and misses the error of a server
 * that greets and ends in the same breath, as one does that is being restarted.
 */
export class ResilientClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

const dataSourceOptions = ({ url, poolSize, schema, entities, migrations }: DatabaseOptions): PostgresOptions => ({
  type: 'postgres',
  url: hostsOf(url)[0]!,
  schema,
  entities,
  migrations,
  migrationsTableName: 'migrations',
  synchronize: false,
  installExtensions: false,
  logging: false,
  poolSize,
  applicationName: `nexivo-${schema}`,
  // A database that is away must be noticed sooner than the caller gives up.
  connectTimeoutMS: 1_500,
  extra: {
    Client: clientOf(ResilientClient, url),
    onConnect: sessionWith({ search_path: searchPathOf(schema), statement_timeout: '10s' }),
    query_timeout: 10_000,
    keepAlive: true,
    idleTimeoutMillis: 30_000,
  },
});

class DatabaseModule {}

/** The Nest module that holds the service's connections. It waits for a database that is not there yet. */
export const databaseModule = (options: DatabaseOptions): DynamicModule => ({
  module: DatabaseModule,
  global: true,
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [LOGGER],
      useFactory: async (logger: Logger) => {
        const { url, poolSize, otherConnections = 0 } = options;
        const report = (line: string): void => logger.warn(`database: ${line}`);
        await checkServer(url, { connections: poolSize + otherConnections }, { waitForMs: Infinity, report });
        return { ...dataSourceOptions(options), retryAttempts: Number.MAX_SAFE_INTEGER, retryDelay: 1_000 };
      },
      dataSourceFactory: (all) => new RetryingDataSource(all!).initialize(),
    }),
  ],
  providers: [
    {
      provide: BACKING_STORE,
      inject: [DataSource],
      useFactory: (database: DataSource): BackingStore => ({
        state: () => stateOfSchema(database),
        isAway: (error) => isDatabaseAway(error) || isConflict(error),
      }),
    },
  ],
  exports: [BACKING_STORE],
});

/** PostgreSQL's error code. */
const UNDEFINED_TABLE = '42P01';

/** Of a later version the database may have more migrations. */
async function stateOfSchema(database: DataSource): Promise<'ok' | 'not migrated' | 'read-only'> {
  try {
    const [{ count, is_read_only }] = await database.query<[{ count: number; is_read_only: boolean }]>(
      `select count(*)::integer as count, current_setting('transaction_read_only') = 'on' as is_read_only from migrations`,
    );
    if (is_read_only) return 'read-only';
    return count < database.migrations.length ? 'not migrated' : 'ok';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === UNDEFINED_TABLE) return 'not migrated';
    if (code === READ_ONLY_SQLSTATE) return 'read-only';
    throw error;
  }
}

/** Brings the schema up to date. Concurrent runs take turns, so that every replica of a service may call it. */
export async function migrate(options: DatabaseOptions): Promise<string[]> {
  const dataSource = await new DataSource({ ...dataSourceOptions(options), poolSize: 2 }).initialize();
  try {
    const lock = dataSource.createQueryRunner();
    await lock.query('select pg_advisory_lock(hashtext($1))', [`migrate ${options.schema}`]);
    try {
      const done = await dataSource.runMigrations({ transaction: 'each' });
      return done.map(({ name }) => name);
    } finally {
      await lock.query('select pg_advisory_unlock(hashtext($1))', [`migrate ${options.schema}`]);
      await lock.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);
// Class 08 is connection exception, 57P0x is shutdown or start-up, 53300 is too many connections (PostgreSQL, appendix A). One that takes no
// writes is a standby, or is about to be replaced.
const AWAY_SQLSTATE = new RegExp(`^(08...|57P0[1235]|53300|${READ_ONLY_SQLSTATE})$`);
const AWAY_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed/;

/** Whether an error means that the database could not be reached, rather than that it refused. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (AWAY_CODES.has(code) || AWAY_SQLSTATE.test(code))) return true;
  // What TypeORM says to the statement that follows the one during which the connection was lost.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (error instanceof QueryFailedError) return isDatabaseAway(error.driverError);
  return AWAY_MESSAGES.test(error.message);
}

/**
 * The time by the database's clock, to the millisecond: the replicas of a service share it, so that what they write compares.
 * It is the statement's time and not the transaction's: read under a lock, it is later than all that held the lock before.
 */
export async function databaseTime(manager: EntityManager): Promise<Date> {
  const [{ time }] = await manager.query<[{ time: Date }]>('select clock_timestamp()::timestamptz(3) as time');
  return time;
}
