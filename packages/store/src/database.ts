import { TypeOrmModule } from '@nestjs/typeorm';
import type { DynamicModule } from '@nestjs/common';
import { Busy } from '@nexivo/bus/busy';
import { DomainError } from '@nexivo/bus/domain-error';
import { BACKING_STORE, type BackingStore } from '@nexivo/runtime/backing-store';
import type { Unavailability } from '@nexivo/bus/unavailability';
import { LOGGER } from '@nexivo/runtime/logging';
import { types } from 'node:util';
import pg from 'pg';
import type { Logger as Log } from 'pino';
import {
  DataSource,
  type DataSourceOptions,
  type EntityManager,
  type Logger,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { BoundedReads, connectionsForReads, openBoundedReads } from './bounded-reads.js';
import { ResilientClient } from './client.js';
import { isConflict, RetryingDataSource } from './data-source.js';
import { FairPool } from './fair-pool.js';
import { clientOf, hostsOf } from './hosts.js';
import { openConnections, poolOf } from './pool.js';
import { checkServer } from './server-check.js';
import { READ_ONLY_SQLSTATE, searchPathOf, sessionWith } from './session.js';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** What a service says of its database. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** How long to wait for a connection; five seconds unless told. */
  readonly connectTimeoutMs?: number;
  /** The one schema that the service owns. */
  readonly schema: string;
  readonly entities: NonNullable<PostgresOptions['entities']>;
  readonly migrations: NonNullable<PostgresOptions['migrations']>;
  /** What the migrations need in the database beside what is built in. */
  readonly extensions?: readonly string[];
  /** How many connections the service makes beside the pool. */
  readonly otherConnections?: number;
}

/** What the environment says of the connections, for {@link databaseModule}. */
export const connectionSettings = (env: {
  DATABASE_URL: string;
  DATABASE_POOL_SIZE: number;
  DATABASE_CONNECT_TIMEOUT_S: number;
}): Pick<DatabaseOptions, 'url' | 'poolSize' | 'connectTimeoutMs'> => ({
  url: env.DATABASE_URL,
  poolSize: env.DATABASE_POOL_SIZE,
  connectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_S * 1_000,
});

/** As many are open before a service is ready, and stay so: the first requests do not wait for what takes long on a busy machine. */
const OPEN_CONNECTIONS = 4;

const nothing = (): void => undefined;
/** TypeORM tells of failed statements on standard output, whatever `logging` says. Who catches the error logs it. */
const silent: Logger = {
  log: nothing,
  logMigration: nothing,
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
};

/** For TypeORM, which the service's own connections and those of its migrations share. */
export const dataSourceOptions = ({
  url,
  poolSize,
  connectTimeoutMs = 5_000,
  schema,
  entities,
  migrations,
}: DatabaseOptions): PostgresOptions => ({
  type: 'postgres',
  url: hostsOf(url)[0]!,
  schema,
  entities,
  migrations,
  migrationsTableName: 'migrations',
  synchronize: false,
  installExtensions: false,
  logging: false,
  logger: silent,
  poolSize,
  applicationName: `nexivo-${schema}`,
  connectTimeoutMS: connectTimeoutMs,
  driver: { ...pg, Pool: FairPool },
  extra: {
    Client: clientOf(ResilientClient, url),
    onConnect: sessionWith({ search_path: searchPathOf(schema), statement_timeout: '10s' }),
    query_timeout: 10_000,
    keepAlive: true,
    idleTimeoutMillis: 30_000,
    min: Math.min(poolSize, OPEN_CONNECTIONS),
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
      useFactory: async (logger: Log) => {
        const { url, poolSize, otherConnections = 0 } = options;
        const report = (line: string): void => logger.warn(`database: ${line}`);
        // One of the pool's is for probes.
        const connections = poolSize + 1 + connectionsForReads(poolSize) + otherConnections;
        await checkServer(url, { connections }, { waitForMs: Infinity, report });
        return { ...dataSourceOptions(options), retryAttempts: Number.MAX_SAFE_INTEGER, retryDelay: 1_000 };
      },
      dataSourceFactory: (all) => new RetryingDataSource(all!).initialize(),
    }),
  ],
  providers: [
    {
      provide: BACKING_STORE,
      inject: [DataSource],
      useFactory: async (database: DataSource): Promise<BackingStore> => {
        await openConnections(poolOf(database), Math.min(options.poolSize, OPEN_CONNECTIONS));
        return {
          state: () => stateOfSchema(database),
          time: async () => {
            const { rows } = await poolOf(database).probe<{ time: Date }>('select clock_timestamp() as time');
            return rows[0]!.time;
          },
          unavailability: (error) => unavailabilityOf(error) ?? (isConflict(error) ? 'busy' : undefined),
          refusalOf,
        };
      },
    },
    {
      provide: BoundedReads,
      inject: [DataSource],
      useFactory: (database: DataSource) => openBoundedReads(database, options),
    },
  ],
  exports: [BACKING_STORE],
});

