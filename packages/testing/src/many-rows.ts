import type { World } from '@nexivo/testing/world';

/**
 * Fills the log of a webhook: deliveries of the last 29 days, one attempt each. Of every hundred one is `pending`, the others have
 * `succeeded`, but for an outage two thirds back, during which a fiftieth of all failed one after the other. The types are
 * `candidate.updated` and `submission.created` in turn, and one of a thousand is `job.closed`.
 */
export async function fillLog(world: World, accountId: string, webhookId: string, count: number): Promise<void> {
  await world.sql(
    'webhooks',
    `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, status, attempts, attempts_total,
       due_at, created_at, updated_at, completed_at)
     select $1::uuid, gen_random_uuid(), $2::uuid, 'evt_' || md5($2::uuid::text || n),
       case when n % 1000 = 7 then 'job.closed' when n % 2 = 0 then 'candidate.updated' else 'submission.created' end,
       'event', 'event', state, 1, 1, now() + interval '1 day', at, at + interval '1 second',
       case when state <> 'pending' then at + interval '1 second' end
     from (
       select n, now() - interval '29 days' * (1 - n::float8 / $3::int) as at,
         case when n between $3::int / 3 and $3::int / 3 + $3::int / 50 then 'failed' when n % 100 = 0 then 'pending' else 'succeeded' end as state
       from generate_series(1, $3::int) n
     ) each`,
    [accountId, webhookId, count],
  );
  await world.sql(
    'webhooks',
    `insert into attempts (account_id, delivery_id, number, at, status_code, latency_ms, response_body, error, error_detail)
     select account_id, id, 1, created_at, case when status = 'succeeded' then 200 else 500 end, 40, 'ok',
       case when status <> 'succeeded' then 'http_status' end, case when status <> 'succeeded' then 'answered 500' end
     from deliveries where account_id = $1 and webhook_id = $2`,
    [accountId, webhookId],
  );
}
