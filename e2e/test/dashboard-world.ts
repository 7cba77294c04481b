import type { Role } from '@nexivo/contracts/roles';
import { joinAs, type Member } from '@nexivo/testing/person';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { askDatabase } from '@nexivo/testing/sql';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from './browser.js';
import { type RunningStack, runStack } from './running-stack.js';

export const TOKENS = '/account/api-tokens';
export const WEBHOOKS = `${TOKENS}/webhooks`;

/** What somebody may call things, and no page may run. */
const HOSTILE = '<img src=x onerror=alert(1)> & a name that is longer than the column it is shown in';

/** A browser in front of a stack, with an account that has something to show. */
export interface DashboardWorld extends RunningStack {
  browser: Browser;
  accountId: string;
  owner: Member;
  receiver: Receiver;
  /** What the pages have complained of so far: errors in the console and reports of the policy. */
  complaints: string[];
  /** Somebody else of the account, or of another one. */
  join(role: Role, name?: string, account?: string): Promise<Member>;
  /** A browser of its own; signed in as somebody, unless nobody is named, where `origin` is what it calls the gateway. */
  open(member?: Member, options?: BrowserContextOptions, origin?: string): Promise<Page>;
}

export async function startDashboardWorld(): Promise<DashboardWorld> {
  const running = await runStack({ env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } });
  const browser = await openBrowser();
  const receiver = await startReceiver();
  const accountId = await running.operator.createAccount('professional', { perMinute: null, perDay: null });
  const join = (role: Role, name = `Olga ${role}`, account = accountId): Promise<Member> =>
    joinAs(running.origin, running.operator, account, role, { name });
  const complaints: string[] = [];
  return {
    ...running,
    browser,
    accountId,
    receiver,
    complaints,
    join,
    owner: await join('owner'),
    open: async (member, options, origin = running.origin) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      if (member) await signIn(context, origin, member);
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
      });
      return page;
    },
    stop: async () => {
      await browser.close();
      await receiver.stop();
      await running.stop();
    },
  };
}

/** With the cookies that the person has already. */
const signIn = (context: BrowserContext, origin: string, { api }: Member): Promise<void> =>
  context.addCookies(
    [...api.cookies].map(([name, value]) => ({ name, value, url: origin, httpOnly: true, sameSite: 'Lax' as const })),
  );

/** Gives the account three webhooks, one of which fails and one of which is disabled, events, usage and an invitation. Answers the pages there are then. */
export async function furnish(world: DashboardWorld): Promise<Record<string, string>> {
  const { owner, accountId, receiver } = world;
  receiver.answer = ({ path }) =>
    path === '/legacy' ? { status: 500, body: '{"error":"out of paper"}' } : { status: 204 };
  const create = async (path: string, body: unknown): Promise<{ id: string }> => {
    const answer = await owner.api.post(path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  await create('/webhooks', { url: `${receiver.url}/payroll`, events: ['submission.placed'], description: 'Payroll' });
  const failing = await create('/webhooks', {
    url: `${receiver.url}/legacy`,
    events: ['*'],
    description: 'The CRM of before',
  });
  const off = await create('/webhooks', {
    url: `${receiver.url}/off?tenant=019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e&region=eu-central`,
    events: ['job.created', 'job.updated', 'job.closed'],
    status: 'disabled',
  });
  const integration = await world.client({ accountId });
  for (let n = 0; n < 30; n++) {
    await integration.post('/candidates', {
      first_name: 'Jane',
      last_name: `<img src=x onerror=alert(${n})>`,
      email: `jane.${n}@example.com`,
    });
  }
  const tokens = [
    await create('/tokens', { name: 'Career site', scopes: ['candidates:write', 'jobs:read'] }),
    await create('/tokens', { name: HOSTILE, scopes: ['jobs:read', 'jobs:write', 'candidates:read', 'webhooks:read'] }),
  ];
  await askDatabase(world.stack.envOf('gateway')['DATABASE_URL']!, A_MONTH_OF_USAGE, [
    accountId,
    tokens.map(({ id }) => id),
  ]);
  const mine = await world.join('viewer', HOSTILE);
  const linkOf = async (path: string, body: unknown): Promise<string> => {
    const { url } = (await owner.api.post(path, body)).body as { url: string };
    return url.slice(new URL(url).origin.length);
  };
  const join = await linkOf('/invitations', { email: 'bob@example.com', role: 'recruiter' });
  const reset = await linkOf(`/users/${mine.id}/reset_link`, undefined);
  const test = await create(`/webhooks/${failing.id}/test`, {});
  return {
    home: '/',
    'api-tokens': TOKENS,
    webhooks: WEBHOOKS,
    webhook: `${WEBHOOKS}/${failing.id}`,
    'webhook-disabled': `${WEBHOOKS}/${off.id}`,
    delivery: `${WEBHOOKS}/${failing.id}/deliveries/${test.id}`,
    usage: '/account/usage',
    plan: '/account/plan',
    people: '/account/people',
    audit: '/account/audit',
    settings: '/account/settings',
    profile: '/profile',
    pricing: '/pricing',
    'sign-in': '/sign-in',
    join,
    reset,
    docs: '/docs',
  };
}

/** Less on Sundays, and too much on the day before yesterday. */
const A_MONTH_OF_USAGE = `
  insert into usage_days (account_id, day, token_id, outcome, requests)
  select $1::uuid, day, token, outcome, requests
  from generate_series(0, 29) ago, unnest($2::uuid[]) with ordinality token (token, n),
    lateral (select (now() at time zone 'UTC')::date - ago as day) dated,
    lateral (values
      ('admitted', case when ago = 2 then 4900 when extract(dow from day) = 0 then 310 else 1200 + 700 * sin(ago) end / n),
      ('minute_quota_exceeded', case when ago = 2 then 820 end / n),
      ('insufficient_scope', case when ago % 9 = 4 then 35 end / n)) counts (outcome, requests)
  where requests is not null`;

/** Pages that are for whoever is not signed in. */
export const OUTSIDE: readonly string[] = ['sign-in', 'join', 'reset', 'docs', 'pricing'];
