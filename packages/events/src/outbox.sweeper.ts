import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER } from '@nexivo/service/bus.connection';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Periodic } from './periodic.js';

const SWEEP_EVERY_MS = 5 * 60_000;
const BATCH_ROWS = 1_000;
/** How long a published event is kept, for Postgres: so much of the stream the reconciler can restore. */
const KEPT_FOR = `interval '3 days'`;

/** Deletes events that were published long ago from the outbox. */
@Injectable()
export class OutboxSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic = new Periodic(() => this.sweepAndLog());

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.start();
  }

  start(everyMs = SWEEP_EVERY_MS): void {
    this.periodic.start(everyMs);
  }

  /** Ends between two batches: the database outlives this. */
  onModuleDestroy(): Promise<void> {
    return this.periodic.stop();
  }

  /** @returns how many were deleted */
  async sweep(batchRows = BATCH_ROWS): Promise<number> {
    for (let total = 0; ;) {
      const deleted = await this.sweepBatch(batchRows);
      total += deleted;
      if (deleted < batchRows || this.periodic.isStopping) return total;
    }
  }

  /** Small batches hold no lock for long; what another copy is deleting is left to it. */
  private async sweepBatch(rows: number): Promise<number> {
    const [, deleted] = await this.database.query<[unknown[], number]>(
      `delete from outbox where id in (
         select id from outbox where published_at <= clock_timestamp() - ${KEPT_FOR}
         order by published_at limit $1 for update skip locked)`,
      [rows],
    );
    return deleted;
  }

  private async sweepAndLog(): Promise<void> {
    try {
      const deleted = await this.sweep();
      if (deleted > 0) this.logger.info({ deleted }, 'outbox swept');
    } catch (error) {
      this.logger.warn({ err: error }, 'outbox not swept; the next turn will');
    }
  }
}
