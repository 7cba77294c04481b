import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, Optional } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Clock } from '@nexivo/runtime/clock';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { LOGGER } from '@nexivo/runtime/logging';
import { Periodic } from '@nexivo/runtime/periodic';
import { NAME_UPKEEP } from './session-names.js';
import { unavailabilityOf } from './database.js';

const SWEEP_EVERY_MS = 5 * 60_000;
const BATCH_ROWS = 1_000;

/** In a sweeper's statements: as of when it deletes. It is not `now()`, which a wrong clock may have brought. */
export const SWEPT_AT = '$2::timestamptz';

/**
 * A sweep goes by the clock, and by at most an hour beyond the last one: a clock that is a month ahead for a while takes hours and not a
 * month. After an absence of ours what is due is deleted at twelve times the speed at which it became due.
 */
const NEXT_SWEEP = `
  insert into sweeps as last (name, swept_at) values ($1, clock_timestamp())
  on conflict (name) do update set swept_at = least(clock_timestamp(), last.swept_at + interval '1 hour')
  returning swept_at`;

/** Deletes now and then what a service keeps no longer. Every replica of the service does, each a share of it. */
@Injectable()
export abstract class Sweeper<Kind extends string> implements OnApplicationBootstrap, OnModuleDestroy {
  /**
   * How each kind of row is deleted, in the order in which that is done. A statement takes at most $1 rows, as of {@link SWEPT_AT}, and
   * leaves those that somebody is working on for the next time. None changes a time by which a list is read.
   */
  protected abstract readonly statements: Readonly<Record<Kind, string>>;
  private readonly periodic = new Periodic(() => this.sweepAndLog());
  private readonly failures: FailureLog;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
    @Optional() @Inject(Clock) private readonly clock?: Clock,
  ) {
    this.failures = new FailureLog(logger, 'sweeper');
  }

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

  /**
   * @param batchRows how many rows one transaction deletes: small ones hold no lock for long
   * @returns how many rows of each kind were deleted
   */
  async sweep(batchRows = BATCH_ROWS): Promise<Record<Kind, number>> {
    const kinds = Object.keys(this.statements) as Kind[];
    const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
    if (this.clock?.isWrong) return counts;
    const [{ swept_at }] = await this.database.query<[{ swept_at: Date }]>(NEXT_SWEEP, [this.constructor.name]);
    for (const kind of kinds) {
      for (let deleted = batchRows; deleted === batchRows && !this.periodic.isStopping;) {
        deleted = await this.deleteBatch(this.statements[kind], batchRows, swept_at);
        counts[kind] += deleted;
      }
    }
    return counts;
  }

  private deleteBatch(statement: string, rows: number, sweptAt: Date): Promise<number> {
    return this.database.transaction(async (tx) => {
      await tx.query(NAME_UPKEEP);
      const [, deleted] = await tx.query<[unknown[], number]>(
        statement,
        statement.includes(SWEPT_AT) ? [rows, sweptAt] : [rows],
      );
      return deleted;
    });
  }

  private async sweepAndLog(): Promise<void> {
    try {
      const counts = await this.sweep();
      this.failures.succeeded();
      if (Object.values<number>(counts).some((count) => count > 0))
        this.logger.info({ deleted: counts }, 'expired rows swept');
    } catch (error) {
      this.failures.failed(error, unavailabilityOf(error));
    }
  }
}
