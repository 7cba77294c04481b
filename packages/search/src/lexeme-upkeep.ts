import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { LOGGER } from '@nexivo/runtime/logging';
import { Periodic } from '@nexivo/runtime/periodic';
import { unavailabilityOf } from '@nexivo/store/database';
import { NAME_UPKEEP } from '@nexivo/store/session-names';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { SearchFields } from './fields.js';
import { convertRows, type RowKey } from './search-conversion.js';

const EVERY_MS = 30_000;

/**
 * Converts the rows that replicas of the release before go on to write while they are replaced, and those that somebody held when the
 * migration came by. It has converted all others; an index knows which are left, so that looking for them costs nothing.
 */
@Injectable()
export abstract class LexemeUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  protected abstract readonly table: string;
  protected abstract readonly fields: SearchFields;
  private readonly periodic = new Periodic(() => this.convertAndLog());
  private readonly failures: FailureLog;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.failures = new FailureLog(logger, 'lexeme upkeep');
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  start(everyMs = EVERY_MS): void {
    this.periodic.start(everyMs);
  }

  /** Ends between two batches: the database outlives this. */
  onModuleDestroy(): Promise<void> {
    return this.periodic.stop();
  }

  private async convertAndLog(): Promise<void> {
    try {
      const isAny = await this.convert();
      this.failures.succeeded();
      if (isAny) this.logger.info({ table: this.table }, 'lexemes of the release before converted');
    } catch (error) {
      this.failures.failed(error, unavailabilityOf(error));
    }
  }

  /** @returns whether there was any row to convert */
  private async convert(): Promise<boolean> {
    let last: RowKey | undefined;
    for (;;) {
      const startedAt = performance.now();
      const next = this.periodic.isStopping ? undefined : await this.convertSome(last);
      if (!next) return last !== undefined;
      last = next;
      // Many rows take no more than half of what one connection can take from everybody else.
      await delay(performance.now() - startedAt);
    }
  }

  private convertSome(after: RowKey | undefined): Promise<RowKey | undefined> {
    return this.database.transaction(async (tx) => {
      await tx.query(NAME_UPKEEP);
      const ask = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
        tx.query<Row[]>(text, values);
      return convertRows(ask, this.table, this.fields, after);
    });
  }
}
