/** Begins the transaction of a claim. Its commit does not wait for the disk: a claim lost in a crash of Postgres costs one duplicate request at most. */
export const BEGIN_CLAIM = `
  begin;
  set local synchronous_commit = off`;

/** How long a claimed delivery belongs to the replica that claimed it. Sending it and writing the outcome down take less. */
export const LEASE_S = 30;
/** A request that takes longer is slow. */
export const SLOW_AFTER_S = 2;
/** How many times what is left free one account may hold. */
const HELD_BY_ACCOUNT = 2;
/** How many endpoints one claim looks at. The next claim continues after the last of them. */
const ENDPOINTS_SCANNED = 250;
/** How many retries one claim makes ready. */
const PROMOTED = 500;
/** Among how many of the newest first attempts one claim looks for quiet endpoints, wherever in their order it is. */
const NEWEST_SCANNED = 500;
/** For how long a first attempt goes before what waits. Whatever has waited for longer takes its turn with all others. */
const FRESH_FOR = `interval '5 seconds'`;
/** How many times what may be claimed a claim looks at, at about as many deliveries of each endpoint; at one at least. */
const CAPACITY_LOOKED_AT = 2;
/** The part of what may be claimed that first attempts of quiet endpoints get at once. */
const SHARE_OF_QUIET = 3 / 4;

/** Where a transaction notes what it has chosen: its next statement reads it in the same round trip. */
const CHOSEN = 'nexivo.chosen';

/**
 * Makes delayed deliveries ready whose time has come. A retry waits apart from what is ready, in the order in which retries are due, so
 * that claims do not come upon it again and again.
 */
export const PROMOTE = `
  update deliveries set is_delayed = false
  where ctid = any(array(
    select ctid from deliveries where status = 'pending' and is_delayed and due_at <= statement_timestamp()
    order by due_at limit ${PROMOTED} for update skip locked))`;

/**
 * Chooses whose deliveries to send next, and takes those endpoints for the transaction. Replicas choose side by side, and nobody
 * waits: an endpoint that another replica has just taken is left to it. Its steps:
 *
 * - `waiting`: the endpoints with deliveries that are ready, and when the first of each is due. A loose index scan: its cost grows with
 *   the number of those endpoints, not with their backlogs, nor with what is delayed.
 * - `newest`: the endpoints of the newest first attempts that are fresh. With many endpoints it takes a while until `waiting` comes to one.
 * - `in_flight`: the requests under way to each endpoint, from all replicas. `account_in_flight`: those of each account.
 * - `eligible`: the endpoints that are due, enabled and not paused. `most` is how many requests one may have at a time, `free_slots`
 *   how many more. An endpoint that fails, or has answered that it wants less, may have one at a time. An endpoint that fails, is slow
 *   or says too much is degraded; all degraded endpoints share a part of the capacity, so that they cannot use up the rest.
 * - `due`: the due deliveries of each endpoint, one more than its free slots, or than its `share` where there are many endpoints and what
 *   was seen of it is not fresh: a quiet one that gets more than one between two claims would be a backlog soon. The one more shows that
 *   some are left. An endpoint is quiet if it has just got its first delivery that is due, and that was not tried before.
 * - `ranked`: the order between accounts. The rank of a delivery is the number of requests that its account has in flight once
 *   it is sent, so that no backlog delays another account. Within an account the endpoint with the fewest requests comes
 *   first. Ties are broken at random, among quiet endpoints by who was queued last. `held` is what its account then holds of this replica.
 * - `ordered`: a part of the capacity goes to quiet endpoints before all others, whatever waits, and the rest to the others before them.
 * - `admitted` and `picked`: the first by that and by rank, within the limits for healthy endpoints, for degraded ones and for both. An
 *   account may hold twice what is then left free for others, and one request in any case: what hangs, however many endpoints
 *   it has, never has all of the capacity, and the more accounts hang, the less has each of them.
 * - `taken`: the endpoints of those, as far as no other replica has them.
 *
 * The one row that it returns is what it has seen. What is due to degraded endpoints does not count there: a backlog of theirs would
 * have one claim follow the other.
 *
 * $1 limit of deliveries, $2 limit for healthy endpoints, $3 limit for degraded endpoints, $4 limit of requests in flight to one
 * endpoint, $5 and $6 account and webhook of the endpoint after which to begin, $7 to $9 accounts, the requests that this replica
 * has under way for each, and those of them that are degraded
 */
