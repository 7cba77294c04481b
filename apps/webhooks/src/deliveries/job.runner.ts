import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { Periodic } from '@nexivo/runtime/periodic';
import { LOGGER } from '@nexivo/runtime/logging';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { unavailabilityOf } from '@nexivo/store/database';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import type { JobEntity, JobKind } from './job.entity.js';
import { redeliveryJob } from './redelivery.job.js';
import { replayJob } from './replay.job.js';

const KINDS: readonly JobKind<JobEntity>[] = [replayJob, redeliveryJob];

const LOOK_EVERY_MS = 500;
const BATCH = 500;
/** With so many pending deliveries a webhook gets no more from jobs for now, so that new events do not wait behind them. */
const PENDING_MAX = 1_000;

/** Whether a webhook has room for more. Both are columns of a row that is read beside it. */
const hasRoom = (accountId: string, webhookId: string): string => `
  ${PENDING_MAX} > (
    select count(*) from (
      select from deliveries
      where deliveries.account_id = ${accountId} and deliveries.webhook_id = ${webhookId} and deliveries.status = 'pending'
      limit ${PENDING_MAX}
    ) waiting)`;

/** The next job that may go on, in turn. Another replica is at work on those that are locked. */
const take = (table: string): string => `
  select * from ${table} job
  where status = 'running' and ${hasRoom('job.account_id', 'job.webhook_id')}
  order by updated_at limit 1 for update skip locked`;

/** Asked once its job is locked: another replica may have queued a batch since the statement that found it began. */
const LOOK_AT_WEBHOOK = `
  select status = 'enabled' as enabled, ${hasRoom('webhooks.account_id', 'webhooks.id')} as has_room
  from webhooks where account_id = $1 and id = $2`;

const cancel = (table: string): string => `
  update ${table} set status = 'cancelled', completed_at = clock_timestamp(), updated_at = greatest(clock_timestamp(), updated_at),
    version = version + 1
  where account_id = $1 and id = $2`;

/** Works jobs off, batch by batch, in every replica of the service. A job whose replica dies goes on from its last commit. */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic = new Periodic(() => this.runAndLog());
  private readonly failures: FailureLog;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) logger: Logger,
    private readonly wakeUp: WakeUp,
  ) {
    this.failures = new FailureLog(logger, 'jobs of webhooks');
  }

  onApplicationBootstrap(): void {
    this.periodic.start(LOOK_EVERY_MS);
  }

  onModuleDestroy(): Promise<void> {
    return this.periodic.stop();
  }

  /** @returns whether there was anything to do */
  private async runBatches(): Promise<boolean> {
    let worked = false;
    for (const kind of KINDS) worked = (await this.database.transaction((tx) => work(tx, kind))) || worked;
    if (worked) this.wakeUp.notify();
    return worked;
  }

  private async runAndLog(): Promise<void> {
    try {
      while (!this.periodic.isStopping && (await this.runBatches()));
      this.failures.succeeded();
    } catch (error) {
      this.failures.failed(error, unavailabilityOf(error));
    }
  }
}

async function work(tx: EntityManager, kind: JobKind<JobEntity>): Promise<boolean> {
  const [job] = await tx.query<JobEntity[]>(take(kind.table));
  if (!job) return false;
  const [webhook] = await tx.query<{ enabled: boolean; has_room: boolean }[]>(LOOK_AT_WEBHOOK, [
    job.account_id,
    job.webhook_id,
  ]);
  if (!webhook?.enabled) await tx.query(cancel(kind.table), [job.account_id, job.id]);
  else if (webhook.has_room) await kind.advance(tx, job, BATCH);
  return true;
}
