import { IS_KEPT } from './failed-deliveries.js';
import type { JobKind } from './job.entity.js';
import type { RedeliveryEntity } from './redelivery.entity.js';

/**
 * Makes the next failed deliveries due and moves the job on behind them, in one statement. What somebody else has just changed is
 * waited for and looked at again: it is left alone unless it has still failed as it had when the job was asked for. Rows are locked in
 * the order of their ids, so that two jobs do not wait for each other. What is behind the job's place it never sees again.
 *
 * $1 account, $2 webhook, $3 and $4 the place, $5 until, $6 type, $7 how many to look at, $8 job
 */
const MAKE_DUE = `
  with looked_at as (
    select id, completed_at from deliveries
    where account_id = $1 and webhook_id = $2 and status = 'failed' and (completed_at, id) > ($3::timestamptz, $4::uuid)
      and completed_at <= $5 and ($6::text is null or event_type = $6) and ${IS_KEPT}
    order by completed_at, id limit $7
  ), locked as (
    select id from deliveries
    where account_id = $1 and id = any(array(select id from looked_at)) and status = 'failed' and completed_at <= $5
    order by id for update
  ), made_due as (
    update deliveries set status = 'pending', attempts = 0, completed_at = null, due_at = clock_timestamp(),
      updated_at = greatest(clock_timestamp(), deliveries.updated_at), version = version + 1
    from locked where deliveries.account_id = $1 and deliveries.id = locked.id
    returning 1
  ), place as (
    select completed_at, id from looked_at order by completed_at desc, id desc limit 1
  ), progress as (
    select (select count(*) from made_due) as deliveries, (select count(*) from looked_at) < $7 as is_last,
      (select completed_at from place) as after_at, (select id from place) as after_id
  )
  update redeliveries set
    after_at = coalesce(progress.after_at, redeliveries.after_at),
    after_id = coalesce(progress.after_id, redeliveries.after_id),
    deliveries_done = deliveries_done + progress.deliveries,
    deliveries_total = greatest(deliveries_total, deliveries_done + progress.deliveries),
    status = case when is_last then 'completed' else 'running' end,
    completed_at = case when is_last then clock_timestamp() end,
    updated_at = greatest(clock_timestamp(), redeliveries.updated_at),
    version = version + 1
  from progress where account_id = $1 and redeliveries.id = $8`;

export const redeliveryJob: JobKind<RedeliveryEntity> = {
  table: 'redeliveries',
  advance: async (tx, job, deliveries) => {
    const { account_id, webhook_id, after_at, after_id, until, event_type, id } = job;
    await tx.query(MAKE_DUE, [account_id, webhook_id, after_at, after_id, until, event_type, deliveries, id]);
  },
};
