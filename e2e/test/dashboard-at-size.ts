import { BASE_PATH } from '@nexivo/contracts/route';
import { fillAccount, fillLog } from '@nexivo/testing/many-rows';
import type { Member } from '@nexivo/testing/person';
import { askDatabase } from '@nexivo/testing/sql';
import type { Page } from 'playwright-core';
import { button, visit } from './dashboard-page.js';
import { type DashboardWorld, TOKENS, WEBHOOKS } from './dashboard-world.js';

/** What the account has. */
export interface Size {
  /** And as many people, open invitations and entries in the audit log, ten times as many of these. */
  tokens: number;
  webhooks: number;
  /** Half of them of one webhook. */
  deliveries: number;
  /** Days on which every token has been used. */
  days: number;
}

/** What the pages ask for, by route and parameters, and how long that takes, in ms. */
export type Timings = Record<string, { p50: number; p95: number; requests: number }>;

/** What a session may ask for in a minute, with room for pages that differ in what they ask. */
const REQUESTS_OF_A_SESSION = 200;
/** At most, once each; the webhooks of a page count each. To open the pages takes some twice. */
const REQUESTS_OF_ALL_PAGES = 120;

/**
 * Opens every page of a large account in a browser, and measures what they have asked the API for: one request after the other, as a
 * person would who is there alone.
 *
 * @param rounds how often each request is repeated
 * @throws Error for an answer that is no success
 */
export async function measureAtSize(world: DashboardWorld, size: Size, rounds: number): Promise<Timings> {
  const accountId = await world.operator.createAccount('professional', { perMinute: null, perDay: null });
  const people: Member[] = [];
  while (people.length * REQUESTS_OF_A_SESSION < REQUESTS_OF_ALL_PAGES * (rounds + 2))
    people.push(await world.join('owner', 'Olga', accountId));
  const known = await fill(world, accountId, size);
  const asked = [...(await requestsOf(world, people, pagesOf(known, size)))];

  const times: Record<string, number[]> = {};
  for (let n = 0; n < asked.length * rounds; n++) {
    const path = asked[n % asked.length]!;
    const since = performance.now();
    const { status, body } = await people[n % people.length]!.api.get(path);
    const took = performance.now() - since;
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    (times[withoutIds(path)] ??= []).push(took);
  }
  return Object.fromEntries(Object.entries(times).map(([path, each]) => [path, summaryOf(each)]));
}

interface Known {
  user: string;
  token: string;
  /** The webhook with the long log. */
  webhook: string;
  delivery: string;
}

async function fill({ stack }: DashboardWorld, accountId: string, size: Size): Promise<Known> {
  const ask: Parameters<typeof fillLog>[0] = (service, text, values) =>
    askDatabase(stack.envOf(service)['DATABASE_URL']!, text, values);
  const some = await fillAccount(ask, accountId, { count: size.tokens, busyTokens: size.tokens, days: size.days });
  const webhooks = await ask<{ id: string }>('webhooks', MAKE_WEBHOOKS, [accountId, size.webhooks]);
  const [busiest, ...others] = webhooks.map(({ id }) => id) as [string, ...string[]];
  await fillLog(ask, accountId, busiest, size.deliveries / 2);
  const share = Math.floor(size.deliveries / 2 / others.length);
  for (const id of others) await fillLog(ask, accountId, id, share);
  await ask('webhooks', MAKE_EVENTS, [accountId, busiest]);
  await ask('webhooks', COUNT_ATTEMPTS, [accountId, busiest]);
  for (const service of ['gateway', 'webhooks'] as const) await ask(service, 'vacuum analyze');
  const [delivery] = await ask<{ id: string }>(
    'webhooks',
    `select id from deliveries where account_id = $1 and webhook_id = $2 and status = 'failed' limit 1`,
    [accountId, busiest],
  );
  return { ...some, webhook: busiest, delivery: delivery!.id };
}

/** More than the API lets an account make: what older limits, or other ones to come, have let in is shown like the rest. */
const MAKE_WEBHOOKS = `
  with webhook as (
    insert into webhooks (account_id, id, url, events, status, secret_key_id, secret, created_at)
    select $1, gen_random_uuid(), 'https://example.com/hooks/' || n, '{*}', 'enabled', '1', '', now() - n * interval '1 minute'
    from generate_series(1, $2::int) n returning account_id, id, created_at
  ), health as (
    insert into endpoint_health (account_id, webhook_id) select account_id, id from webhook
  )
  select id from webhook order by created_at desc`;

