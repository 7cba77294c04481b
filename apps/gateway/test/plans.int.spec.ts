import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listAuditLogInput } from '@nexivo/contracts/audit-log';
import { listInvitationsInput } from '@nexivo/contracts/invitations';
import { listTokensInput } from '@nexivo/contracts/tokens';
import { usageRoutes } from '@nexivo/contracts/usage';
import { listUsersInput } from '@nexivo/contracts/users';
import { fillAccount } from '@nexivo/testing/many-rows';
import { type Scan, scansOf } from '@nexivo/testing/plans';
import { startWorld, type World } from '@nexivo/testing/world';
import { DataSource } from 'typeorm';
import { AccountTokensService } from '../src/accounts/account-tokens.service.js';
import { listAuditLog } from '../src/accounts/audit-log.js';
import { LinksService } from '../src/accounts/people/links.service.js';
import { MembersService } from '../src/accounts/people/members.service.js';
import { SessionsService } from '../src/accounts/people/sessions.service.js';
import { reportUsage } from '../src/accounts/usage-report.js';
import { startGateway } from './gateway-under-test.js';

/** So many tokens, people, invitations and sessions has an account, and ten times as many entries in its log. */
const LARGE = 2_000;
const SMALL = 40;
const DAYS = 400;
/** Of usage the large account has fewer tokens than elsewhere, for the time that it takes. */
const BUSY_TOKENS = 200;

const large = randomUUID();
const small = randomUUID();
let world: World;
/** What each list asks, by account and its filters. */
let lists: Record<string, { tables: string[]; ask: (accountId: string, query: Record<string, string>) => unknown }>;
/** A person and a token of each account. */
const some: Record<string, { user: string; token: string }> = {};

async function fill(accountId: string, count: number): Promise<void> {
  const name = `insert into accounts (id, name, plan) values ($1, 'Account', 'enterprise')`;
  await world.sql('gateway', name, [accountId]);
  const size = { count, busyTokens: Math.min(count, BUSY_TOKENS), days: DAYS };
  some[accountId] = await fillAccount(world.sql, accountId, size);
}

beforeAll(async () => {
  world = await startWorld();
  const app = await startGateway(world);
  await fill(large, LARGE);
  await fill(small, SMALL);
  await world.sql('gateway', 'vacuum analyze');
  const { manager } = app.get(DataSource);
  const everything = { userId: undefined, role: 'owner' } as const;
  lists = {
    tokens: {
      tables: ['api_tokens'],
      ask: (accountId, query) =>
        app
          .get(AccountTokensService, { strict: false })
          .list({ accountId, ...everything }, listTokensInput.parse(query)),
    },
    users: {
      tables: ['memberships', 'users'],
      ask: (accountId, query) =>
        app.get(MembersService, { strict: false }).list(accountId, listUsersInput.parse(query)),
    },
    invitations: {
      tables: ['invitations'],
      ask: (accountId, query) =>
        app.get(LinksService, { strict: false }).list(accountId, listInvitationsInput.parse(query)),
    },
    sessions: {
      tables: ['sessions'],
      ask: (accountId) =>
        app
          .get(SessionsService, { strict: false })
          .list({ accountId, userId: some[accountId]!.user, sessionId: randomUUID() }, { page: 1, per_page: 25 }),
    },
    audit_log: {
      tables: ['audit_log'],
      ask: (accountId, query) => listAuditLog(manager, accountId, listAuditLogInput.parse(query)),
    },
    usage: {
      tables: ['usage_days', 'usage_account_days', 'usage_token_months'],
      ask: (accountId, query) => reportUsage(manager, accountId, usageRoutes.get.query!.parse(query)),
    },
  };
});
afterAll(() => world.stop());

/** Each filter of each list. `token_id` and `user_id` are those of the account that asks. */
const FILTERS: [list: string, query: Record<string, string>][] = [
  ['tokens', {}],
  ['tokens', { status: 'revoked' }],
  ['tokens', { kind: 'personal' }],
  ['tokens', { user_id: '' }],
  ['tokens', { updated_after: daysAgo(1), sort: 'updated_at' }],
  ['users', {}],
  ['users', { role: 'owner' }],
  ['users', { q: 'person 7' }],
  ['users', { created_after: daysAgo(1) }],
  ['users', { created_before: daysAgo(1) }],
  ['invitations', {}],
  ['invitations', { status: 'expired' }],
  ['sessions', {}],
  ['audit_log', {}],
  ['audit_log', { action: 'token.revoked' }],
  ['audit_log', { actor_type: 'operator' }],
  ['audit_log', { actor_id: 'a@b' }],
  ['audit_log', { token_id: '' }],
  ['audit_log', { user_id: '' }],
  ['audit_log', { created_after: daysAgo(0.5) }],
  ['audit_log', { created_before: daysAgo(29.5) }],
  ['usage', {}],
  ['usage', { since: dayAgo(393) }],
  ['usage', { since: dayAgo(393), token_id: '' }],
];

it('every filter is tried', () => {
  const COMMON = [
    'page',
    'per_page',
    'cursor',
    'sort',
    'created_after',
    'created_before',
    'updated_after',
    'updated_before',
  ];
  const inputs = {
    tokens: listTokensInput,
    users: listUsersInput,
    invitations: listInvitationsInput,
    audit_log: listAuditLogInput,
    usage: usageRoutes.get.query!,
  };
  for (const [list, input] of Object.entries(inputs)) {
    const tried = FILTERS.flatMap(([of, query]) => (of === list ? Object.keys(query) : []));
    const filters = Object.keys(input.shape).filter((name) => !COMMON.includes(name) && name !== 'until');
    expect(tried).toEqual(expect.arrayContaining(filters));
  }
});

async function scans(accountId: string, list: string, query: Record<string, string>): Promise<Scan[]> {
  const { tables, ask } = lists[list]!;
  const { token, user } = some[accountId]!;
  const own = {
    ...query,
    ...('token_id' in query && { token_id: token }),
    ...('user_id' in query && { user_id: user }),
  };
  return scansOf(world.urlOf('gateway'), tables, accountId, async () => ask(accountId, own));
}

describe.each(FILTERS)('%s by %j', (list, query) => {
  it('looks at no other account', async () => {
    const own = list === 'usage' ? SMALL * 60 : list === 'audit_log' ? SMALL * 10 : SMALL;
    const read = await scans(small, list, query);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter(({ rows }) => rows > 2 * own)).toEqual([]);
  });
});

describe.each(FILTERS.filter(([list]) => list === 'audit_log'))('%s by %j', (list, query) => {
  it('leads to what was asked for, in a long log', async () => {
    for (const paging of [{}, { cursor: 'start' }]) {
      const read = await scans(large, list, { ...query, ...paging });
      expect(read.filter(({ how }) => how === 'Seq Scan')).toEqual([]);
      if (Object.keys(query).length > 0) expect(read.filter(({ rows }) => rows > LARGE)).toEqual([]);
    }
  });
});

it('usage of a year is read from sums: a month at most by day', async () => {
  for (const [query, most] of [
    [{ since: dayAgo(393) }, 30 * BUSY_TOKENS],
    [{ since: dayAgo(393), token_id: '' }, 400],
  ] as const) {
    const read = await scans(large, 'usage', query);
    expect(read.filter(({ rows }) => rows > most)).toEqual([]);
  }
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}
function dayAgo(days: number): string {
  return daysAgo(days).slice(0, 10);
}
