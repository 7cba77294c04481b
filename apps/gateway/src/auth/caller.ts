import type { RequestContext } from '@nexivo/bus/context';
import type { Plan, Scope } from '@nexivo/contracts/accounts';
import type { Role } from '@nexivo/contracts/roles';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyRequest } from 'fastify';
import { addressOf } from './outside.js';

/** Who asks, and what he may do. */
export interface Caller extends RequestContext {
  readonly scopes: readonly Scope[];
  readonly plan: Plan;
  /** Who is signed in, or whose personal token asks, and what he is in the account; nobody for a service token. */
  readonly person: { readonly userId: string; readonly role: Role } | undefined;
  /** By which he is signed in; none for a token. */
  readonly session: { readonly id: string; readonly expiresAt: Date } | undefined;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Remembers whom a request speaks for. */
export const setCaller = (request: FastifyRequest, caller: Caller): void => {
  callers.set(request, caller);
};

/** Whom an authenticated request speaks for. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error(`${request.method} ${request.routeOptions.url} was not authenticated`);
  return caller;
}

/** On whose behalf the gateway itself does what a request asks for, and from where, for the audit log. */
export function contextOf(
  request: FastifyRequest,
  conditions: Pick<RequestContext, 'idempotencyKey'> = {},
): RequestContext {
  const { accountId, principal, requestId } = callerOf(request);
  const { idempotencyKey } = conditions;
  return {
    accountId,
    principal,
    requestId,
    address: addressOf(request),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** Who asks, as the log has it, if the request got so far. */
export function askerOf(request: FastifyRequest): Record<string, string | undefined> {
  const caller = callers.get(request);
  if (!caller) return {};
  const { accountId, principal, traceparent } = caller;
  return {
    account_id: accountId,
    [`${principal.type}_id`]: principal.id,
    // W3C Trace Context: version, trace, span and flags, with a dash between them.
    trace_id: traceparent?.split('-', 2)[1],
  };
}

/** The account of a request, if it got so far. */
export const accountOf = (request: FastifyRequest): string | undefined => callers.get(request)?.accountId;

/** Whether a caller may use what needs that scope, if any. */
export const hasScope = ({ scopes }: Pick<Caller, 'scopes'>, scope: Scope | undefined): boolean =>
  scope === undefined || scopes.includes(scope);

/** @throws DomainError `insufficient_scope` */
export function requireScope(caller: Pick<Caller, 'scopes' | 'principal'>, scope: Scope | undefined): void {
  if (hasScope(caller, scope)) return;
  const what = caller.principal.type === 'user' ? 'a role' : 'a token';
  throw new DomainError('insufficient_scope', { detail: `This needs ${what} with the scope ${scope}.` });
}

/** @throws DomainError `plan_without_api_access` */
export function requireApiAccess(plan: Plan): void {
  if (plan === 'starter') throw new DomainError('plan_without_api_access');
}
