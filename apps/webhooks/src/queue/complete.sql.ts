import { countAttempts } from './attempt-counts.js';

/** @param match the condition that finds a delivery */
const complete = (match: string): string => `
  with outcome as (
    select * from unnest(
      $1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::float8[],
      $7::timestamptz[], $8::int[], $9::int[], $10::text[], $11::text[], $12::text[], $13::tid[]
    ) as each (account_id, id, token, attempts_before, outcome, due_in_ms,
      at, status_code, latency_ms, response_body, error, error_detail, tid)
  ), completed as (
    update deliveries set
      status = case when outcome = 'failed' and attempts <> attempts_before then 'pending' else outcome end,
      completed_at = case when outcome = 'succeeded' or outcome = 'failed' and attempts = attempts_before
        then clock_timestamp() end,
      due_at = case when outcome = 'pending' and attempts = attempts_before
        then statement_timestamp() + due_in_ms * interval '1 millisecond' else due_at end,
      is_delayed = outcome = 'pending' and attempts = attempts_before,
      attempts = case when attempts = attempts_before then attempts + 1 else attempts end,
      attempts_total = attempts_total + 1,
      lease_token = null,
      lease_until = null,
      version = version + 1,
      updated_at = greatest(clock_timestamp(), deliveries.updated_at)
    from outcome
    where ${match} and lease_token is not distinct from token
    returning deliveries.account_id, deliveries.id, webhook_id, attempts_total
  ), logged as (
    insert into attempts (account_id, delivery_id, number, at, status_code, latency_ms, response_body, error, error_detail)
    select account_id, id, attempts_total, at, status_code, latency_ms, response_body, error, error_detail
    from completed join outcome using (account_id, id)
  ), ended as (
    select account_id, webhook_id, outcome, latency_ms from completed join outcome using (account_id, id)
  ), counted as (${countAttempts('ended')}
  )
  select id from completed`;

/**
 * Writes down the outcomes of attempts and returns the ids of those that were written. The parameters are one array for each
 * column.
 *
 * An outcome is written only if the delivery still has the lease under which the attempt was made. A replica that was away for too
 * long therefore overwrites nothing. A delivery whose redelivery was asked for during the attempt stays pending for its new
 * round, unless the attempt succeeded.
 *
 * Rows are found by `ctid`, as the claim left them: a prepared statement may be planned while the tables are empty, and would
 * then choose a bad index. What else must hold is written so that no index answers it: Postgres would look through all leases for each outcome.
 */
export const COMPLETE = complete('deliveries.ctid = tid and deliveries.id is not distinct from outcome.id');
/** The same for rows that have moved since the claim, because their redelivery was asked for. It finds them by key. */
export const COMPLETE_MOVED = complete('deliveries.account_id = outcome.account_id and deliveries.id = outcome.id');

/** Gives up leases; the deliveries are due after a while. $1 accounts, $2 ids, $3 tokens, $4 milliseconds from now */
export const RELEASE = `
  update deliveries set lease_token = null, lease_until = null,
    due_at = greatest(due_at, statement_timestamp() + $4 * interval '1 millisecond'), is_delayed = $4 > 0
  from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as leased (account_id, id, token)
  where deliveries.account_id = leased.account_id and deliveries.id = leased.id and lease_token = token`;

/**
 * Locks webhooks before their health is changed. Whoever changes or deletes a webhook locks it first, too, and several are
 * locked in the order of their keys, so that there is no deadlock. $1 accounts, $2 ids
 */
export const LOCK_WEBHOOKS = `
  select id, url from webhooks
  where (account_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))
  order by account_id, id for no key update`;

/** Reads and locks the health of endpoints. $1 accounts, $2 ids of webhooks */
export const READ_HEALTH = `
  select webhook_id, failing_since, failures, failing_days, last_failure_at, last_success_at, paused_until,
    consecutive_slowdowns, is_oversized, clock_timestamp() as now
  from endpoint_health
  where (account_id, webhook_id) in (select * from unnest($1::uuid[], $2::uuid[]))
  order by account_id, webhook_id for update`;