const MAKE_EVENTS = `
  insert into events (account_id, position, id, type, created_at, received_at, body)
  select account_id, row_number() over (order by created_at), event_id, event_type, created_at, created_at,
    json_build_object('id', event_id, 'type', event_type, 'created_at', created_at, 'account_id', account_id, 'request_id', 'at-size',
      'resource_version', 1, 'data', json_build_object('object', json_build_object('id', id), 'previous', null))
  from deliveries where account_id = $1 and webhook_id = $2`;

/** As many rows as a webhook can have that is called all day long with all kinds of latency; a tenth of that for the others. */
const COUNT_ATTEMPTS = `
  insert into attempt_counts (account_id, webhook_id, hour, is_success, latency_bucket, shard, attempts)
  select $1, id, date_trunc('hour', now(), 'UTC') - hours * interval '1 hour', bucket % 5 <> 0, bucket, shard, 10
  from webhooks, generate_series(0, 24) hours, generate_series(0, case when id = $2 then 50 else 15 end) bucket,
    generate_series(0, case when id = $2 then 15 else 4 end) shard
  where account_id = $1`;

/** Paths of pages, some with what somebody clicks there to see more. */
type Opened = [path: string, more?: (page: Page) => Promise<unknown>];

function pagesOf({ user, token, webhook, delivery }: Known, size: Size): Opened[] {
  const log = `${WEBHOOKS}/${webhook}`;
  const weeksAgo = (weeks: number): string => new Date(Date.now() - weeks * 7 * 86_400_000).toISOString();
  return [
    ['/'],
    [TOKENS],
    [`${TOKENS}?page=${Math.ceil(size.tokens / 25)}`],
    [`${TOKENS}?status=revoked`],
    [`${TOKENS}?kind=personal`],
    [WEBHOOKS],
    [`${WEBHOOKS}?page=${Math.ceil(size.webhooks / 25)}`],
    [`${WEBHOOKS}?status=disabled`],
    [log],
    [`${log}?page=${Math.min(size.deliveries / 2, 10_000) / 25}`],
    [`${log}?status=failed`],
    [`${log}?status=pending`],
    [`${log}?event_type=job.closed`],
    [`${log}?event_type=job.closed&status=failed`],
    [`${log}?created_after=${weeksAgo(3)}&created_before=${weeksAgo(2)}`],
    [log, countFailed],
    [`${log}/deliveries/${delivery}`],
    ['/account/usage'],
    ['/account/usage?days=400'],
    [`/account/usage?days=400&token=${token}`],
    ['/account/plan'],
    ['/account/people'],
    [`/account/people?page=${Math.ceil(size.tokens / 25)}`],
    ['/account/people?q=person 7'],
    ['/account/people?role=viewer'],
    ['/account/audit'],
    ['/account/audit?page=200'],
    ['/account/audit?action=token.revoked'],
    [`/account/audit?token=${token}`],
    [`/account/audit?actor=${user}`],
    [`/account/audit?created_after=${weeksAgo(3)}&created_before=${weeksAgo(2)}`],
    ['/account/settings'],
    ['/profile'],
  ];
}

/** Of all that is kept. */
async function countFailed(page: Page): Promise<void> {
  await button(page, 'Redeliver what failed …').click();
  await page.getByLabel('Given up in').selectOption('719');
  await page.getByText(/have failed, and will be tried anew/).waitFor();
}

/** The paths of all that some pages have read from the API. */
async function requestsOf(world: DashboardWorld, people: Member[], pages: Opened[]): Promise<Set<string>> {
  const asked = new Set<string>();
  for (const [n, [path, more]] of pages.entries()) {
    const page = await world.open(people[n % people.length]);
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (request.method() === 'GET' && pathname.startsWith(BASE_PATH))
        asked.add(pathname.slice(BASE_PATH.length) + search);
    });
    await visit(page, world.origin + path);
    await more?.(page);
    await page.context().close();
  }
  return asked;
}

/** A path as it is for whichever webhook, moment or person; a range is as long as it is. */
const withoutIds = (path: string): string =>
  decodeURIComponent(path)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')
    .replaceAll(
      /\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g,
      (at) => `{${Math.floor((Date.now() - Date.parse(at)) / 86_400_000)} days ago}`,
    );

function summaryOf(times: number[]): Timings[string] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.ceil(sorted.length * part) - 1]! * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), requests: times.length };
}
