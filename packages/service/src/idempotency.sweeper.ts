import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOGGER } from './bus.connection.js';
import { KEY_LIFETIME } from './idempotency.table.js';

const SWEEP_EVERY_MS = 5 * 60_000;
const BATCH_ROWS = 1_000;

/** Deletes idempotency keys beyond their lifetime. They count for nothing already; this only gives their space back. */
@Injectable()
export class IdempotencySweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.start();
  }

  start(everyMs = SWEEP_EVERY_MS): void {
    this.timer = setInterval(() => {
      // A sweep that takes longer than its turn is not joined by another.
      this.sweeping ??= this.sweepAndLog().finally(() => {
        this.sweeping = undefined;
      });
    }, everyMs).unref();
  }

  /** Ends between two batches: the database outlives this. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** @returns how many were deleted */
  async sweep(batchRows = BATCH_ROWS): Promise<number> {
    for (let total = 0; ;) {
      const deleted = await this.sweepBatch(batchRows);
      total += deleted;
      if (deleted < batchRows || this.isStopping) return total;
    }
  }

  /** Small batches hold no lock for long; what another copy is deleting, or a request is taking over, is left to it. */
  private async sweepBatch(rows: number): Promise<number> {
    const [, deleted] = await this.database.query<[unknown[], number]>(
      `delete from idempotency_keys where (account_id, key) in (
         select account_id, key from idempotency_keys
         where created_at <= now() - ${KEY_LIFETIME}
         order by created_at limit $1 for update skip locked)`,
      [rows],
    );
    return deleted;
  }

  private async sweepAndLog(): Promise<void> {
    try {
      const deleted = await this.sweep();
      if (deleted > 0) this.logger.info({ deleted }, 'idempotency keys swept');
    } catch (error) {
      this.logger.warn({ err: error }, 'idempotency keys not swept; the next turn will');
    }
  }
}
