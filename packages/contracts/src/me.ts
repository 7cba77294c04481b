import { z } from 'zod';
import { plan, scope } from './accounts.js';
import { defineRoute } from './route.js';
import { id, timestamp } from './text.js';

const quota = z.object({
  limit: z.int().meta({ description: 'Requests allowed' }),
  used: z.int().meta({ description: 'Requests used' }),
  remaining: z.int().meta({ description: 'Requests left' }),
  resets_at: timestamp.meta({
    description: 'Minute: when there is room again, or the oldest use no longer counts. Day: the next 00:00 UTC.',
  }),
});

/** Who a token speaks for, and what is left of its account's quotas. */
const me = z
  .object({
    account: z.object({ id, name: z.string(), plan }),
    token: z.object({ id, name: z.string(), scopes: z.array(scope), expires_at: timestamp.nullable() }),
    quotas: z.object({
      minute: quota.meta({ description: 'Any 60 seconds' }),
      day: quota.meta({ description: 'The UTC day' }),
    }),
  })
  .meta({
    id: 'Me',
    example: {
      account: { id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e', name: 'Acme', plan: 'professional' },
      token: {
        id: '019ab2f0-7b1f-7d4d-8e1c-1a7a3d2a7a7f',
        name: 'Career site',
        scopes: ['candidates:write', 'jobs:read'],
        expires_at: null,
      },
      quotas: {
        minute: { limit: 60, used: 1, remaining: 59, resets_at: '2026-11-23T12:01:00.000Z' },
        day: { limit: 10_000, used: 1, remaining: 9_999, resets_at: '2026-11-24T00:00:00.000Z' },
      },
    },
  });
export type Me = z.output<typeof me>;

export const meRoutes = {
  get: defineRoute({
    operationId: 'getMe',
    method: 'GET',
    path: '/me',
    summary: 'Get the account, scopes and quotas of the token',
    description: 'Needs a token, but no scope, and uses no quota.',
    tag: 'Account',
    isFree: true,
    response: me,
    status: 200,
  }),
};
