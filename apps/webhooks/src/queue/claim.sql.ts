/**
 * Before {@link CLAIM}, and in a statement of its own: what that one sees is then all that earlier claims have committed, so
 * the limits hold however many copies claim. Losing a claim in a crash of Postgres costs a duplicate at most, so nobody
 * waits for the disk.
 */
export const BEGIN_CLAIM = `
  begin;
  set local synchronous_commit = off;
  set local lock_timeout = '2s';
  select pg_advisory_xact_lock(hashtext('webhooks claim deliveries'))`;

/** For how long a delivery is left to the copy that claimed it: longer than a request takes and is written down. */
export const LEASE_S = 30;
/** A request that takes longer keeps others waiting. */
export const SLOW_AFTER_S = 2;
/** How many endpoints one claim looks at; the next one goes on behind them. */
export const ENDPOINTS_SCANNED = 1_000;

/**
 * Leases deliveries that are due.
 *
 * - `waiting` hops over the index of pending deliveries from endpoint to endpoint, so that a long backlog costs no more than a
 *   short one. An endpoint counts by its delivery that is due first.
 * - `open` are those that may be sent to, with what is under way to each from all copies. One that fails or was asked to leave
 *   alone gets one request at a time. Such endpoints, and those that let a request wait for long, are `doubtful`: they share a
 *   part of the capacity, however many they are.
 * - `due` takes from each what its limit leaves, and one more to see whether something stays behind.
 * - `ranked` deals out the turns: the account with the least under way is next, within it the endpoint with the least under way,
 *   and chance decides between equals. So nobody's backlog keeps others waiting.
 * - `locked` and `claimed` find rows by their place (`ctid`): the statement is planned once, maybe while the tables are empty, and no
 *   index has to be chosen for it. A row that another transaction has moved meanwhile is left for the next claim.
 *
 * $1 lease token, $2 how many at most, $3 how many to endpoints that are well, $4 how many to doubtful ones, $5 how many requests an
 * endpoint may have at a time, $6 and $7 the endpoint behind which to begin
 */
export const CLAIM = `
  with recursive waiting as (
    (select account_id, webhook_id, due_at, 1 as hop from deliveries
     where status = 'pending' and (account_id, webhook_id) > ($6::uuid, $7::uuid)
     order by account_id, webhook_id, due_at limit 1)
    union all
    select next.account_id, next.webhook_id, next.due_at, hop + 1
    from waiting cross join lateral (
      select account_id, webhook_id, due_at from deliveries
      where status = 'pending' and (account_id, webhook_id) > (waiting.account_id, waiting.webhook_id)
      order by account_id, webhook_id, due_at limit 1
    ) next
    where hop < ${ENDPOINTS_SCANNED}
  ), under_way as (
    select account_id, webhook_id, count(*)::int as requests,
      min(lease_until) < statement_timestamp() + interval '${LEASE_S - SLOW_AFTER_S} seconds' as is_slow
    from deliveries
    where lease_token is not null and lease_until > statement_timestamp()
    group by account_id, webhook_id
  ), under_way_of_account as (
    select account_id, sum(requests)::int as requests from under_way group by account_id
  ), open as (
    select account_id, webhook_id,
      coalesce(under_way.requests, 0) as requests,
      coalesce(under_way_of_account.requests, 0) as account_requests,
      health.is_failing or coalesce(under_way.is_slow, false) as is_doubtful,
      greatest(0, case when health.is_failing then 1 else $5::int end - coalesce(under_way.requests, 0)) as free
    from waiting
    cross join lateral (
      select failing_since is not null or consecutive_slowdowns > 0 as is_failing
      from endpoint_health
      where account_id = waiting.account_id and webhook_id = waiting.webhook_id
        and (paused_until is null or paused_until <= statement_timestamp())
    ) health
    cross join lateral (
      select from webhooks where account_id = waiting.account_id and id = waiting.webhook_id and status = 'enabled'
    ) enabled
    left join under_way using (account_id, webhook_id)
    left join under_way_of_account using (account_id)
    where due_at <= statement_timestamp()
  ), due as (
    select open.*, each.place, each.number
    from open cross join lateral (
      select place, row_number() over (order by due_at) as number from (
        select ctid as place, due_at from deliveries
        where account_id = open.account_id and webhook_id = open.webhook_id and status = 'pending'
          and due_at <= statement_timestamp() and (lease_until is null or lease_until <= statement_timestamp())
        order by due_at limit open.free + 1
      ) first
    ) each
  ), ranked as (
    select place, is_doubtful,
      account_requests + row_number() over (partition by account_id order by requests + number, random()) as turn
    from due where number <= free
  ), admitted as (
    select place, is_doubtful, turn,
      row_number() over (partition by is_doubtful order by turn, random())
        <= case when is_doubtful then $4::int else $3::int end as fits
    from ranked
  ), picked as (
    select place, is_doubtful from admitted where fits order by turn, random() limit $2::int
  ), locked as (
    select place, is_doubtful from deliveries join picked on deliveries.ctid = place
    where status = 'pending' and (lease_until is null or lease_until <= statement_timestamp())
    for update of deliveries skip locked
  ), claimed as (
    update deliveries
    set lease_token = $1::uuid, lease_until = statement_timestamp() + interval '${LEASE_S} seconds'
    from locked
    where deliveries.ctid = locked.place
    returning deliveries.ctid as place, account_id, id, webhook_id, event_id, event_type, origin, attempts, attempts_total, test_body, is_doubtful,
      extract(epoch from clock_timestamp() - greatest(created_at, due_at))::float8 as waited_s
  ), scan as (
    select
      (select count(*) from waiting) >= ${ENDPOINTS_SCANNED} as is_cut,
      (select array[account_id, webhook_id] from waiting order by hop desc limit 1) as last,
      (select count(*) from due) > (select count(*) from claimed) as leaves_some
  )
  select scan.*, claimed.*, coalesce(claimed.test_body, events.body) as body,
    url, secret_key_id, secret, previous_secret_key_id, previous_secret, previous_secret_until > statement_timestamp() as has_previous,
    failing_since, last_success_at, paused_until, consecutive_slowdowns
  from scan
  left join claimed on true
  left join webhooks on webhooks.account_id = claimed.account_id and webhooks.id = claimed.webhook_id
  left join endpoint_health health on health.account_id = claimed.account_id and health.webhook_id = claimed.webhook_id
  left join events on events.account_id = claimed.account_id and events.id = claimed.event_id`;
