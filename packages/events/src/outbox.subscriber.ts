import type { EntityManager, EntitySubscriberInterface } from 'typeorm';
import type { TransactionCommitEvent } from 'typeorm';

/** Marks the connection of a transaction that has appended to the outbox. */
const APPENDED = 'nexivo.outbox.appended';

/** Makes {@link OutboxSubscriber} tell of this transaction once it is committed. */
export function announceCommit(tx: EntityManager): void {
  const { queryRunner } = tx;
  if (!queryRunner?.isTransactionActive) throw new Error('An event is recorded in a transaction or not at all.');
  queryRunner.data[APPENDED] = true;
}

/**
 * Tells the relay of this process as soon as a transaction that appended to the outbox is committed. What it cannot tell of (a
 * crash right after the commit, another replica whose relay is down) the relay finds by polling. There is no NOTIFY: Postgres takes
 * a lock of the whole cluster for every commit that has one, so that they would queue up.
 */
export class OutboxSubscriber implements EntitySubscriberInterface {
  constructor(private readonly committed: () => void) {}

  afterTransactionCommit({ queryRunner }: TransactionCommitEvent): void {
    // The end of a savepoint comes here too, and is no commit.
    if (queryRunner.isTransactionActive || !queryRunner.data[APPENDED]) return;
    delete queryRunner.data[APPENDED];
    this.committed();
  }
}
