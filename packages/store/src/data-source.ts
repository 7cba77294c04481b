import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';

/** PostgreSQL's codes of a transaction that was given up for another one: a conflict of snapshots, and a deadlock. */
const CONFLICT_SQLSTATES = new Set(['40001', '40P01']);
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 10;

/** Whether a transaction failed because of another one that ran beside it: tried again, it may succeed. */
export function isConflict(error: unknown): boolean {
  const { code } = (error instanceof QueryFailedError ? error.driverError : (error ?? {})) as { code?: unknown };
  return typeof code === 'string' && CONFLICT_SQLSTATES.has(code);
}

/** What a transaction does. It may run more than once, so it changes nothing outside but what it may do again. */
type Work<Result> = (tx: EntityManager) => Promise<Result>;

/**
 * TypeORM's source of connections, whose transactions are run again, whole, when they were given up for another one that ran beside
 * them: five times at most, after pauses that grow and differ.
 */
export class RetryingDataSource extends DataSource {
  override transaction<Result>(work: Work<Result>): Promise<Result>;
  override transaction<Result>(isolation: IsolationLevel, work: Work<Result>): Promise<Result>;
  override async transaction<Result>(...args: unknown[]): Promise<Result> {
    const run = super.transaction.bind(this) as (...each: unknown[]) => Promise<Result>;
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(...args);
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) throw error;
      }
      await delay(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}