/** PostgreSQL's error code. */
const UNDEFINED_TABLE = '42P01';

/** Of a later version the database may have more migrations. */
async function stateOfSchema(database: DataSource): Promise<'ok' | 'not migrated' | 'read-only'> {
  try {
    const { rows } = await poolOf(database).probe<{ count: number; is_read_only: boolean }>(
      `select count(*)::integer as count, current_setting('transaction_read_only') = 'on' as is_read_only from migrations`,
    );
    if (rows[0]!.is_read_only) return 'read-only';
    return rows[0]!.count < database.migrations.length ? 'not migrated' : 'ok';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === UNDEFINED_TABLE) return 'not migrated';
    if (code === READ_ONLY_SQLSTATE) return 'read-only';
    throw error;
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
  // The machine has no file, buffer or port left for another connection.
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'EADDRNOTAVAIL',
]);
// Class 08 is connection exception, 57P0x is shutdown or start-up, 53100 is a full disk (PostgreSQL, appendix A). One that takes no writes is
// a standby, or is about to be replaced.
const AWAY_SQLSTATE = new RegExp(`^(08...|57P0[1235]|53100|${READ_ONLY_SQLSTATE})$`);
const AWAY_MESSAGES = /Connection terminated|Client has encountered a connection error|Client was closed/;
const TOO_MANY_CONNECTIONS = '53300';
/** What node-postgres' pool says when none of its connections became free in time; of one that could not be made it says "terminated". */
const POOL_FULL = 'timeout exceeded when trying to connect';

/**
 * Why the database did not take a statement that it may take later: it could not be reached, its disk was full, or all its connections, or ours, were in use.
 *
 * @returns undefined where it refused, or anything else is wrong
 */
export function unavailabilityOf(error: unknown): Unavailability | undefined {
  if (!types.isNativeError(error)) return undefined;
  const { code } = error as { code?: unknown };
  if (error instanceof Busy || code === TOO_MANY_CONNECTIONS || error.message === POOL_FULL) return 'busy';
  if (typeof code === 'string' && (AWAY_CODES.has(code) || AWAY_SQLSTATE.test(code))) return 'away';
  // What TypeORM says to the statement that follows the one during which the connection was lost.
  if (error instanceof QueryRunnerAlreadyReleasedError) return 'away';
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return 'away';
  if ('errors' in error && Array.isArray(error.errors))
    return error.errors.map(unavailabilityOf).find((each) => each !== undefined);
  if (error instanceof QueryFailedError) return unavailabilityOf(error.driverError);
  return AWAY_MESSAGES.test(error.message) ? 'away' : undefined;
}

/** What a statement was refused with on this side, before or after it was sent. TypeORM wraps it. */
export const refusalOf = (error: unknown): DomainError | undefined => {
  const driverError: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return driverError instanceof DomainError ? driverError : undefined;
};

/**
 * The time by the database's clock, to the millisecond: the replicas of a service share it, so that what they write compares.
 * It is the statement's time and not the transaction's: read under a lock, it is later than all that held the lock before.
 */
export async function databaseTime(manager: EntityManager): Promise<Date> {
  const [{ time }] = await manager.query<[{ time: Date }]>('select clock_timestamp()::timestamptz(3) as time');
  return time;
}
