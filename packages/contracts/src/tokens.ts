import { z } from 'zod';
import { apiToken, MAX_OVERLAP_S, tokenScope } from './accounts.js';
import { commaSeparated, listOf, listParameters, pageDepth } from './pagination.js';
import { readOnly } from './read-only.js';
import { defineRoute } from './route.js';
import { id, instant, text, timestamp } from './text.js';

/** How many tokens of an account may be valid at a time. */
export const TOKENS_MAX = 5_000;

export const TOKEN_STATUSES = ['active', 'expired', 'revoked'] as const;
const tokenStatus = z.enum(TOKEN_STATUSES).meta({ id: 'TokenStatus' });
export type TokenStatus = z.output<typeof tokenStatus>;

export const TOKEN_KINDS = ['personal', 'service'] as const;
const tokenKind = z.enum(TOKEN_KINDS).meta({ id: 'TokenKind' });
export type TokenKind = z.output<typeof tokenKind>;

const DEFAULT_OVERLAP_S = 86_400;

const tokenExample = {
  id: '019ab2f0-7b1f-7d4d-8e1c-1a7a3d2a7a7f',
  name: 'Career site',
  kind: 'personal',
  user_id: '019ab300-51b8-7c9d-b1f2-8e0d7a6c4b3a',
  scopes: ['candidates:write', 'jobs:read'],
  prefix: 'nxv_live_3kTq',
  last_four: 'x9Zb',
  status: 'active',
  expires_at: '2027-02-21T12:00:00.000Z',
  revoked_at: null,
  rotated_to: null,
  last_used_at: null,
  created_at: '2026-11-23T12:00:00.000Z',
  updated_at: '2026-11-23T12:00:00.000Z',
  created_by: { type: 'user', id: '019ab300-51b8-7c9d-b1f2-8e0d7a6c4b3a' },
} as const;

/** A token as the API shows it: never the token itself. */
const token = apiToken
  .omit({ account_id: true })
  .extend({
    kind: tokenKind.meta({
      description:
        '`personal`: may do what its scopes and the role of its owner both allow, and ends when he leaves. `service`: belongs to the account alone.',
    }),
    status: tokenStatus,
    updated_at: timestamp,
  })
  .meta({ id: 'Token', description: 'An API token, without the token itself', example: tokenExample });
export type Token = z.output<typeof token>;

const shown = {
  token: z.string().meta({
    description: 'The token. Shown in this answer and never again.',
    example: 'nxv_live_3kTqExampleExampleExampleExampleEx9Zb',
  }),
};
const tokenWithSecret = token.extend(shown).meta({
  id: 'TokenWithSecret',
  description: 'A new API token; the only answer that shows it',
});
export type TokenWithSecret = z.output<typeof tokenWithSecret>;

const rotatedToken = token.extend({ ...shown, predecessor: token }).meta({
  id: 'RotatedToken',
  description: 'The successor of a token, shown this once, and what became of its predecessor',
});
export type RotatedToken = z.output<typeof rotatedToken>;

const scopes = z
  .array(tokenScope)
  .min(1)
  .transform((values) => [...new Set(values)])
  .meta({ description: 'None that the person who asks does not have' });

const example = {
  name: 'Career site',
  scopes: ['candidates:write', 'jobs:read'],
  expires_at: '2027-02-21T12:00:00.000Z',
};

const createTokenInput = z
  .strictObject({
    name: text(100),
    scopes,
    kind: tokenKind.default('personal').meta({ description: '`service` is for owners and admins' }),
    expires_at: instant.nullish().meta({ description: 'Never if absent or `null`' }),
  })
  .meta({ id: 'CreateToken', example });
export type CreateTokenInput = z.output<typeof createTokenInput>;

/** Members that only the API sets. */
export const TOKEN_READ_ONLY = [
  'id',
  'kind',
  'user_id',
  'prefix',
  'last_four',
  'status',
  'revoked_at',
  'rotated_to',
  'last_used_at',
  'created_at',
  'updated_at',
  'created_by',
] as const satisfies readonly (keyof Token)[];

