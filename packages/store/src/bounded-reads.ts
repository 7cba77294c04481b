import { currentContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import type { OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Queryable } from './pool.js';
import { ResilientClient } from './client.js';
import { clientOf, hostsOf } from './hosts.js';
import { searchPathOf, sessionWith } from './session.js';

/** How many connections, for each of the service's other ones. */
const SHARE_OF_POOL = 0.4;
/** Of them one account may use so many at once; the others stay for the rest, however slow its lists are. */
const SHARE_OF_ACCOUNT = 0.5;
/**
 * So many lists wait for their turn: what the largest plan admits in a minute, and more, but half of the commands that a process takes
 * (`COMMANDS_AT_ONCE`), so that reads by id and writes are taken whatever waits here.
 */
const MAX_WAITING = 1_000;
/** Where the command has no deadline. */
const MAX_WAIT_MS = 4_000;
/** What is kept of a command's time for the list itself; who would have less is told that it was too much. */
const KEPT_FOR_READING_MS = 500;
/** Less than the `timeoutMs` of a command. A statement also ends by its command's deadline (`ResilientClient`). */
const STATEMENT_TIMEOUT_MS = 2_500;
/** PostgreSQL's error code of a statement that was cancelled. */
const QUERY_CANCELED = '57014';

/**
 * Settings of these connections. A statement takes one core and not three, and a bitmap of a million rows fits into its memory. No
 * transaction here can write: the visibility horizon goes by their name (`NEVER_WRITES_LISTS`).
 */
const SESSION = {
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  work_mem: '16MB',
  default_transaction_read_only: 'on',
  statement_timeout: `${STATEMENT_TIMEOUT_MS}ms`,
};

/** How many connections there are at most, beside so many of the service's others. One of two is always left for another account. */
export const connectionsForReads = (poolSize: number): number => Math.max(2, Math.round(poolSize * SHARE_OF_POOL));

/**
 * Connections apart for reads whose duration nobody knows beforehand, such as searches: what is slow there keeps no read by id and no
 * write waiting. The accounts have their turns one after the other (a bulkhead with a fair queue).
 */
export class BoundedReads implements OnApplicationShutdown {
  private readonly pool: pg.Pool;
  /** How the connections are used. */
  readonly turns: FairSemaphore;

  /** @param poolSize of the service's other connections */
  constructor({ url, schema, poolSize }: { url: string; schema: string; poolSize: number }) {
    const slots = connectionsForReads(poolSize);
    this.turns = new FairSemaphore({
      slots,
      slotsPerKey: Math.floor(slots * SHARE_OF_ACCOUNT),
      waiting: MAX_WAITING,
      name: `The ${schema} service`,
    });
    this.pool = new pg.Pool({
      Client: clientOf(ResilientClient, url),
      connectionString: hostsOf(url)[0]!,
      max: slots,
      application_name: `nexivo-${schema}:reads`,
      onConnect: sessionWith({ ...SESSION, search_path: searchPathOf(schema) }),
      connectionTimeoutMillis: 1_500,
      // For a server that does not hear.
      query_timeout: STATEMENT_TIMEOUT_MS + 500,
      keepAlive: true,
      idleTimeoutMillis: 30_000,
    });
    this.pool.on('error', () => undefined);
  }

  /**
   * Reads on one connection, when it is the turn of the account that asks.
   *
   * @param read its statements, one after the other
   * @throws Busy when too many lists of the account run and wait, or its turn has not come in time
   * @throws DomainError `service_timeout` when a statement took too long and was ended
   */
  async run<Result>(read: (connection: Queryable) => Promise<Result>): Promise<Result> {
    const { accountId = '', deadline = Infinity } = currentContext() ?? {};
    const maxWaitMs = deadline - performance.now() - KEPT_FOR_READING_MS;
    const giveBack = await this.turns.acquire(accountId, Math.min(MAX_WAIT_MS, maxWaitMs));
    try {
      return await this.onConnection(read);
    } finally {
      giveBack();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  private async onConnection<Result>(read: (connection: Queryable) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    let isUsable = true;
    try {
      return await read(client);
    } catch (error) {
      // Otherwise a statement may be under way still.
      isUsable = error instanceof pg.DatabaseError || error instanceof DomainError;
      throw (error as { code?: unknown }).code === QUERY_CANCELED ? tooSlow(error) : error;
    } finally {
      client.release(!isUsable);
    }
  }
}

const tooSlow = (cause: unknown): DomainError =>
  new DomainError('service_timeout', {
    detail: 'The list took too long to find and was given up; narrow it by other words or filters.',
    cause,
  });

const readsOf = new WeakMap<DataSource, BoundedReads>();

/** The connections apart of a service, which {@link openBoundedReads} has opened. */
export function boundedReadsOf(database: DataSource): BoundedReads {
  const reads = readsOf.get(database);
  if (!reads) throw new Error('the database has no bounded reads: it was not made by databaseModule');
  return reads;
}

/** Connections are made when they are needed, and closed with the application. */
export function openBoundedReads(
  database: DataSource,
  options: ConstructorParameters<typeof BoundedReads>[0],
): BoundedReads {
  const reads = new BoundedReads(options);
  readsOf.set(database, reads);
  return reads;
}
