import type { Call } from '@nexivo/service/call';
import type { Scope } from '@nexivo/contracts/accounts';
import { DomainError } from '@nexivo/service/domain-error';
import type { FastifyRequest } from 'fastify';

/** The call that a request makes on behalf of its token. */
export interface Caller extends Call {
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

/** @throws DomainError `insufficient_scope` */
export function requireScope({ scopes }: Pick<Caller, 'scopes'>, scope: Scope): void {
  if (!scopes.includes(scope)) {
    throw new DomainError('insufficient_scope', { detail: `This needs a token with the scope ${scope}.` });
  }
}
