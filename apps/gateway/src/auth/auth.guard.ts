import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '@nexivo/service/domain-error';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { routeOf } from '../http/route-metadata.js';
import { bearerToken } from './bearer.js';
import { requireScope, setCaller } from './caller.js';
import { LastUse } from './last-use.js';
import { exhaustedForMs, type QuotaState } from './quota-store.js';
import { Quotas } from './quotas.js';
import { rateLimitHeaders, toSeconds } from './rate-limit-headers.js';
import { Verifier } from './verifier.js';

/** Lets in whoever holds a live token, on a plan with API access, within the account's quotas, with the route's scope. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly verifier: Verifier,
    private readonly quotas: Quotas,
    private readonly lastUse: LastUse,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = routeOf(context);
    if (route.isPublic) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const principal = await this.verifier.verify(bearerToken(request.headers.authorization), request.ip);
    this.lastUse.note(principal.tokenId);
    const { traceparent } = request.headers;
    setCaller(request, {
      accountId: principal.accountId,
      actorId: principal.tokenId,
      requestId: request.id,
      scopes: principal.scopes,
      ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) && { traceparent }),
    });
    if (principal.plan === 'starter') throw new DomainError('plan_without_api_access');
    if (!route.isFree) await this.useQuota(principal.accountId, reply);
    if (route.scope) requireScope(principal, route.scope);
    return true;
  }

  private async useQuota(accountId: string, reply: FastifyReply): Promise<void> {
    const { isAdmitted, state } = await this.quotas.admit(accountId);
    void reply.headers(rateLimitHeaders(state, Date.now()));
    if (!isAdmitted) throw exceeded(state);
    if (reply.raw.destroyed) this.quotas.leave(accountId);
    else reply.raw.once('close', () => this.quotas.leave(accountId));
  }
}

function exceeded(state: QuotaState): DomainError {
  const name = state.day.used >= state.day.limit ? 'day' : 'minute';
  const retryAfterS = Math.max(1, toSeconds(exhaustedForMs(state)));
  return new DomainError(`${name}_quota_exceeded`, {
    detail: `The account has used its ${state[name].limit} requests ${name === 'day' ? 'of this UTC day' : 'a minute'}; try again in ${retryAfterS} s.`,
    retryAfterS,
  });
}

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
