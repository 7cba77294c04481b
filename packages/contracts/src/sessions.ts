import { z } from 'zod';
import { defineCommand } from './command.js';
import { role } from './roles.js';
import { numberedListOf, pageDepth, pageParameters } from './pagination.js';
import { defineRoute } from './route.js';
import { emailAddress, id, text, timestamp } from './text.js';

/** The header that a page of the dashboard sends with value `1`; without it the session's cookie does not count. */
export const SESSION_HEADER = 'nexivo-session';
/**
 * Cookie of a session: with the prefix where the outside is https, for then browsers take it from that very host alone; below a path of it
 * from https alone, since the other prefix admits no path.
 */
export const SESSION_COOKIE = { secure: '__Host-nexivo', secureBelowPath: '__Secure-nexivo', plain: 'nexivo' } as const;
/** A session ends after so long, */
export const SESSION_DAYS = 14;
/** and before that if it is not used for so long. */
export const SESSION_IDLE_HOURS = 24;
/** Requests that one session may send in a minute; they use none of the account's quotas. */
export const SESSION_REQUESTS_PER_MINUTE = 300;

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 200;

/** A password as somebody types it to sign in. It is taken as it is: blanks count. */
export const givenPassword = z.string().min(1).max(1_000);

/** A new password. Whether it is too common the gateway decides, which has the list. */
export const newPassword = z
  .string()
  .refine((value) => value.isWellFormed(), { error: 'must not contain lone surrogates', abort: true })
  .min(PASSWORD_MIN)
  .max(PASSWORD_MAX)
  .meta({ description: `${PASSWORD_MIN} to ${PASSWORD_MAX} characters, none of the 10,000 commonest passwords` });

const example = {
  id: '019ab301-2c4e-7b1f-8a70-4d6c0a9e5f11',
  created_at: '2026-11-23T12:00:00.000Z',
  last_seen_at: '2026-11-23T12:00:00.000Z',
  expires_at: '2026-12-07T12:00:00.000Z',
  address: '203.0.113.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  is_current: true,
} as const;

/** A sign-in of the person who asks, in this account. */
export const session = z
  .object({
    id,
    created_at: timestamp,
    last_seen_at: timestamp.meta({ description: 'Written once a minute at most' }),
    expires_at: timestamp.meta({ description: `Earlier if it is not used for ${SESSION_IDLE_HOURS} hours` }),
    address: z.string().nullable().meta({ description: 'Where it was made from' }),
    user_agent: z.string().nullable().meta({ description: 'What the browser called itself then' }),
    is_current: z.boolean().meta({ description: 'Whether it is the one that asks' }),
  })
  .meta({ id: 'Session', description: 'A sign-in of a person in an account', example });
export type Session = z.output<typeof session>;

const credentials = { email: 'olga@example.com', password: 'correct horse battery staple' };

export const signInInput = z
  .strictObject({
    email: emailAddress,
    password: givenPassword,
    account_id: id
      .optional()
      .meta({ description: 'For somebody who belongs to several; without it the one used last' }),
  })
  .meta({ id: 'SignIn', example: credentials });
export type SignInInput = z.output<typeof signInInput>;

const bySessionId = z.strictObject({
  id: z.union([z.literal('current'), id]).meta({
    description: 'Id of the session, or `current`',
    example: example.id,
  }),
});

export const listSessionsInput = z.strictObject(pageParameters).refine(pageDepth.check, pageDepth.message);

