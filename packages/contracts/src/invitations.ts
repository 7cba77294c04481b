import { z } from 'zod';
import { linkAnswer, linkPurpose } from './links.js';
import { commaSeparated, numberedListOf, pageDepth, pageParameters } from './pagination.js';
import { principal } from './principal.js';
import { role } from './roles.js';
import { defineRoute } from './route.js';
import { newPassword, personName, session } from './sessions.js';
import { emailAddress, id, timestamp } from './text.js';

/** For how long an invitation is valid. */
export const INVITATION_DAYS = 7;
/** How many invitations of an account may be pending at a time. */
export const INVITATIONS_MAX = 500;

const INVITATION_STATUSES = ['pending', 'accepted', 'revoked', 'expired'] as const;
const invitationStatus = z.enum(INVITATION_STATUSES).meta({ id: 'InvitationStatus' });
export type InvitationStatus = z.output<typeof invitationStatus>;

const example = {
  id: '019ab302-0d3b-7f6a-9c1e-5b8f2a7d4e90',
  email: 'olga@example.com',
  role: 'developer',
  status: 'pending',
  created_by: { type: 'user', id: '019ab300-51b8-7c9d-b1f2-8e0d7a6c4b3a' },
  created_at: '2026-11-23T12:00:00.000Z',
  expires_at: '2026-11-30T12:00:00.000Z',
  accepted_at: null,
} as const;

/** An invitation to join the account, without its link. */
const invitation = z
  .object({
    id,
    email: z.string(),
    role,
    status: invitationStatus,
    created_by: principal,
    created_at: timestamp,
    expires_at: timestamp,
    accepted_at: timestamp.nullable(),
  })
  .meta({ id: 'Invitation', description: 'An invitation to join the account', example });
export type Invitation = z.output<typeof invitation>;

const createInvitationInput = z
  .strictObject({ email: emailAddress, role })
  .meta({ id: 'CreateInvitation', example: { email: example.email, role: example.role } });
export type CreateInvitationInput = z.output<typeof createInvitationInput>;

export const listInvitationsInput = z
  .strictObject({ ...pageParameters, status: commaSeparated(INVITATION_STATUSES).optional() })
  .refine(pageDepth.check, pageDepth.message);
export type ListInvitationsInput = z.output<typeof listInvitationsInput>;

const byInvitationId = z.strictObject({
  id: id.meta({ description: 'Id of the invitation', example: example.id }),
});

/** What is behind the `#` of a link. It travels in bodies only, so that it is in no log. */
const secret = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'What is behind the `#` of the link', example: '3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs' });

const lookUpLinkInput = z.strictObject({ secret }).meta({ id: 'LookUpLink' });

/** What a link says of itself to whoever has it. */
const linkDetails = z
  .object({
    purpose: linkPurpose,
    email: z.string(),
    account_name: z.string().nullable().meta({ description: 'Of what is joined; `null` for `reset`' }),
    role: role.nullable(),
    has_password: z.boolean().meta({
      description: '`join`: whether the person is known already, and gives the password that he has',
    }),
    expires_at: timestamp,
  })
  .meta({
    id: 'LinkDetails',
    example: {
      purpose: 'join',
      email: example.email,
      account_name: 'Acme',
      role: example.role,
      has_password: false,
      expires_at: example.expires_at,
    },
  });
export type LinkDetails = z.output<typeof linkDetails>;

const acceptLinkInput = z
  .strictObject({
    secret,
    password: newPassword.meta({
      description: 'The new password; of somebody who has one and joins another account, that one',
    }),
    name: personName.optional().meta({ description: 'Required of somebody who is new' }),
  })
  .meta({ id: 'AcceptLink' });
export type AcceptLinkInput = z.output<typeof acceptLinkInput>;

const publicErrors = ['invalid_link', 'too_many_sign_ins', 'cross_site_request', 'service_unavailable'] as const;

export const invitationRoutes = {
  list: defineRoute({
    operationId: 'listInvitations',
    method: 'GET',
    path: '/invitations',
    summary: 'List invitations',
    description: 'The latest first, without their links.',
    tag: 'Users',
    scope: 'users:read',
    query: listInvitationsInput,
    response: numberedListOf(invitation, 'InvitationList'),
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createInvitation',
    method: 'POST',
    path: '/invitations',
    summary: 'Invite somebody',
    description: `Answers a link to hand over: no mail is sent. It is valid once, for ${INVITATION_DAYS} days, and is never shown again. Another invitation of the same e-mail address takes the earlier one back. Only owners invite owners. At most ${INVITATIONS_MAX} of an account are pending at a time.`,
    tag: 'Users',
    scope: 'users:write',
    body: createInvitationInput,
    response: linkAnswer,
    status: 201,
    location: '/invitations/{id}',
    errors: ['already_a_member', 'insufficient_role'],
    example: { email: example.email, role: example.role },
  }),
  get: defineRoute({
    operationId: 'getInvitation',
    method: 'GET',
    path: '/invitations/{id}',
    summary: 'Get an invitation',
    tag: 'Users',
    scope: 'users:read',
    params: byInvitationId,
    response: invitation,
    status: 200,
  }),
  delete: defineRoute({
    operationId: 'deleteInvitation',
    method: 'DELETE',
    path: '/invitations/{id}',
    summary: 'Take an invitation back',
    description: 'Its link is worth nothing from then on. One that has been accepted stays as it is.',
    tag: 'Users',
    scope: 'users:write',
    params: byInvitationId,
    response: invitation,
    status: 200,
    errors: ['insufficient_role'],
  }),
  lookUp: defineRoute({
    operationId: 'lookUpLink',
    method: 'POST',
    path: '/invitations/look_up',
    summary: 'See what a link is for',
    description: 'For the page that a link leads to. It uses the link not up.',
    tag: 'Sessions',
    isPublic: true,
    isFree: true,
    body: lookUpLinkInput,
    response: linkDetails,
    status: 200,
    errors: publicErrors,
    example: { secret: '3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs' },
  }),
  accept: defineRoute({
    operationId: 'acceptLink',
    method: 'POST',
    path: '/invitations/accept',
    summary: 'Join an account, or choose a new password, by a link',
    description:
      'Uses the link up and signs the person in, as `POST /sessions` does. A new password ends all his sessions.',
    tag: 'Sessions',
    isPublic: true,
    isFree: true,
    body: acceptLinkInput,
    response: session,
    status: 201,
    location: '/sessions/{id}',
    errors: [...publicErrors, 'invalid_credentials'],
    example: {
      secret: '3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs',
      password: 'correct horse battery staple',
      name: 'Olga Smirnova',
    },
  }),
};