const tokenPatch = z
  .strictObject({ name: text(100), scopes, expires_at: instant.nullable(), ...readOnly(TOKEN_READ_ONLY) })
  .partial()
  .meta({ id: 'TokenPatch', description: 'A JSON merge patch (RFC 7396)' });
export type TokenPatch = z.output<typeof tokenPatch>;

const rotateTokenInput = z
  .strictObject({
    overlap_s: z.int().min(0).max(MAX_OVERLAP_S).default(DEFAULT_OVERLAP_S).meta({
      description: 'For how many seconds the old token stays valid beside its successor; 0 revokes it',
    }),
  })
  .meta({ id: 'RotateToken', example: { overlap_s: DEFAULT_OVERLAP_S } });

export const listTokensInput = z
  .strictObject({
    ...listParameters(['created_at', 'updated_at', 'name']),
    status: commaSeparated(TOKEN_STATUSES).optional(),
    kind: commaSeparated(TOKEN_KINDS).optional(),
    user_id: id.optional().meta({ description: 'Personal tokens of this person' }),
  })
  .refine(pageDepth.check, pageDepth.message);
export type ListTokensInput = z.output<typeof listTokensInput>;

const byTokenId = z.strictObject({ id: id.meta({ description: 'Id of the token', example: tokenExample.id }) });

export const tokenRoutes = {
  list: defineRoute({
    operationId: 'listTokens',
    method: 'GET',
    path: '/tokens',
    summary: 'List API tokens',
    description: 'Owners, admins and developers see those of everybody; recruiters and viewers their own.',
    tag: 'Tokens',
    scope: 'tokens:read',
    query: listTokensInput,
    response: listOf(token, 'TokenList'),
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createToken',
    method: 'POST',
    path: '/tokens',
    summary: 'Create an API token',
    description: `Keep the \`token\` of the answer: it is never shown again. At most ${TOKENS_MAX} tokens of an account are valid at a time.`,
    tag: 'Tokens',
    scope: 'tokens:write',
    body: createTokenInput,
    response: tokenWithSecret,
    status: 201,
    location: '/tokens/{id}',
    errors: ['insufficient_role'],
    example,
  }),
  get: defineRoute({
    operationId: 'getToken',
    method: 'GET',
    path: '/tokens/{id}',
    summary: 'Get an API token',
    description: 'Without the token itself.',
    tag: 'Tokens',
    scope: 'tokens:read',
    params: byTokenId,
    response: token,
    status: 200,
  }),
  update: defineRoute({
    operationId: 'updateToken',
    method: 'PATCH',
    path: '/tokens/{id}',
    summary: 'Rename a token, or change its scopes or its end',
    description: 'What was revoked or has expired cannot be changed.',
    tag: 'Tokens',
    scope: 'tokens:write',
    params: byTokenId,
    body: tokenPatch,
    response: token,
    status: 200,
    errors: ['insufficient_role'],
    example: { name: 'Careers', expires_at: null },
  }),
  revoke: defineRoute({
    operationId: 'revokeToken',
    method: 'DELETE',
    path: '/tokens/{id}',
    summary: 'Revoke a token',
    description: 'Every gateway refuses it within a second. Answers the token as it now stands; it stays in the list.',
    tag: 'Tokens',
    scope: 'tokens:write',
    params: byTokenId,
    response: token,
    status: 200,
    errors: ['insufficient_role'],
  }),
  rotate: defineRoute({
    operationId: 'rotateToken',
    method: 'POST',
    path: '/tokens/{id}/rotate',
    summary: 'Replace a token',
    description:
      'Makes a successor of the same name, scopes, owner and lifetime. The old token stays valid for the overlap, but never longer than it would have been.',
    tag: 'Tokens',
    scope: 'tokens:write',
    params: byTokenId,
    body: rotateTokenInput,
    response: rotatedToken,
    status: 201,
    location: '/tokens/{id}',
    errors: ['insufficient_role'],
    example: { overlap_s: DEFAULT_OVERLAP_S },
  }),
};
