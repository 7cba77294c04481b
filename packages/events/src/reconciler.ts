import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { BusConnection, isBusAway } from '@nexivo/bus/connection';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { LOGGER } from '@nexivo/runtime/logging';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Periodic } from '@nexivo/runtime/periodic';
import { underSessionLock } from '@nexivo/store/session-lock';
import { unavailabilityOf } from '@nexivo/store/database';
import { noteConsumed } from './consumed.js';
import { Reconciliation } from './reconciliation.js';
import { jetStreamOf, STREAM } from './stream.js';

const RECONCILE_EVERY_MS = 5 * 60_000;
/** Of a replica that hangs for so long, another takes over. */
const TURN = { name: 'outbox reconciler', hungAfterMs: 60_000 };

/**
 * Finds events that were published and that the stream no longer holds, because it was made anew, restored from an older copy,
 * purged, or had messages deleted, and has the relay publish them again. It goes back as far as the outbox does.
 *
 * A false alarm costs a duplicate, which consumers recognise by its id. Events that are published again come after later ones of
 * their resource; consumers tell by `resource_version`.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnModuleDestroy {
  /** How many events this replica has had published again. */
  republished = 0;
  /** How many events this replica has had published again because they expired before every consumer had had them. */
  expired = 0;
  private readonly periodic = new Periodic(() => this.reconcileAndLog());
  private readonly failures: FailureLog;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    private readonly bus: BusConnection,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.failures = new FailureLog(logger, 'reconciler');
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  start(everyMs = RECONCILE_EVERY_MS): void {
    this.periodic.start(everyMs, { atOnce: true });
  }

  onModuleDestroy(): Promise<void> {
    return this.periodic.stop();
  }

  /**
   * Looks once, and notes how far the consumers are. While another replica looks, this one does not.
   *
   * @returns how many events will be published again
   * @throws when the stream cannot be asked: that is not taken for an answer
   */
  async reconcile(): Promise<number> {
    const manager = await jetStreamOf(this.bus).jetstreamManager(false);
    const missing = await underSessionLock(this.database, TURN, async (outbox) => {
      const stream = await manager.streams.info(this.bus.names.name(STREAM));
      const found = await new Reconciliation(outbox, manager, stream, () => this.periodic.isStopping).run();
      const expired = await noteConsumed(outbox, manager, stream);
      if (!expired) return found;
      this.expired += expired.events;
      this.logger.error(
        { ...expired, messages: expired.to - expired.from + 1 },
        'the stream has let messages expire before every consumer had had them; what the outbox has of them is published again',
      );
      return found + expired.events;
    });
    return missing ?? 0;
  }

  private async reconcileAndLog(): Promise<void> {
    if (!this.bus.isConnected) return;
    try {
      const missing = await this.reconcile();
      this.failures.succeeded();
      this.republished += missing;
      if (missing > 0) this.logger.warn({ missing }, 'the stream has lost events; they are published again');
    } catch (error) {
      this.failures.failed(error, isBusAway(error) ? 'away' : unavailabilityOf(error));
    }
  }
}