export const CHOOSE = `
  with recursive waiting as (
    (select account_id, webhook_id, due_at, 1 as hop from deliveries
     where status = 'pending' and not is_delayed and (webhook_id, account_id) > ($6::uuid, $5::uuid)
     order by webhook_id, account_id, due_at limit 1)
    union all
    select next.account_id, next.webhook_id, next.due_at, hop + 1
    from waiting cross join lateral (
      select account_id, webhook_id, due_at from deliveries
      where status = 'pending' and not is_delayed and (webhook_id, account_id) > (waiting.webhook_id, waiting.account_id)
      order by webhook_id, account_id, due_at limit 1
    ) next
    where hop < ${ENDPOINTS_SCANNED}
  ), newest as (
    select account_id, webhook_id, due_at from deliveries
    where status = 'pending' and attempts_total = 0 and origin <> 'replay'
      and due_at <= statement_timestamp() and due_at > statement_timestamp() - ${FRESH_FOR}
      and (lease_until is null or lease_until <= statement_timestamp())
    order by due_at desc limit ${NEWEST_SCANNED}
  ), candidates as (
    select account_id, webhook_id, min(due_at) as due_at
    from (select account_id, webhook_id, due_at from waiting union all select * from newest) seen
    group by account_id, webhook_id
  ), in_flight as (
    select account_id, webhook_id, count(*)::int as requests,
      min(lease_until) < statement_timestamp() + interval '${LEASE_S - SLOW_AFTER_S} seconds' as is_slow
    from deliveries
    where lease_token is not null and lease_until > statement_timestamp()
    group by account_id, webhook_id
  ), account_in_flight as (
    select account_id, sum(requests)::int as requests from in_flight group by account_id
  ), eligible as (
    select account_id, webhook_id, due_at, most,
      coalesce(in_flight.requests, 0) as requests,
      coalesce(account_in_flight.requests, 0) as account_requests,
      is_failing or is_oversized or coalesce(in_flight.is_slow, false) as is_degraded,
      greatest(0, most - coalesce(in_flight.requests, 0)) as free_slots,
      ceil(${CAPACITY_LOOKED_AT}.0 * $1::int / count(*) over ())::int as share
    from candidates
    cross join lateral (
      select is_failing, is_oversized, case when is_failing then 1 else $4::int end as most from (
        select failing_since is not null or consecutive_slowdowns > 0 as is_failing, is_oversized
        from endpoint_health
        where account_id = candidates.account_id and webhook_id = candidates.webhook_id
          and (paused_until is null or paused_until <= statement_timestamp())
      ) health
    ) health
    cross join lateral (
      select from webhooks where account_id = candidates.account_id and id = candidates.webhook_id and status = 'enabled'
    ) enabled
    left join in_flight using (account_id, webhook_id)
    left join account_in_flight using (account_id)
    where due_at <= statement_timestamp()
  ), due as (
    select eligible.*, each.number, not is_degraded and is_fresh as is_quiet,
      case when not is_degraded and is_fresh then age_s else random() end as tie
    from eligible cross join lateral (
      select row_number() over oldest_first as number,
        extract(epoch from statement_timestamp() - due_at)::float8 as age_s,
        first_value(attempts_total = 0 and due_at > statement_timestamp() - ${FRESH_FOR}) over oldest_first as is_fresh
      from (
        select due_at, attempts_total from deliveries
        where account_id = eligible.account_id and webhook_id = eligible.webhook_id and status = 'pending'
          and due_at <= statement_timestamp() and (lease_until is null or lease_until <= statement_timestamp())
        order by due_at limit 1 + case
          when eligible.due_at > statement_timestamp() - ${FRESH_FOR} then eligible.free_slots
          else least(eligible.free_slots, share) end
      ) head
      window oldest_first as (order by due_at)
    ) each
  ), here as (
    select * from unnest($7::uuid[], $8::int[], $9::int[]) as each (account_id, requests, degraded)
  ), ranked as (
    select account_id, webhook_id, most, is_degraded, is_quiet, tie,
      account_requests + row_number() over (partition by account_id order by due.requests + number, tie) as rank,
      coalesce(case when is_degraded then here.degraded else here.requests end, 0)
        + row_number() over (partition by account_id, is_degraded order by due.requests + number, tie) as held
    from due left join here using (account_id) where number <= free_slots
  ), ordered as (
    select *, case
        when not is_quiet then 2
        when row_number() over (partition by is_quiet order by rank, tie) <= ceil($2::int * ${SHARE_OF_QUIET}) then 1
        else 3 end as place
    from ranked
  ), admitted as (
    select *,
      case when is_degraded then $3::int else $2::int end
        - row_number() over (partition by is_degraded order by place, rank, tie) as left_free
    from ordered
  ), picked as (
    select * from admitted
    where left_free >= 0 and held <= greatest(1, ${HELD_BY_ACCOUNT} * left_free)
    order by place, rank, tie limit $1::int
  ), endpoints as materialized (
    select account_id, webhook_id, most, is_degraded, count(*)::int as wanted
    from picked group by account_id, webhook_id, most, is_degraded
  ), taken as materialized (
    select * from endpoints where pg_try_advisory_xact_lock(hashtextextended('claim ' || webhook_id, 0))
  )
  select
    (select count(*) from waiting) >= ${ENDPOINTS_SCANNED} as is_truncated,
    (select array[account_id, webhook_id] from waiting order by hop desc limit 1) as last,
    (select count(*) from due where not is_degraded)::int as due,
    set_config('${CHOSEN}', coalesce((select jsonb_agg(to_jsonb(taken)) from taken), '[]')::text, true) is null as none`;

