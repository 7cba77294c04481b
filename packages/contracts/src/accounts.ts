import { z } from 'zod';
import { defineCommand } from './command.js';
import { principal } from './principal.js';
import { id, text, timestamp } from './text.js';
import { usageCounts } from './usage-counts.js';

/** What a token may be allowed to do. `write` does not imply `read`. */
export const TOKEN_SCOPES = [
  'candidates:read',
  'candidates:write',
  'jobs:read',
  'jobs:write',
  'submissions:read',
  'submissions:write',
  'webhooks:read',
  'webhooks:write',
  'account:read',
  'users:read',
  'tokens:read',
  'audit:read',
] as const;
export const tokenScope = z.enum(TOKEN_SCOPES).meta({ id: 'TokenScope' });
export type TokenScope = z.output<typeof tokenScope>;

/** What only people who are signed in may do: a stolen token makes no others and lets nobody in. */
export const SESSION_SCOPES = ['account:write', 'users:write', 'tokens:write'] as const;

/** Every scope that an operation can need. */
export const SCOPES = [...TOKEN_SCOPES, ...SESSION_SCOPES] as const;
export const scope = z.enum(SCOPES).meta({ id: 'Scope' });
export type Scope = z.output<typeof scope>;

export const PLANS = ['starter', 'professional', 'enterprise'] as const;
export const plan = z.enum(PLANS).meta({ id: 'PlanName' });
export type Plan = z.output<typeof plan>;

/** Requests that each plan allows an account, all its tokens together; nothing for a plan without API access. */
export const PLAN_QUOTAS: Record<Plan, { perMinute: number; perDay: number } | undefined> = {
  starter: undefined,
  professional: { perMinute: 60, perDay: 10_000 },
  enterprise: { perMinute: 600, perDay: 1_000_000 },
};

/** A company that uses the API; everything belongs to exactly one. */
export const account = z.object({
  id,
  name: z.string(),
  plan,
  requests_per_minute: z.int().min(0).nullable().meta({ description: "Overrides the plan's quota" }),
  requests_per_day: z.int().min(0).nullable().meta({ description: "Overrides the plan's quota" }),
  created_at: timestamp,
});
export type Account = z.output<typeof account>;

/** A bearer token as operators see it: never the token itself. */
export const apiToken = z.object({
  id,
  account_id: id,
  name: z.string(),
  user_id: id.nullable().meta({
    description: 'Whose personal token it is; `null` for a service token, which belongs to the account alone',
  }),
  scopes: z.array(tokenScope),
  prefix: z.string().meta({ description: 'What it begins with; with `last_four`, to tell tokens apart' }),
  last_four: z.string(),
  expires_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
  rotated_to: id.nullable().meta({ description: 'The token that took its place' }),
  last_used_at: timestamp.nullable().meta({ description: 'Written in batches, so a little late' }),
  created_at: timestamp,
  created_by: principal.nullable().meta({ description: 'Who made it; unknown for the oldest' }),
});
export type ApiToken = z.output<typeof apiToken>;

/** The answer that shows a token: the only one that ever does. */
const shown = { token: z.string().meta({ description: 'Shown this once' }) };

export const AUDIT_ACTIONS = [
  'account.created',
  'account.plan_changed',
  'account.quota_changed',
  'account.renamed',
  'token.created',
  'token.updated',
  'token.scopes_changed',
  'token.rotated',
  'token.revoked',
  'session.created',
  'session.ended',
  'session.revoked',
  'invitation.created',
  'invitation.revoked',
  'user.reset_link_created',
  'user.joined',
  'user.renamed',
  'user.password_changed',
  'user.role_changed',
  'user.removed',
  'user.disabled',
  'user.enabled',
] as const;
export const auditAction = z.enum(AUDIT_ACTIONS).meta({ id: 'AuditAction' });
export type AuditAction = z.output<typeof auditAction>;

/** One change of an account, its tokens or its people. */
export const auditEntry = z.object({
  id: z.int().min(0).meta({ description: 'Later entries have greater ones' }),
  at: timestamp,
  account_id: id,
  token_id: id.nullable(),
  user_id: id.nullable().meta({ description: 'Of the person whom it is about' }),
  action: auditAction,
  actor: principal.meta({ description: 'Who did it; an operator as their program says' }),
  address: z.string().nullable().meta({ description: 'Where from, as the bus sees that program' }),
  details: z.object({
    before: z.record(z.string(), z.unknown()).optional(),
    after: z.record(z.string(), z.unknown()),
  }),
});
export type AuditEntry = z.output<typeof auditEntry>;

