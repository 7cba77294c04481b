import { Busy } from '@nexivo/bus/busy';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Unavailability } from '@nexivo/bus/unavailability';
import { types } from 'node:util';
import pg from 'pg';
import {
  type DataSourceOptions,
  type EntityManager,
  type Logger,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { ResilientClient } from './client.js';
import { FairPool } from './fair-pool.js';
import { clientOf, hostsOf } from './hosts.js';
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

/** What the environment says of the connections, for `databaseModule`. */
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
export const OPEN_CONNECTIONS = 4;

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
