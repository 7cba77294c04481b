import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER } from '@nexivo/runtime/logging';
import { isDatabaseAway } from '@nexivo/store/database';
import { clientOf, hostsOf } from '@nexivo/store/hosts';
import { searchPathOf, sessionWith } from '@nexivo/store/session';
import pg from 'pg';
import type { Logger } from 'pino';

/** Injection token of the gateway's own database URL. */
export const AUTH_DATABASE_URL = Symbol('auth database url');

/** The database did not answer, or has not for a moment and is not asked. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
}

/** How many there are at most. */
export const AUTH_CONNECTIONS = 4;
const TIMEOUT_MS = 1_000;
/** After a failure, how long nobody waits for the store again. */
const PAUSE_MS = 1_000;

/**
 * The gateway's tables as every single request needs them: prepared statements on connections of their own, given up
 * on after a second, and then not waited for by anybody until it may be back.
 */
@Injectable()
export class AuthStore implements OnApplicationShutdown {
  private readonly pool: pg.Pool;
  private awayUntil = 0;

  constructor(
    @Inject(AUTH_DATABASE_URL) url: string,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.pool = new pg.Pool({
      Client: clientOf(pg.Client, url),
      connectionString: hostsOf(url)[0]!,
      max: AUTH_CONNECTIONS,
      application_name: 'nexivo-gateway-auth',
      // A crash of the server may forget what was used in its last half second; waiting for its disk would slow down every request.
      onConnect: sessionWith({
        search_path: searchPathOf('gateway'),
        synchronous_commit: 'off',
        statement_timeout: `${TIMEOUT_MS}ms`,
      }),
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    this.pool.on('error', (error) => logger.warn({ err: error }, 'auth store: idle connection lost'));
  }

  /**
   * Runs a prepared statement.
   *
   * @param name identifies the statement's text on the connection
   * @throws StoreAway when the database does not answer in time
   */
  async query<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    if (performance.now() < this.awayUntil) throw new StoreAway('the store is away');
    try {
      return (await this.pool.query<Row>({ name, text, values })).rows;
    } catch (error) {
      if (!isAway(error)) throw error;
      if (performance.now() >= this.awayUntil) this.logger.warn({ err: error }, 'auth store: away');
      this.awayUntil = performance.now() + PAUSE_MS;
      throw new StoreAway('the store does not answer', { cause: error });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

/** 57014 is the server's own statement timeout; the client's has no code. */
const isAway = (error: unknown): boolean =>
  isDatabaseAway(error) ||
  (error as { code?: string }).code === '57014' ||
  (error instanceof Error && /Query read timeout/.test(error.message));