/** An account that the person who asks belongs to. */
const membership = z
  .object({ id, name: z.string(), role, is_current: z.boolean().meta({ description: 'Whether the session is in it' }) })
  .meta({
    id: 'Membership',
    description: 'An account that a person belongs to',
    example: { id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e', name: 'Acme', role: 'developer', is_current: true },
  });
export type Membership = z.output<typeof membership>;

/** What `DELETE /sessions` answers. */
export const endedSessions = z
  .object({ ended: z.int().min(0).meta({ description: 'How many there were', example: 2 }) })
  .meta({ id: 'EndedSessions' });

/** Commands that operators send. */
export const sessions = {
  /** Ends every session of a person, in all accounts. */
  revoke: defineCommand({
    subject: 'sessions.revoke',
    input: z.strictObject({ email: emailAddress }),
    output: endedSessions,
  }),
};

export const sessionRoutes = {
  create: defineRoute({
    operationId: 'createSession',
    method: 'POST',
    path: '/sessions',
    summary: 'Sign in',
    description: `Answers with a cookie, which counts for requests with the header \`${SESSION_HEADER}: 1\` from pages of this origin. For the dashboard: programs use tokens.`,
    tag: 'Sessions',
    isPublic: true,
    isFree: true,
    body: signInInput,
    response: session,
    status: 201,
    location: '/sessions/{id}',
    errors: ['invalid_credentials', 'too_many_sign_ins', 'cross_site_request', 'service_unavailable'],
    example: credentials,
  }),
  list: defineRoute({
    operationId: 'listSessions',
    method: 'GET',
    path: '/sessions',
    summary: 'List your sessions',
    description: 'Those of the person who asks, in this account, the latest sign-in first.',
    tag: 'Sessions',
    isForSessions: true,
    query: listSessionsInput,
    response: numberedListOf(session, 'SessionList'),
    status: 200,
  }),
  get: defineRoute({
    operationId: 'getSession',
    method: 'GET',
    path: '/sessions/{id}',
    summary: 'Get a session of yours',
    tag: 'Sessions',
    isForSessions: true,
    params: bySessionId,
    response: session,
    status: 200,
  }),
  delete: defineRoute({
    operationId: 'deleteSession',
    method: 'DELETE',
    path: '/sessions/{id}',
    summary: 'Sign out',
    description: 'Ends a session of the person who asks, and answers it as it last stood.',
    tag: 'Sessions',
    isForSessions: true,
    params: bySessionId,
    response: session,
    status: 200,
  }),
  deleteOthers: defineRoute({
    operationId: 'deleteOtherSessions',
    method: 'DELETE',
    path: '/sessions',
    summary: 'Sign out everywhere else',
    description: 'Ends every session of the person who asks but the one that asks, in all accounts.',
    tag: 'Sessions',
    isForSessions: true,
    response: endedSessions,
    status: 200,
  }),
};

const otherAccount = z.strictObject({ account_id: id }).meta({ id: 'SwitchAccount' });

/** For somebody who belongs to several accounts. */
export const membershipRoutes = {
  list: defineRoute({
    operationId: 'getMemberships',
    method: 'GET',
    path: '/me/accounts',
    summary: 'List the accounts that you belong to',
    description: 'By name, all of them.',
    tag: 'Sessions',
    isForSessions: true,
    response: z.object({ data: z.array(membership) }),
    status: 200,
  }),
  switch: defineRoute({
    operationId: 'switchAccount',
    method: 'POST',
    path: '/me/switch_account',
    summary: 'Go on in another account of yours',
    description:
      'The session ends, and one begins in that account, with a cookie of its own; it lasts no longer than the one before would have.',
    tag: 'Sessions',
    isForSessions: true,
    ignoresIdempotencyKey: true,
    body: otherAccount,
    response: session,
    status: 200,
    errors: ['not_found'],
    example: { account_id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e' },
  }),
};

export const changePasswordInput = z
  .strictObject({ current_password: givenPassword, new_password: newPassword })
  .meta({ id: 'ChangePassword' });

export const passwordRoutes = {
  change: defineRoute({
    operationId: 'changePassword',
    method: 'POST',
    path: '/me/change_password',
    summary: 'Change your password',
    description: 'Ends every other session of the person, and answers this one, whose cookie is a new one.',
    tag: 'Sessions',
    isForSessions: true,
    ignoresIdempotencyKey: true,
    body: changePasswordInput,
    response: session,
    status: 200,
    errors: ['too_many_sign_ins'],
    example: { current_password: credentials.password, new_password: 'a longer one than that' },
  }),
};

/** What somebody calls himself. */
export const personName = text(100);
