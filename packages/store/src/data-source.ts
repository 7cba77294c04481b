import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import type { Statement } from './pool.js';
import { queryIn, startIn } from './row-statements.js';

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

/** Under which a transaction keeps what was sent in it and not waited for. */
const SENT = 'nexivo.sent';

/**
 * Sends a statement whose answer the rest of the transaction does not need, and that waits for no lock of another one. It travels with what follows it.
 * If it fails, so does the transaction.
 *
 * @param tx of {@link RetryingDataSource.transaction}; of another the answer is waited for
 */
export async function sendIn(tx: EntityManager, statement: Statement): Promise<void> {
  const sent = tx.queryRunner?.data[SENT] as Promise<unknown>[] | undefined;
  if (!sent) return void (await queryIn(tx, statement));
  const { answer } = await startIn(tx, { ...statement, isUnbounded: true });
  // Its failure is told by the transaction.
  answer.catch(() => undefined);
  sent.push(answer);
}

/**
 * TypeORM's source of connections, whose transactions are run again, whole, when they were given up for another one that ran beside
 * them: five times at most, after pauses that grow and differ.
 */
export class RetryingDataSource extends DataSource {
  override transaction<Result>(work: Work<Result>): Promise<Result>;
  override transaction<Result>(isolation: IsolationLevel, work: Work<Result>): Promise<Result>;
  override async transaction<Result>(...args: unknown[]): Promise<Result> {
    const work = args.pop() as Work<Result>;
    const run = super.transaction.bind(this) as (...each: unknown[]) => Promise<Result>;
    for (let attempt = 1; ; attempt++) {
      try {
        return await withSent((collect) => run(...args, (tx: EntityManager) => work(collect(tx))));
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) throw error;
      }
      await delay(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** Runs a transaction, and fails as the first of what was sent in it does: what Postgres says to the statements behind that one is no cause. */
async function withSent<Result>(
  run: (collect: (tx: EntityManager) => EntityManager) => Promise<Result>,
): Promise<Result> {
  const sent: Promise<unknown>[] = [];
  const collect = (tx: EntityManager): EntityManager => {
    tx.queryRunner!.data[SENT] = sent;
    return tx;
  };
  const [ended] = await Promise.allSettled([run(collect)]);
  await Promise.all(sent);
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}
