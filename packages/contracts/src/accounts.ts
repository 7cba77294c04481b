import { z } from 'zod';
import { defineCommand } from './command.js';
import { id, text, timestamp } from './text.js';

/** What a token may do. `write` does not imply `read`. */
export const SCOPES = [
  'candidates:read',
  'candidates:write',
  'jobs:read',
  'jobs:write',
  'submissions:read',
  'submissions:write',
  'webhooks:read',
  'webhooks:write',
] as const;
export const scope = z.enum(SCOPES);
export type Scope = z.output<typeof scope>;

export const PLANS = ['starter', 'professional', 'enterprise'] as const;
export const plan = z.enum(PLANS);
export type Plan = z.output<typeof plan>;

/** A company that uses the API; everything belongs to exactly one. */
export const account = z.object({
  id,
  name: z.string(),
  plan,
  requests_per_minute: z.int().nullable().meta({ description: "Overrides the plan's quota" }),
  requests_per_day: z.int().nullable().meta({ description: "Overrides the plan's quota" }),
  created_at: timestamp,
});
export type Account = z.output<typeof account>;

/** A bearer token as operators see it: never the token itself. */
export const apiToken = z.object({
  id,
  account_id: id,
  name: z.string(),
  scopes: z.array(scope),
  last_four: z.string().meta({ description: 'The last four characters, to tell tokens apart' }),
  expires_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
  created_at: timestamp,
});
export type ApiToken = z.output<typeof apiToken>;

const quota = z.int().min(1).max(1_000_000_000);

/** Commands that operators send, served by the gateway, which owns accounts and tokens. */
export const accounts = {
  create: defineCommand({
    subject: 'accounts.create',
    input: z.strictObject({ name: text(200), plan }),
    output: account,
  }),
  update: defineCommand({
    subject: 'accounts.update',
    input: z.strictObject({
      id,
      plan: plan.optional(),
      requests_per_minute: quota.nullable().optional(),
      requests_per_day: quota.nullable().optional(),
    }),
    output: account,
  }),
};

export const tokens = {
  create: defineCommand({
    subject: 'tokens.create',
    input: z.strictObject({
      account_id: id,
      name: text(100),
      scopes: z.array(scope).min(1),
      expires_at: timestamp.nullable(),
    }),
    output: apiToken.extend({ token: z.string().meta({ description: 'Shown this once' }) }),
  }),
  revoke: defineCommand({ subject: 'tokens.revoke', input: z.strictObject({ id }), output: apiToken }),
};
