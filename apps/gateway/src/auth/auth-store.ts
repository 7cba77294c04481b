import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Busy } from '@nexivo/bus/busy';
import type { Unavailability } from '@nexivo/bus/unavailability';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import { LOGGER } from '@nexivo/runtime/logging';
import { unavailabilityOf } from '@nexivo/store/database';
import { clientOf, hostsOf } from '@nexivo/store/hosts';
import { openConnections } from '@nexivo/store/pool';
import { searchPathOf, sessionWith } from '@nexivo/store/session';
import pg from 'pg';
import type { Logger } from 'pino';

/** Injection token of the gateway's own database URL. */
export const AUTH_DATABASE_URL = Symbol('auth database url');

/** The database did not answer in time, or has not for a moment and is not asked. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
}

/** How many there are at most. */
export const AUTH_CONNECTIONS = 4;
/** Of them one line of statements has at most so many; however slow they are, there is one left for the others. */
const CONNECTIONS_PER_LINE = 3;
const TIMEOUT_MS = 1_000;
/** The server is to end a statement before it is given up here: then the connection stays. */
const STATEMENT_TIMEOUT_MS = 900;
/** After a failure, how long nobody waits for the store again. */
const PAUSE_MS = 1_000;
/** So many statements in a row that take too long, of more than one line, mean that the store is away. Fewer are slow themselves. */
const TIMEOUTS_IN_A_ROW = 3;

/**
 * The gateway's tables as every single request needs them: prepared statements on connections of their own, given up
 * on after a second.
 *
 * Where the store cannot be reached, nobody waits for it again until it may be back. A statement that is slow by itself, such as one that
 * waits for the lock of its account's row, fails alone.
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
  ) {
    this.pool = new pg.Pool({
      Client: clientOf(pg.Client, url),
      connectionString: hostsOf(url)[0]!,
      max: AUTH_CONNECTIONS,
      min: AUTH_CONNECTIONS,
      application_name: 'nexivo-gateway-auth',
      // A crash of the server may forget what was used in its last half second; waiting for its disk would slow down every request.
      onConnect: sessionWith({
        search_path: searchPathOf('gateway'),
        synchronous_commit: 'off',
        statement_timeout: `${STATEMENT_TIMEOUT_MS}ms`,
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
   * @param name identifies the statement's text on the connection
   * @param line whose statements take turns with those of others; an account's id, or the name
   * @throws StoreAway when the database does not answer in time
   */
  async query<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[],
    line = name,
  ): Promise<Row[]> {
    if (performance.now() < this.awayUntil) throw new StoreAway('the store is away');
    let release: (() => void) | undefined;
    try {
      release = await this.connections.acquire(line, TIMEOUT_MS);
      const { rows } = await this.pool.query<Row>({ name, text, values });
      this.answered();
      return rows;
    } catch (error) {
      const unavailability = unavailabilityOf(error);
      if (isTimeout(error)) this.timedOut(line, error);
      else if (!unavailability) {
        this.answered();
        throw error;
      } else if (!(error instanceof Busy)) this.pause(error, unavailability);
      throw new StoreAway('the store does not answer', { cause: error });
    } finally {
      release?.();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  private answered(): void {
    this.timeouts = 0;
    this.slowLines.clear();
  }

  private timedOut(line: string, error: unknown): void {
    this.timeouts++;
    this.slowLines.add(line);
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
