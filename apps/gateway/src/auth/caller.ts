import type { RequestContext } from '@nexivo/bus/context';
import type { Plan, Scope } from '@nexivo/contracts/accounts';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyRequest } from 'fastify';

/** Who asks, and what he may do. */
export interface Caller extends RequestContext {
  readonly scopes: readonly Scope[];
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

/** The account of a request, if it got so far; for logs. */
export const accountOf = (request: FastifyRequest): string | undefined => callers.get(request)?.accountId;

/** Whether a caller may use what needs that scope, if any. */
export const hasScope = ({ scopes }: Pick<Caller, 'scopes'>, scope: Scope | undefined): boolean =>
  scope === undefined || scopes.includes(scope);

/** @throws DomainError `insufficient_scope` */
export function requireScope(caller: Pick<Caller, 'scopes'>, scope: Scope): void {
  if (!hasScope(caller, scope)) {
    throw new DomainError('insufficient_scope', { detail: `This needs a token with the scope ${scope}.` });
  }
}

/** @throws DomainError `plan_without_api_access` */
export function requireApiAccess(plan: Plan): void {
  if (plan === 'starter') throw new DomainError('plan_without_api_access');
}
