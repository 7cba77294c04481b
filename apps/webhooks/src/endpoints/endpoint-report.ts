import { Injectable } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { type endpointCommands, PENDING_COUNTED, SLOW_ENDPOINT_MS } from '@nexivo/contracts/endpoints';
import { DataSource } from 'typeorm';
import { bucketOf, latencyOf } from '../queue/attempt-counts.js';
import { LEASE_S } from '../queue/claim.sql.js';

type List = (typeof endpointCommands)['list'];

interface Row {
  account_id: string;
  webhook_id: string;
  failing_since: Date | null;
  failures: number;
  last_success_at: Date | null;
  paused_until: Date | null;
  attempts: number;
  p95_bucket: number | null;
  slow_requests: number;
  pending: number;
  oldest_due_s: number;
}

/** A request under way belongs to a lease: this much of it is left once it is slow. */
const SLOW_LEASE = `statement_timestamp() + interval '${LEASE_S * 1_000 - SLOW_ENDPOINT_MS} milliseconds'`;

const WHICH = {
  failing: { condition: 'failing_since is not null', order: 'failing_since' },
  slow: {
    condition: `failing_since is null and (p95_bucket >= ${bucketOf(String(SLOW_ENDPOINT_MS))} or slow_requests > 0)`,
    order: 'slow_requests desc, p95_bucket desc nulls last',
  },
};

/**
 * Buckets of latency are added up to 95 % of the attempts. What waits is looked up only for what is shown.
 *
 * $1 limit
 */
const reportOf = ({ condition, order }: (typeof WHICH)[keyof typeof WHICH]): string => `
  with counted as (
    select account_id, webhook_id, latency_bucket, sum(attempts) as attempts from attempt_counts
    where hour >= date_trunc('hour', statement_timestamp(), 'UTC') - interval '1 hour'
    group by account_id, webhook_id, latency_bucket
  ), added as (
    select account_id, webhook_id, latency_bucket,
      sum(attempts) over (partition by account_id, webhook_id order by latency_bucket) as upto,
      sum(attempts) over (partition by account_id, webhook_id) as attempts
    from counted
  ), latencies as (
    select account_id, webhook_id, max(attempts)::int as attempts,
      min(latency_bucket) filter (where upto >= 0.95 * attempts) as p95_bucket
    from added group by account_id, webhook_id
  ), under_way as (
    select account_id, webhook_id, count(*)::int as slow_requests from deliveries
    where lease_token is not null and lease_until > statement_timestamp() and lease_until < ${SLOW_LEASE}
    group by account_id, webhook_id
  ), chosen as (
    select webhooks.account_id, webhooks.id as webhook_id, failing_since, failures, last_success_at,
      case when paused_until > statement_timestamp() then paused_until end as paused_until,
      coalesce(attempts, 0) as attempts, p95_bucket, coalesce(slow_requests, 0) as slow_requests
    from webhooks
    join endpoint_health health on health.account_id = webhooks.account_id and health.webhook_id = webhooks.id
    left join latencies on latencies.account_id = webhooks.account_id and latencies.webhook_id = webhooks.id
    left join under_way on under_way.account_id = webhooks.account_id and under_way.webhook_id = webhooks.id
    where status = 'enabled' and ${condition.replaceAll('slow_requests', 'coalesce(slow_requests, 0)')}
    order by ${order} limit $1
  )
  select chosen.*, waiting.* from chosen cross join lateral (
    select count(*)::int as pending,
      greatest(0, coalesce(extract(epoch from statement_timestamp() - min(due_at)), 0))::float8 as oldest_due_s
    from (
      select due_at from deliveries
      where account_id = chosen.account_id and webhook_id = chosen.webhook_id and status = 'pending'
      order by due_at limit ${PENDING_COUNTED}
    ) first
  ) waiting
  order by ${order}`;

/** Which webhooks, of all accounts, are in trouble; for operators. */
@Injectable()
export class EndpointReport {
  constructor(private readonly database: DataSource) {}

  async list({ which, limit }: InputOf<List>): Promise<OutputOf<List>> {
    const rows = await this.database.query<Row[]>(reportOf(WHICH[which]), [limit]);
    return {
      data: rows.map(({ p95_bucket, failing_since, last_success_at, paused_until, ...row }) => ({
        ...row,
        failing_since: failing_since?.toISOString() ?? null,
        last_success_at: last_success_at?.toISOString() ?? null,
        paused_until: paused_until?.toISOString() ?? null,
        latency_p95_ms: p95_bucket === null ? null : latencyOf(p95_bucket),
      })),
    };
  }
}
