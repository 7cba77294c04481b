import { z } from 'zod';
import { defineCommand } from './command.js';
import { linkAnswer } from './links.js';
import { commaSeparated, numberedListOf, pageDepth, pageParameters } from './pagination.js';
import { readOnly } from './read-only.js';
import { role, ROLES } from './roles.js';
import { defineRoute } from './route.js';
import { emailAddress, id, instant, text, timestamp } from './text.js';

export const USER_STATUSES = ['active', 'disabled'] as const;
export const userStatus = z.enum(USER_STATUSES).meta({ id: 'UserStatus' });

export const userExample = {
  id: '019ab300-51b8-7c9d-b1f2-8e0d7a6c4b3a',
  email: 'olga@example.com',
  name: 'Olga Smirnova',
  role: 'admin',
  status: 'active',
  created_at: '2026-11-23T12:00:00.000Z',
  last_seen_at: '2026-11-24T09:30:00.000Z',
} as const;

/** Somebody who belongs to the account. */
export const user = z
  .object({
    id,
    email: z.string(),
    name: z.string(),
    role,
    status: userStatus.meta({ description: '`disabled`: an operator has shut this person out of all accounts' }),
    created_at: timestamp.meta({ description: 'When he joined the account' }),
    last_seen_at: timestamp.nullable().meta({ description: 'Written once a minute at most' }),
  })
  .meta({ id: 'User', description: 'A person who belongs to the account', example: userExample });
export type User = z.output<typeof user>;

export const USER_SORT_KEYS = ['created_at', 'name', 'email', 'last_seen_at'] as const;

export const listUsersInput = z
  .strictObject({
    ...pageParameters,
    sort: z
      .enum(USER_SORT_KEYS.flatMap((key) => [key, `-${key}`] as const))
      .default('-created_at')
      .meta({ description: 'Sort key, with `-` descending.' }),
    role: commaSeparated(ROLES).optional(),
    q: text(200).optional().meta({ description: 'A part of the name or of the e-mail address, without case' }),
    created_after: instant.optional().meta({ description: 'Joined later than this time' }),
    created_before: instant.optional().meta({ description: 'Joined at this time or earlier' }),
  })
  .refine(pageDepth.check, pageDepth.message);
export type ListUsersInput = z.output<typeof listUsersInput>;

/** Members that only the API sets, or the person himself. */
export const USER_READ_ONLY = [
  'id',
  'email',
  'name',
  'status',
  'created_at',
  'last_seen_at',
] as const satisfies readonly (keyof User)[];

const userPatch = z
  .strictObject({ role, ...readOnly(USER_READ_ONLY) })
  .partial()
  .meta({ id: 'UserPatch', description: 'A JSON merge patch (RFC 7396)' });

export type UserPatch = z.output<typeof userPatch>;

/** How a person is found. */
export const byUserId = z.strictObject({ id: id.meta({ description: 'Id of the user', example: userExample.id }) });

/** A person as operators see him, with all that he belongs to. */
export const person = z.object({
  id,
  email: z.string(),
  name: z.string(),
  created_at: timestamp,
  disabled_at: timestamp.nullable(),
  memberships: z.array(
    z.object({ account_id: id, account_name: z.string(), role, last_seen_at: timestamp.nullable() }),
  ),
});
export type Person = z.output<typeof person>;

/** Commands that operators send, served by the gateway. */
export const users = {
  /** Makes a link by which somebody joins an account; it is shown this once. */
  invite: defineCommand({
    subject: 'users.invite',
    input: z.strictObject({ account_id: id, email: emailAddress, role }),
    output: linkAnswer,
  }),
  list: defineCommand({
    subject: 'users.list',
    input: z.strictObject({
      account_id: id.optional(),
      after: id.optional(),
      limit: z.int().min(1).max(500).default(500),
    }),
    output: z.object({ data: z.array(person), next: id.nullable() }),
  }),
  /** Makes a link by which somebody chooses a new password; it is shown this once. */
  reset: defineCommand({ subject: 'users.reset', input: z.strictObject({ email: emailAddress }), output: linkAnswer }),
  /** Shuts a person out of all accounts, or lets him in again. */
  disable: defineCommand({
    subject: 'users.disable',
    input: z.strictObject({ email: emailAddress, is_disabled: z.boolean().default(true) }),
    output: person,
  }),
};

export const userRoutes = {
  list: defineRoute({
    operationId: 'listUsers',
    method: 'GET',
    path: '/users',
    summary: 'List the people of the account',
    tag: 'Users',
    scope: 'users:read',
    query: listUsersInput,
    response: numberedListOf(user, 'UserList'),
    status: 200,
  }),
  get: defineRoute({
    operationId: 'getUser',
    method: 'GET',
    path: '/users/{id}',
    summary: 'Get a person of the account',
    tag: 'Users',
    scope: 'users:read',
    params: byUserId,
    response: user,
    status: 200,
  }),
  update: defineRoute({
    operationId: 'updateUser',
    method: 'PATCH',
    path: '/users/{id}',
    summary: "Change a person's role",
    description:
      'Only owners make owners, and change what an owner is. The last owner stays one. The sessions of the person in this account end, and what the new role does not allow his personal tokens cannot do from then on.',
    tag: 'Users',
    scope: 'users:write',
    params: byUserId,
    body: userPatch,
    response: user,
    status: 200,
    errors: ['insufficient_role', 'last_owner'],
    example: { role: 'developer' },
  }),
  delete: defineRoute({
    operationId: 'deleteUser',
    method: 'DELETE',
    path: '/users/{id}',
    summary: 'Remove a person from the account',
    description:
      'Ends the sessions of the person in this account, revokes his personal tokens, and takes back the invitations that he has made; service tokens stay. Only owners remove owners, and the last one stays. Answers the person as he last stood.',
    tag: 'Users',
    scope: 'users:write',
    params: byUserId,
    response: user,
    status: 200,
    errors: ['insufficient_role', 'last_owner'],
  }),
  resetLink: defineRoute({
    operationId: 'createResetLink',
    method: 'POST',
    path: '/users/{id}/reset_link',
    summary: 'Make a link to choose a new password',
    description:
      'Hand it to the person; it is valid once, for 24 hours, and is never shown again. Only owners make one for an owner. Whoever belongs to another account as well asks an operator: one account does not decide about another. Nobody makes one for himself: that takes the current password.',
    tag: 'Users',
    scope: 'users:write',
    params: byUserId,
    response: linkAnswer,
    status: 200,
    errors: ['insufficient_role'],
  }),
};
