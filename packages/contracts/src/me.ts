import { z } from 'zod';
import { plan, scope } from './accounts.js';
import { readOnly } from './read-only.js';
import { role } from './roles.js';
import { defineRoute } from './route.js';
import { personName } from './sessions.js';
import { id, timestamp } from './text.js';

const quota = z
  .object({
    limit: z.int().min(0).meta({ description: 'Requests allowed' }),
    used: z.int().min(0).meta({ description: 'Requests used' }),
    remaining: z.int().min(0).meta({ description: 'Requests left' }),
    resets_at: timestamp.meta({
      description: 'Minute: when there is room again, or the oldest use no longer counts. Day: the next 00:00 UTC.',
    }),
  })
  .meta({ id: 'Quota', description: 'One of the two quotas, as it stands' });

const selfExample = { id: '019ab300-51b8-7c9d-b1f2-8e0d7a6c4b3a', email: 'olga@example.com', name: 'Olga Smirnova' };

/** The person who asks. */
const self = z
  .object({ id, email: z.string(), name: z.string() })
  .meta({ id: 'Self', description: 'The person who asks', example: selfExample });
export type Self = z.output<typeof self>;

/** Who asks, what he may do, and what is left of the account's quotas. */
const me = z
  .object({
    account: z.object({ id, name: z.string(), plan }),
    token: z
      .object({
        id,
        name: z.string(),
        scopes: z.array(scope).meta({ description: 'As they were granted; `scopes` are those that count now' }),
        expires_at: timestamp.nullable(),
      })
      .nullable()
      .meta({ description: '`null` for a session' }),
    session: z.object({ id, expires_at: timestamp }).nullable().meta({ description: '`null` for a token' }),
    user: self
      .nullable()
      .meta({ description: 'Who is signed in, or whose personal token it is; `null` for a service token' }),
    role: role.nullable().meta({ description: 'Of that person in this account' }),
    scopes: z.array(scope).meta({ description: 'What the caller may do now' }),
    quotas: z
      .object({
        minute: quota.meta({ description: 'Any 60 seconds' }),
        day: quota.meta({ description: 'The UTC day' }),
      })
      .nullable()
      .meta({ description: '`null` for a session in an account without API access' }),
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
      session: null,
      user: selfExample,
      role: 'developer',
      scopes: ['jobs:read'],
      quotas: {
        minute: { limit: 60, used: 1, remaining: 59, resets_at: '2026-11-23T12:01:00.000Z' },
        day: { limit: 10_000, used: 1, remaining: 9_999, resets_at: '2026-11-24T00:00:00.000Z' },
      },
    },
  });
export type Me = z.output<typeof me>;

/** Members that only the API sets. */
export const SELF_READ_ONLY = ['id', 'email'] as const satisfies readonly (keyof Self)[];

const mePatch = z
  .strictObject({ name: personName, ...readOnly(SELF_READ_ONLY) })
  .partial()
  .meta({ id: 'MePatch', description: 'A JSON merge patch (RFC 7396)' });

export type MePatch = z.output<typeof mePatch>;

export const meRoutes = {
  get: defineRoute({
    operationId: 'getMe',
    method: 'GET',
    path: '/me',
    summary: 'Get the account, scopes and quotas of the caller',
    description: 'Needs a token or a session, but no scope, and uses no quota.',
    tag: 'Account',
    isFree: true,
    response: me,
    status: 200,
  }),
  update: defineRoute({
    operationId: 'updateMe',
    method: 'PATCH',
    path: '/me',
    summary: 'Change your name',
    tag: 'Account',
    isForSessions: true,
    body: mePatch,
    response: self,
    status: 200,
    example: { name: 'Olga Smirnova' },
  }),
};
