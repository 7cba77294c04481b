import { uuidV7InOrderOf } from '@nexivo/store/uuid-v7';
import type { JobKind } from './job.entity.js';
import type { ReplayEntity } from './replay.entity.js';

/**
 * Queues the next events and moves the job on behind them, in one statement. A job that comes to its end before all that it counted was
 * overtaken by retention, and says so.
 */
const QUEUE = `
  with job as (
    select * from replays where account_id = $1 and id = $2
  ), batch as (
    select events.account_id, events.position, events.id, events.type
    from job join events on events.account_id = job.account_id
      and events.position between job.position and job.until_position and array[events.type, '*'] && job.events
      and events.body is not null and events.object_id is distinct from job.webhook_id
    order by events.position limit $3
  ), queued as (
    insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, replay_id)
    select batch.account_id, ${uuidV7InOrderOf('batch.position')}, job.webhook_id, batch.id, batch.type, 'event', 'replay', job.id
    from batch cross join job order by batch.position
    on conflict do nothing
  ), progress as (
    select count(batch.id)::integer as events, max(batch.position) as last,
      count(batch.id) < $3 or events_done + count(batch.id) >= events_total as is_last,
      events_done + count(batch.id) >= events_total as is_whole
    from job left join batch on true group by events_done, events_total
  )
  update replays set
    position = coalesce(last, until_position) + 1,
    events_done = events_done + progress.events,
    status = case when not is_last then 'running' when is_whole then 'completed' else 'expired' end,
    completed_at = case when is_last then clock_timestamp() end,
    updated_at = greatest(clock_timestamp(), replays.updated_at),
    version = version + 1
  from progress where account_id = $1 and id = $2`;

export const replayJob: JobKind<ReplayEntity> = {
  table: 'replays',
  advance: async (tx, { account_id, id }, events) => {
    await tx.query(QUEUE, [account_id, id, events]);
  },
};
