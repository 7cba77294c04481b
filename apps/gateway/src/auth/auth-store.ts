import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Unavailability } from '@nexivo/bus/unavailability';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import { LOGGER } from '@nexivo/runtime/logging';
import { unavailabilityOf } from '@nexivo/store/database';
import { clientOf, hostsOf } from '@nexivo/store/hosts';
import { openConnections } from '@nexivo/store/pool';
import { PoolMetrics } from '@nexivo/store/pool-metrics';
import { searchPathOf, sessionWith } from '@nexivo/store/session';
import pg from 'pg';
import type { Logger } from 'pino';

/** Injection token of the gateway's own database URL. */
export const AUTH_DATABASE_URL = Symbol('auth database url');

/** The database cannot be reached or does not answer, or has not for a moment and is not asked. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';

  /** @param wasSent whether the statement may have been carried out */
  constructor(
    message: string,
    readonly wasSent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A statement of the {@link AuthStore}. */
interface AuthStatement {
  /** Identifies its text on a connection. */
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
  /** Whose statements take turns with those of others; the name unless told. */
  readonly line?: string;
  /** It waits for no lock: when it takes too long, the store is slow. */
  readonly waitsForNobody?: boolean;
}

/** How many there are at most. */
export const AUTH_CONNECTIONS = 4;
/** Of them one line of statements has at most so many; however slow they are, there is one left for the others. */
const CONNECTIONS_PER_LINE = 3;
/** How long a statement waits for a connection: as long as a client's request waits for its service. */
export const WAIT_MS = 5_000;
const TIMEOUT_MS = 1_000;
/** The server is to end a statement before it is given up here: then the connection stays. */
const STATEMENT_TIMEOUT_MS = 900;
/** After a failure, how long nobody waits for the store again. */
const PAUSE_MS = 1_000;
/** So many statements in a row that take too long, not all of one line, mean that the store is away. Fewer are slow themselves. */
const TIMEOUTS_IN_A_ROW = 3;

/**
 * The gateway's tables as every single request needs them: prepared statements on connections of their own, given up
 * on after a second.
 *
 * Where the store cannot be reached, nobody waits for it again until it may be back. A statement that is slow by itself, such as one that
 * waits for the lock of its account's row, fails alone; so does one that gets no connection in time, for that is no fault of the store.
 */
@Injectable()
export class AuthStore implements OnModuleInit, OnApplicationShutdown {
  private readonly pool: pg.Pool;
  private readonly connections = new FairSemaphore({
    slots: AUTH_CONNECTIONS,
    slotsPerKey: CONNECTIONS_PER_LINE,
    name: 'The gateway',
  });
  private awayUntil = 0;
  /** Since the last answer: how many statements have taken too long, and of which lines. */
  private timeouts = 0;
  private readonly slowLines = new Set<string>();

  constructor(
    @Inject(AUTH_DATABASE_URL) url: string,
    @Inject(LOGGER) private readonly logger: Logger,
    pools: PoolMetrics,
  ) {
    pools.add('auth', this.connections);
    this.pool = new pg.Pool({
      Client: clientOf(pg.Client, url),
      connectionString: hostsOf(url)[0]!,
      max: AUTH_CONNECTIONS,
      min: AUTH_CONNECTIONS,
      application_name: 'nexivo-gateway-auth',
      onConnect: sessionWith({
        search_path: searchPathOf('gateway'),
        // A crash of the server may forget what was used in its last half second; waiting for its disk would slow down every request.
        synchronous_commit: 'off',
        statement_timeout: `${STATEMENT_TIMEOUT_MS}ms`,
        // All of it is found by key. A statement may be planned while a table is small or empty, and then be used on a large one.
        enable_seqscan: 'off',
        enable_hashjoin: 'off',
        enable_mergejoin: 'off',
        jit: 'off',
      }),
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    this.pool.on('error', (error) => logger.warn({ err: error }, 'auth store: idle connection lost'));
  }

  /** The first requests do not wait for connections. */
  async onModuleInit(): Promise<void> {
    await openConnections(this.pool, AUTH_CONNECTIONS);
  }

  /**
   * Runs a prepared statement.
   *
   * @throws StoreAway when the database does not answer in time
   * @throws Busy when no connection was free for {@link WAIT_MS}
   */
  async query<Row extends pg.QueryResultRow>(statement: AuthStatement): Promise<Row[]> {
    const { name, text, values, line = name } = statement;
    this.throwIfAway();
    const release = await this.connections.acquire(line, WAIT_MS);
    try {
      // It may have gone meanwhile.
      this.throwIfAway();
      const { rows } = await this.pool.query<Row>({ name, text, values });
      this.answered();
      return rows;
    } catch (error) {
      if (error instanceof StoreAway) throw error;
      const unavailability = unavailabilityOf(error);
      if (isTimeout(error)) this.timedOut(statement, error);
      else if (unavailability) this.pause(error, unavailability);
      else {
        this.answered();
        throw error;
      }
      throw new StoreAway('the store does not answer', true, { cause: error });
    } finally {
      release();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  private throwIfAway(): void {
    if (performance.now() < this.awayUntil) throw new StoreAway('the store is away', false);
  }

  private answered(): void {
    this.timeouts = 0;
    this.slowLines.clear();
  }

  private timedOut({ name, line = name, waitsForNobody = false }: AuthStatement, error: unknown): void {
    this.timeouts++;
    this.slowLines.add(waitsForNobody ? `${line} ${this.timeouts}` : line);
    if (this.timeouts >= TIMEOUTS_IN_A_ROW && this.slowLines.size > 1) this.pause(error, 'away');
    else this.logger.warn({ err: error }, 'auth store: slow statement');
  }

  private pause(error: unknown, why: Unavailability): void {
    if (performance.now() >= this.awayUntil) this.logger.warn({ err: error }, `auth store: ${why}`);
    this.awayUntil = performance.now() + PAUSE_MS;
  }
}

/** 57014 is the server's own statement timeout; the client's has no code. */
const isTimeout = (error: unknown): boolean =>
  (error as { code?: string }).code === '57014' || (error instanceof Error && /Query read timeout/.test(error.message));