/**
 * Leases the deliveries that were chosen and returns them with all that sending them needs. It is a statement of its own because it
 * must take its snapshot with the endpoints taken: it then sees all earlier leases of theirs, so that the limit of requests to an
 * endpoint holds for all replicas together.
 *
 * Rows are found by `ctid`, because a prepared statement may be planned while the tables are empty, and would then choose a bad
 * index. A row that another transaction has moved meanwhile waits for the next claim.
 *
 * $1 lease token
 */
export const CLAIM = `
  with in_flight as materialized (
    select account_id, webhook_id, count(*)::int as requests from deliveries
    where lease_token is not null and lease_until > statement_timestamp()
    group by account_id, webhook_id
  ), chosen as materialized (
    select account_id, webhook_id, is_degraded, least(wanted, most - coalesce(requests, 0)) as slots
    from jsonb_to_recordset(current_setting('${CHOSEN}')::jsonb)
      as taken (account_id uuid, webhook_id uuid, most int, is_degraded boolean, wanted int)
    left join in_flight using (account_id, webhook_id)
  ), locked as materialized (
    select each.tid, is_degraded
    from chosen cross join lateral (
      select ctid as tid from deliveries
      where account_id = chosen.account_id and webhook_id = chosen.webhook_id and status = 'pending'
        and due_at <= statement_timestamp() and (lease_until is null or lease_until <= statement_timestamp())
      order by due_at limit greatest(slots, 0)
      for update skip locked
    ) each
  ), claimed as (
    update deliveries
    set lease_token = $1::uuid, lease_until = statement_timestamp() + interval '${LEASE_S} seconds'
    from locked
    where deliveries.ctid = locked.tid
    returning deliveries.ctid as tid, account_id, id, webhook_id, event_id, event_type, origin, attempts, attempts_total, test_body, is_degraded,
      extract(epoch from clock_timestamp() - greatest(created_at, due_at))::float8 as waited_s
  )
  select claimed.*, coalesce(claimed.test_body, events.body) as body, events.traceparent, clock_timestamp() as claimed_at,
    url, secret_key_id, secret, previous_secret_key_id, previous_secret, previous_secret_until > statement_timestamp() as has_previous,
    failing_since, failures, failing_days, last_failure_at, last_success_at, paused_until, consecutive_slowdowns, is_oversized
  from claimed
  left join webhooks on webhooks.account_id = claimed.account_id and webhooks.id = claimed.webhook_id
  left join endpoint_health health on health.account_id = claimed.account_id and health.webhook_id = claimed.webhook_id
  left join events on events.account_id = claimed.account_id and events.id = claimed.event_id`;
