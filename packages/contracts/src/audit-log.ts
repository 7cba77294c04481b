import { z } from 'zod';
import { AUDIT_ACTIONS, auditEntry } from './accounts.js';
import { commaSeparated, cursorParameters, listOf, pageDepth } from './pagination.js';
import { PRINCIPAL_TYPES } from './principal.js';
import { defineRoute } from './route.js';
import { id, instant, text } from './text.js';

const named = z.object({
  id,
  name: z.string().nullable().meta({ description: '`null` for one that is no longer known' }),
});

const example = {
  id: 4711,
  at: '2026-11-24T09:30:00.000Z',
  action: 'token.revoked',
  actor: { type: 'user', id: '019ab300-51b8-7c9d-b1f2-8e0d7a6c4b3a', name: 'Olga Smirnova' },
  address: '203.0.113.7',
  token: { id: '019ab2f0-7b1f-7d4d-8e1c-1a7a3d2a7a7f', name: 'Career site' },
  user: null,
  details: { before: { revoked_at: null }, after: { revoked_at: '2026-11-24T09:30:00.000Z' } },
} as const;

/** One change of the account, its tokens or its people, as the account sees it. */
export const auditLogEntry = auditEntry
  .omit({ account_id: true, token_id: true, user_id: true })
  .extend({
    actor: auditEntry.shape.actor.extend({ name: z.string().nullable().meta({ description: 'As it is now' }) }),
    token: named.nullable().meta({ description: 'The token that it is about' }),
    user: named.nullable().meta({ description: 'The person whom it is about' }),
  })
  .meta({ id: 'AuditLogEntry', description: 'Who did what to the account, its tokens or its people', example });
export type AuditLogEntry = z.output<typeof auditLogEntry>;

export const listAuditLogInput = z
  .strictObject({
    ...cursorParameters,
    action: commaSeparated(AUDIT_ACTIONS).optional(),
    actor_type: commaSeparated(PRINCIPAL_TYPES).optional(),
    actor_id: text(300).optional().meta({ description: 'Of a token or a user; of an operator `<user>@<host>`' }),
    token_id: id.optional().meta({ description: 'What was done to this token' }),
    user_id: id.optional().meta({ description: 'What was done to this person' }),
    created_after: instant.optional().meta({ description: 'Later than this time' }),
    created_before: instant.optional().meta({ description: 'At this time or earlier' }),
  })
  .refine(pageDepth.check, pageDepth.message);
export type ListAuditLogInput = z.output<typeof listAuditLogInput>;

export const auditLogRoutes = {
  list: defineRoute({
    operationId: 'listAuditLog',
    method: 'GET',
    path: '/audit_log',
    summary: 'List what was done',
    description: 'The latest first. Developers see what they did themselves. Entries are never changed or removed.',
    tag: 'Audit',
    scope: 'audit:read',
    query: listAuditLogInput,
    response: listOf(auditLogEntry, 'AuditLogList'),
    status: 200,
  }),
};
