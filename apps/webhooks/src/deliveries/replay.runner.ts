import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Periodic } from '@nexivo/runtime/periodic';
import { LOGGER } from '@nexivo/runtime/logging';
import { WakeUp } from '@nexivo/runtime/wake-up';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';

const LOOK_EVERY_MS = 500;
const BATCH_EVENTS = 500;
/** With so many pending deliveries a webhook gets no more of a replay for now, so that new events do not wait behind it. */
const PENDING_MAX = 1_000;

/** The next job that may go on, in turn. Another copy is at work on those that are locked. */
const TAKE = `
  select account_id, id, webhook_id from replays
  where status = 'running' and ${PENDING_MAX} > (
    select count(*) from (
      select from deliveries
      where deliveries.account_id = replays.account_id and deliveries.webhook_id = replays.webhook_id
        and deliveries.status = 'pending'
      limit ${PENDING_MAX}
    ) waiting)
  order by updated_at limit 1 for update skip locked`;

/** Queues the next events and moves the job on behind them, in one statement. */
const QUEUE = `
  with job as (
    select * from replays where account_id = $1 and id = $2
  ), batch as (
    select events.account_id, events.position, events.id, events.type
    from job join events on events.account_id = job.account_id
      and events.position between job.position and job.until_position and array[events.type, '*'] && job.events
    order by events.position limit $3
  ), queued as (
    insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, replay_id)
    select batch.account_id, uuidv7(), job.webhook_id, batch.id, batch.type, 'event', 'replay', job.id
    from batch cross join job order by batch.position
    on conflict do nothing
  ), progress as (
    select count(batch.id)::integer as events, max(batch.position) as last,
      count(batch.id) < $3 or events_done + count(batch.id) >= events_total as is_last
    from job left join batch on true group by events_done, events_total
  )
  update replays set
    position = coalesce(last, until_position) + 1,
    events_done = events_done + progress.events,
    status = case when is_last then 'completed' else 'running' end,
    completed_at = case when is_last then clock_timestamp() end,
    updated_at = clock_timestamp(),
    version = version + 1
  from progress where account_id = $1 and id = $2`;

const CANCEL = `
  update replays set status = 'cancelled', completed_at = clock_timestamp(), updated_at = clock_timestamp(), version = version + 1
  where account_id = $1 and id = $2`;

/** Works replays off, batch by batch, in every copy of the service. A job whose copy dies goes on from its last commit. */
@Injectable()
export class ReplayRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic = new Periodic(() => this.runAndLog());

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly wakeUp: WakeUp,
  ) {}

  onApplicationBootstrap(): void {
    this.periodic.start(LOOK_EVERY_MS);
  }

  onModuleDestroy(): Promise<void> {
    return this.periodic.stop();
  }

  /** @returns whether there was anything to do */
  async runBatch(events = BATCH_EVENTS): Promise<boolean> {
    const worked = await this.database.transaction((tx) => work(tx, events));
    if (worked) this.wakeUp.notify();
    return worked;
  }

  private async runAndLog(): Promise<void> {
    try {
      while (!this.periodic.isStopping && (await this.runBatch()));
    } catch (error) {
      this.logger.warn({ err: error }, 'replays: interrupted; the next turn goes on');
    }
  }
}

async function work(tx: EntityManager, events: number): Promise<boolean> {
  const [job] = await tx.query<{ account_id: string; id: string; webhook_id: string }[]>(TAKE);
  if (!job) return false;
  const { account_id, id, webhook_id } = job;
  const [enabled] = await tx.query<unknown[]>(
    `select 1 from webhooks where account_id = $1 and id = $2 and status = 'enabled'`,
    [account_id, webhook_id],
  );
  if (enabled) await tx.query(QUEUE, [account_id, id, events]);
  else await tx.query(CANCEL, [account_id, id]);
  return true;
}