/** Writes the health of endpoints. The parameters are one array for each column. */
export const WRITE_HEALTH = `
  update endpoint_health set
    failing_since = next.failing_since,
    last_success_at = next.last_success_at,
    paused_until = next.paused_until,
    consecutive_slowdowns = next.consecutive_slowdowns,
    is_oversized = next.is_oversized,
    failures = next.failures,
    failing_days = next.failing_days,
    last_failure_at = next.last_failure_at
  from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int[], $7::boolean[], $8::int[],
    $9::int[], $10::timestamptz[])
    as next (account_id, webhook_id, failing_since, last_success_at, paused_until, consecutive_slowdowns, is_oversized, failures,
      failing_days, last_failure_at)
  where endpoint_health.account_id = next.account_id and endpoint_health.webhook_id = next.webhook_id`;

/** Disables webhooks and returns those that were enabled. $1 accounts, $2 ids, $3 reasons */
export const DISABLE = `
  update webhooks set
    status = 'disabled',
    disabled_reason = reason,
    disabled_at = clock_timestamp(),
    version = version + 1,
    updated_at = greatest(clock_timestamp(), webhooks.updated_at)
  from unnest($1::uuid[], $2::uuid[], $3::text[]) as to_disable (account_id, id, reason)
  where webhooks.account_id = to_disable.account_id and webhooks.id = to_disable.id and status = 'enabled'
  returning webhooks.*, webhooks.id as webhook_id, reason`;

/** Marks webhooks as changed whose owners are told that they fail. $1 accounts, $2 ids */
export const NOTE_FAILING = `
  update webhooks set version = version + 1, updated_at = greatest(clock_timestamp(), updated_at)
  where (account_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and status = 'enabled'
  returning *`;

/** From here on a delivery that is due and not under way is late. */
export const LATE_AFTER_S = 10;

/**
 * What monitoring reads of the queue. Counting stops at 100,000, so that its cost has a bound.
 *
 * What is due and not under way waits because of its endpoint if that fails, is paused, says too much, or is being sent other deliveries:
 * then it takes them as fast as it answers. Otherwise it waits because of us. Disabled webhooks do not count.
 */
export const BACKLOG = `
  with waiting as (
    select account_id, webhook_id, due_at, coalesce(lease_until > statement_timestamp(), false) as is_under_way
    from deliveries where status = 'pending' limit 100000
  ), endpoints as (
    select account_id, webhook_id, count(*) as pending, bool_or(is_under_way) as is_served,
      min(due_at) filter (where not is_under_way and due_at < statement_timestamp()) as due_since,
      count(*) filter (
        where not is_under_way and due_at < statement_timestamp() - interval '${LATE_AFTER_S} seconds') as late
    from waiting group by account_id, webhook_id
  ), caused as (
    select endpoints.*, status = 'enabled' as is_enabled,
      is_served or coalesce(failing_since is not null or consecutive_slowdowns > 0 or is_oversized
        or paused_until > statement_timestamp(), false) as is_endpoint
    from endpoints
    left join webhooks on webhooks.account_id = endpoints.account_id and webhooks.id = endpoints.webhook_id
    left join endpoint_health health
      on health.account_id = endpoints.account_id and health.webhook_id = endpoints.webhook_id
  )
  select coalesce(sum(pending), 0)::int as pending,
    coalesce(sum(late) filter (where is_enabled and not is_endpoint), 0)::int as late_ours,
    coalesce(sum(late) filter (where is_enabled and is_endpoint), 0)::int as late_endpoint,
    coalesce(extract(epoch from statement_timestamp()
      - min(due_since) filter (where is_enabled and not is_endpoint)), 0)::float8 as oldest_ours_s,
    coalesce(extract(epoch from statement_timestamp()
      - min(due_since) filter (where is_enabled and is_endpoint)), 0)::float8 as oldest_endpoint_s
  from caused`;
