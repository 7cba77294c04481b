import { invitationRoutes } from '@nexivo/contracts/invitations';
import { membershipRoutes, passwordRoutes, type Session, sessionRoutes } from '@nexivo/contracts/sessions';
import { userRoutes } from '@nexivo/contracts/users';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JoiningService } from './accounts/people/joining.service.js';
import type { LinksService } from './accounts/people/links.service.js';
import type { MembershipsService } from './accounts/people/memberships.service.js';
import type { MembersService } from './accounts/people/members.service.js';
import type { Visit } from './accounts/people/session-rows.js';
import type { Self, SessionsService, SignedIn } from './accounts/people/sessions.service.js';
import { callerOf, contextOf } from './auth/caller.js';
import { readCookie, setCookie } from './auth/cookies.js';
import { addressOf, originOf, refuseCrossSite } from './auth/outside.js';
import { type BoundRoute, handle } from './http/bind.js';

/** What the routes of people need. */
export interface PeopleServices {
  readonly sessions: SessionsService;
  readonly joining: JoiningService;
  readonly members: MembersService;
  readonly memberships: MembershipsService;
  readonly links: LinksService;
}

/** The person who asks. Its routes are for sessions only. */
function selfOf(request: FastifyRequest): Self {
  const { accountId, principal, session } = callerOf(request);
  return { accountId, userId: principal.id, sessionId: session!.id };
}

/** Signing in and out, links and one's own password. */
export function sessionRouteList(
  { sessions, joining, memberships }: PeopleServices,
  publicUrl: string | undefined,
): BoundRoute[] {
  const visitOf = (request: FastifyRequest): Visit => ({
    requestId: request.id,
    address: addressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    device: readCookie(request, 'device', publicUrl),
    session: readCookie(request, 'session', publicUrl),
  });
  const letIn = (request: FastifyRequest, reply: FastifyReply, { session, secret, device }: SignedIn): Session => {
    setCookie(request, reply, 'session', secret, publicUrl);
    if (device) setCookie(request, reply, 'device', device, publicUrl);
    return session;
  };
  const idOf = (request: FastifyRequest, id: string): string => (id === 'current' ? selfOf(request).sessionId : id);

  return [
    handle(sessionRoutes.create, async ({ body }, request, reply) => {
      // Nor may another page sign somebody in, as whom it likes.
      refuseCrossSite(request, publicUrl);
      return letIn(request, reply, await sessions.signIn(body, visitOf(request)));
    }),
    handle(sessionRoutes.list, ({ query }, request) => sessions.list(selfOf(request), query)),
    handle(sessionRoutes.get, ({ params }, request) => sessions.get(selfOf(request), idOf(request, params.id))),
    handle(sessionRoutes.delete, async ({ params }, request, reply) => {
      const self = selfOf(request);
      const ended = await sessions.end(self, idOf(request, params.id), visitOf(request));
      if (ended.id === self.sessionId) setCookie(request, reply, 'session', undefined, publicUrl);
      return ended;
    }),
    handle(sessionRoutes.deleteOthers, (_input, request) => sessions.endOthers(selfOf(request), visitOf(request))),
    handle(passwordRoutes.change, async ({ body }, request, reply) =>
      letIn(request, reply, await sessions.changePassword(selfOf(request), body, visitOf(request))),
    ),
    handle(membershipRoutes.list, (_input, request) => memberships.list(selfOf(request))),
    handle(membershipRoutes.switch, async ({ body }, request, reply) => {
      const self = { ...selfOf(request), expiresAt: callerOf(request).session!.expiresAt };
      return letIn(request, reply, await memberships.goTo(self, body.account_id, visitOf(request)));
    }),
    handle(invitationRoutes.lookUp, ({ body }) => joining.lookUp(body.secret)),
    handle(invitationRoutes.accept, async ({ body }, request, reply) => {
      refuseCrossSite(request, publicUrl);
      return letIn(request, reply, await joining.accept(body, visitOf(request)));
    }),
  ];
}

/** The people of an account, and whom they invite. */
export const memberRouteList = ({ members, links }: PeopleServices, publicUrl: string | undefined): BoundRoute[] => [
  handle(userRoutes.list, ({ query }, request) => members.list(callerOf(request).accountId, query)),
  handle(userRoutes.get, ({ params }, request) => members.get(callerOf(request).accountId, params.id)),
  handle(userRoutes.update, ({ params, body }, request, _reply, conditions) =>
    members.changeRole(contextOf(request, conditions), params.id, body, callerOf(request).session?.id),
  ),
  handle(userRoutes.delete, ({ params }, request) => members.remove(contextOf(request), params.id)),
  handle(userRoutes.resetLink, ({ params }, request, _reply, conditions) =>
    links.resetFor(contextOf(request, conditions), params.id, originOf(request, publicUrl)),
  ),

  handle(invitationRoutes.list, ({ query }, request) => links.list(callerOf(request).accountId, query)),
  handle(invitationRoutes.create, ({ body }, request, _reply, conditions) =>
    links.invite(contextOf(request, conditions), body, originOf(request, publicUrl)),
  ),
  handle(invitationRoutes.get, ({ params }, request) => links.get(callerOf(request).accountId, params.id)),
  handle(invitationRoutes.delete, ({ params }, request) => links.revoke(contextOf(request), params.id)),
];
