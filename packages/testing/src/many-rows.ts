import type { World } from './world.js';

/** Runs SQL as a service. */
type Ask = World['sql'];

/**
 * Fills the log of a webhook: deliveries of the last 29 days, one attempt each. Of every hundred one is `pending`, the others have
 * `succeeded`, but for an outage two thirds back, during which a fiftieth of all failed one after the other. The types are
 * `candidate.updated` and `submission.created` in turn, and one of a thousand is `job.closed`.
 */
export async function fillLog(ask: Ask, accountId: string, webhookId: string, count: number): Promise<void> {
  await ask(
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
  await ask(
    'webhooks',
    `insert into attempts (account_id, delivery_id, number, at, status_code, latency_ms, response_body, error, error_detail)
     select account_id, id, 1, created_at, case when status = 'succeeded' then 200 else 500 end, 40, 'ok',
       case when status <> 'succeeded' then 'http_status' end, case when status <> 'succeeded' then 'answered 500' end
     from deliveries where account_id = $1 and webhook_id = $2`,
    [accountId, webhookId],
  );
}

/**
 * Gives an account so many people, sessions, tokens and invitations, and ten times as many entries in its log: one in a thousand of each
 * rare kind.
 *
 * @param busyTokens so many of the tokens have been used, once on each of `days`, today the last
 * @returns one of the people, and one of the tokens
 */
export async function fillAccount(
  ask: Ask,
  accountId: string,
  { count, busyTokens, days }: { count: number; busyTokens: number; days: number },
): Promise<{ user: string; token: string }> {
  const sql = (text: string, values: unknown[]) => ask<{ id: string }>('gateway', text, values);
  const [user] = await sql(
    `with person as (
       insert into users (id, email, name)
       select gen_random_uuid(), $1::uuid || '-' || n || '@example.com', 'Person ' || n from generate_series(1, $2::int) n returning id
     ), member as (
       insert into memberships (account_id, user_id, role) select $1::uuid, id, 'recruiter' from person returning user_id
     )
     select user_id as id from member order by 1 limit 1`,
    [accountId, count],
  );
  await sql(
    `insert into sessions (account_id, id, user_id, digest, expires_at)
     select account_id, gen_random_uuid(), user_id, sha256(user_id::text::bytea), now() + interval '1 day' from memberships where account_id = $1`,
    [accountId],
  );
  const [token] = await sql(
    `with token as (
       insert into api_tokens (account_id, id, name, digest, pepper_version, last_four, scopes, user_id)
       select $1::uuid, gen_random_uuid(), 'Token ' || n, sha256(($1::uuid || '-' || n)::bytea), 1, 'abcd', '{}',
         case when n = 7 then $3::uuid end
       from generate_series(1, $2::int) n returning id
     )
     select id from token order by 1 limit 1`,
    [accountId, count, user!.id],
  );
  await sql(
    `insert into invitations (account_id, id, email, role, digest, purpose, created_by, expires_at)
     select $1::uuid, gen_random_uuid(), n || '@example.com', 'viewer', sha256(($1::uuid || '-' || n)::bytea), 'join', 'operator:a@b',
       now() + interval '1 day'
     from generate_series(1, $2::int) n`,
    [accountId, count],
  );
  await sql(
    `insert into audit_log (account_id, at, action, actor, token_id, user_id, details)
     select $1::uuid, now() - interval '30 days' * (1 - n::float8 / ($2::int * 10)),
       case when n % 1000 = 3 then 'token.revoked' else 'token.updated' end,
       case when n % 1000 = 3 then 'operator:a@b' else 'user:' || gen_random_uuid() end,
       case when n % 1000 = 5 then $3::uuid end, case when n % 1000 = 7 then $4::uuid end, '{}'
     from generate_series(1, $2::int * 10) n`,
    [accountId, count, token!.id, user!.id],
  );
  await sql(
    `insert into usage_days (account_id, day, token_id, outcome, requests)
     select $1::uuid, (now() at time zone 'UTC')::date - n, id, 'admitted', 1
     from generate_series(0, $3::int - 1) n cross join (select id from api_tokens where account_id = $1 order by id limit $2) t`,
    [accountId, busyTokens, days],
  );
  return { user: user!.id, token: token!.id };
}
