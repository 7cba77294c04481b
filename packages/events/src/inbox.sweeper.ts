import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER } from '@nexivo/service/bus.connection';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { INBOX_LIFETIME } from './inbox.table.js';
import { Periodic } from './periodic.js';

const SWEEP_EVERY_MS = 5 * 60_000;
const BATCH_ROWS = 1_000;

/** Deletes from the inbox what can no longer be delivered. Dead letters stay until an operator has decided about them. */
@Injectable()
export class InboxSweeper implements OnApplicationBootstrap, OnModuleDestroy {
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
      `delete from inbox where (consumer, event_id) in (
         select consumer, event_id from inbox
         where state = 'done' and at <= now() - ${INBOX_LIFETIME}
         order by at limit $1 for update skip locked)`,
      [rows],
    );
    return deleted;
  }

  private async sweepAndLog(): Promise<void> {
    try {
      const deleted = await this.sweep();
      if (deleted > 0) this.logger.info({ deleted }, 'inbox swept');
    } catch (error) {
      this.logger.warn({ err: error }, 'inbox not swept; the next turn will');
    }
  }
}
