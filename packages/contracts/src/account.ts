import { z } from 'zod';
import { account, PLAN_QUOTAS, plan, PLANS } from './accounts.js';
import { readOnly } from './read-only.js';
import { defineRoute } from './route.js';
import { text } from './text.js';

/** What the account itself sees of it; operators see `accounts.ts`. */
const ownAccount = account
  .pick({ id: true, name: true, plan: true, created_at: true })
  .extend({
    requests_per_minute: z
      .int()
      .nullable()
      .meta({ description: 'What the account is allowed; `null` without API access' }),
    requests_per_day: z.int().min(0).nullable(),
  })
  .meta({
    id: 'Account',
    description: 'The account that the caller speaks for',
    example: {
      id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e',
      name: 'Acme',
      plan: 'professional',
      created_at: '2026-11-23T12:00:00.000Z',
      requests_per_minute: 60,
      requests_per_day: 10_000,
    },
  });
export type OwnAccount = z.output<typeof ownAccount>;

/** Members that only operators, or nobody, set. */
export const ACCOUNT_READ_ONLY = [
  'id',
  'plan',
  'created_at',
  'requests_per_minute',
  'requests_per_day',
] as const satisfies readonly (keyof OwnAccount)[];

const accountPatch = z
  .strictObject({ name: text(200), ...readOnly(ACCOUNT_READ_ONLY) })
  .partial()
  .meta({ id: 'AccountPatch', description: 'A JSON merge patch (RFC 7396)' });

export type AccountPatch = z.output<typeof accountPatch>;

/** One of the plans that accounts can be on. */
const planDetails = z
  .object({
    id: plan,
    name: z.string(),
    has_api_access: z.boolean(),
    requests_per_minute: z.int().min(0).nullable(),
    requests_per_day: z.int().min(0).nullable(),
  })
  .meta({ id: 'Plan' });
export type PlanDetails = z.output<typeof planDetails>;

/** The published plans, smallest first. */
export const planList: readonly PlanDetails[] = PLANS.map((each) => ({
  id: each,
  name: each[0]!.toUpperCase() + each.slice(1),
  has_api_access: PLAN_QUOTAS[each] !== undefined,
  requests_per_minute: PLAN_QUOTAS[each]?.perMinute ?? null,
  requests_per_day: PLAN_QUOTAS[each]?.perDay ?? null,
}));

export const accountRoutes = {
  get: defineRoute({
    operationId: 'getAccount',
    method: 'GET',
    path: '/account',
    summary: 'Get the account',
    tag: 'Account',
    scope: 'account:read',
    response: ownAccount,
    status: 200,
  }),
  update: defineRoute({
    operationId: 'updateAccount',
    method: 'PATCH',
    path: '/account',
    summary: 'Rename the account',
    tag: 'Account',
    scope: 'account:write',
    body: accountPatch,
    response: ownAccount,
    status: 200,
    example: { name: 'Acme International' },
  }),
  plans: defineRoute({
    operationId: 'listPlans',
    method: 'GET',
    path: '/plans',
    summary: 'List the plans',
    description: 'What each allows an account, all its tokens together.',
    tag: 'Account',
    isPublic: true,
    isFree: true,
    response: z
      .object({
        data: z.array(planDetails),
        contact_sales_url: z.url().nullable().meta({
          description: 'Where to ask for another plan; `null`: ask whoever runs this installation',
        }),
      })
      .meta({ id: 'PlanList' }),
    status: 200,
    responseExample: { data: planList, contact_sales_url: null },
  }),
};