const quota = z.int().min(1).max(1_000_000_000);

/** A part of a list in the order of ids: what follows `after`. `next` continues it, `null` at its end. */
const part = { after: id.optional(), limit: z.int().min(1).max(500).default(500) };
const partOf = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), next: id.nullable() });

/** With a hundred thousand accounts it takes some seconds. */
const UPDATE_ALL_TIMEOUT_MS = 10_000;

/** One of an account's quotas, as it stands. */
const quotaState = z.object({
  limit: z.int().min(0),
  used: z.int().min(0),
  resets_in_s: z.number().min(0).meta({ description: 'Until it has room again, or its oldest use no longer counts' }),
});

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
  /** Changes all accounts of a plan at once, and says how many it has changed; `null` takes an override away. */
  updateAll: defineCommand({
    subject: 'accounts.update_all',
    input: z.strictObject({
      of_plan: plan,
      plan: plan.optional(),
      requests_per_minute: quota.nullable().optional(),
      requests_per_day: quota.nullable().optional(),
    }),
    output: z.object({ updated: z.int().min(0) }),
    timeoutMs: UPDATE_ALL_TIMEOUT_MS,
  }),
  get: defineCommand({ subject: 'accounts.get', input: z.strictObject({ id }), output: account }),
  list: defineCommand({
    subject: 'accounts.list',
    input: z.strictObject({ ...part, plan: plan.optional(), name: text(200).optional() }),
    output: partOf(account),
  }),
  /** Both quotas as they stand; nothing of them is used. `null` on a plan without API access. */
  getQuotas: defineCommand({
    subject: 'accounts.get_quotas',
    input: z.strictObject({ id }),
    output: z.object({ minute: quotaState, day: quotaState }).nullable(),
  }),
  /** What an account's tokens asked for, by UTC day, the earliest first; today is the last of them. */
  getUsage: defineCommand({
    subject: 'accounts.get_usage',
    input: z.strictObject({ id, days: z.int().min(1).max(400) }),
    output: z.object({ days: z.array(z.object({ day: z.string(), ...usageCounts })) }),
  }),
};

/** Longest lifetime that is counted from now on: a hundred years. */
export const MAX_LIFETIME_S = 100 * 365 * 86_400;
/** Longest time for which a rotated token may stay valid beside its successor. */
export const MAX_OVERLAP_S = 365 * 86_400;

/** From now on, in place of `expires_at`: counted by the database's clock, for that of an operator may be wrong. */
const expiresInS = z.int().min(1).max(MAX_LIFETIME_S);

export const tokens = {
  create: defineCommand({
    subject: 'tokens.create',
    input: z.strictObject({
      account_id: id,
      name: text(100),
      scopes: z.array(tokenScope).min(1),
      expires_at: timestamp.nullable(),
      expires_in_s: expiresInS.optional(),
    }),
    output: apiToken.extend(shown),
  }),
  list: defineCommand({
    subject: 'tokens.list',
    input: z.strictObject({ account_id: id, ...part, is_valid: z.boolean().optional() }),
    output: partOf(apiToken),
  }),
  /** Changes the members given; `null` takes the expiry away. */
  update: defineCommand({
    subject: 'tokens.update',
    input: z.strictObject({
      id,
      name: text(100).optional(),
      scopes: z.array(tokenScope).min(1).optional(),
      expires_at: timestamp.nullable().optional(),
      expires_in_s: expiresInS.optional(),
    }),
    output: apiToken,
  }),
  /** Makes a successor; both are valid for the overlap, or until the old one would have expired anyway. */
  rotate: defineCommand({
    subject: 'tokens.rotate',
    input: z.strictObject({ id, overlap_s: z.int().min(0).max(MAX_OVERLAP_S) }),
    output: apiToken.extend({ ...shown, predecessor: apiToken }),
  }),
  revoke: defineCommand({ subject: 'tokens.revoke', input: z.strictObject({ id }), output: apiToken }),
};

export const audit = {
  /** Newest first; `before` continues below an entry. Its subject is one that operators may send to as it is. */
  list: defineCommand({
    subject: 'accounts.list_audit',
    input: z.strictObject({
      account_id: id.optional(),
      token_id: id.optional(),
      before: z.int().min(0).optional(),
      limit: z.int().min(1).max(200).default(50),
    }),
    output: z.object({ data: z.array(auditEntry) }),
  }),
};
