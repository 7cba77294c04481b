import { Injectable } from '@nestjs/common';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Scope } from '@nexivo/contracts/accounts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerToken } from './bearer.js';
import { type Caller, hasScope, requireApiAccess, setCaller } from './caller.js';
import { LastUse } from './last-use.js';
import { exhaustedForMs, type QuotaState } from './quota-store.js';
import { Quotas } from './quotas.js';
import { rateLimitHeaders, toSeconds } from './rate-limit-headers.js';
import { Usage } from './usage.js';
import { Verifier } from './verifier.js';

/** What every request passes. Who asks, what the plan allows and what the quotas leave are steps of their own. */
@Injectable()
export class Access {
  constructor(
    private readonly verifier: Verifier,
    private readonly quotas: Quotas,
    private readonly lastUse: LastUse,
    private readonly usage: Usage,
  ) {}

  /**
   * Finds out for whom a request speaks, and remembers it for {@link callerOf}.
   *
   * @throws DomainError as `bearerToken` and `Verifier.verify`; `plan_without_api_access`
   */
  async identify(request: FastifyRequest): Promise<Caller> {
    const token = await this.verifier.verify(bearerToken(request.headers.authorization), request.ip);
    this.lastUse.note(token.tokenId);
    const { traceparent } = request.headers;
    const caller: Caller = {
      accountId: token.accountId,
      principal: { type: 'token', id: token.tokenId },
      requestId: request.id,
      scopes: token.scopes,
      ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) && { traceparent }),
    };
    setCaller(request, caller);
    try {
      requireApiAccess(token.plan);
    } catch (error) {
      throw this.counted(caller, error);
    }
    return caller;
  }

  /**
   * Uses one request of the account's quotas, and tells the client what is left. What becomes of the request is counted here, once:
   * without the scope it uses the quotas, and counts as refused.
   *
   * @param scope that it needs, and that is required later
   * @throws DomainError `minute_quota_exceeded`, `day_quota_exceeded`, at once where it is known that there is no room; and as
   * `Quotas.admit`
   */
  meter(caller: Caller, scope: Scope | undefined, reply: FastifyReply): Promise<void> {
    const exhausted = this.quotas.exhausted(caller.accountId);
    if (!exhausted) return this.admit(caller, scope, reply);
    void reply.headers(rateLimitHeaders(exhausted, Date.now()));
    throw this.counted(caller, exceeded(exhausted));
  }

  private async admit(caller: Caller, scope: Scope | undefined, reply: FastifyReply): Promise<void> {
    const { accountId, principal } = caller;
    const { isAdmitted, state } = await this.quotas.admit(accountId).catch((error: unknown) => {
      throw this.counted(caller, error);
    });
    void reply.headers(rateLimitHeaders(state, Date.now()));
    if (!isAdmitted) throw this.counted(caller, exceeded(state));
    this.usage.note(accountId, principal.id, hasScope(caller, scope) ? 'admitted' : 'insufficient_scope');
    if (reply.raw.destroyed) this.quotas.leave(accountId);
    else reply.raw.once('close', () => this.quotas.leave(accountId));
  }

  /** Counts a refusal. */
  private counted({ accountId, principal }: Caller, error: unknown): unknown {
    if (error instanceof DomainError) this.usage.note(accountId, principal.id, error.code);
    return error;
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
