import { Injectable } from '@nestjs/common';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Scope } from '@nexivo/contracts/accounts';
import { ROLE_SCOPES } from '@nexivo/contracts/roles';
import type { Route } from '@nexivo/contracts/route';
import { SESSION_HEADER } from '@nexivo/contracts/sessions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerToken } from './bearer.js';
import { type Caller, callerOf, hasScope, requireApiAccess, setCaller } from './caller.js';
import { readCookie } from './cookies.js';
import { FreeReplays } from './free-replays.js';
import { LastUse } from './last-use.js';
import { addressOf, refuseCrossSite } from './outside.js';
import { QuotaMetrics } from './quota-metrics.js';
import { type Admission, exhaustedForMs, type QuotaState } from './quota-store.js';
import { Quotas } from './quotas.js';
import { rateLimitHeaders, toSeconds } from './rate-limit-headers.js';
import { SessionQuota } from './session-quota.js';
import { SessionVerifier } from './session-verifier.js';
import { traceOf } from './trace.js';
import { Usage } from './usage.js';
import { Verifier } from './verifier.js';

/** What every request passes. Who asks, what the plan allows and what the quotas leave are steps of their own. */
@Injectable()
export class Access {
  private readonly sessionQuota = new SessionQuota();
  /** What requests use of the quotas. */
  private readonly admissions = new WeakMap<FastifyRequest, Admission>();

  constructor(
    private readonly verifier: Verifier,
    private readonly sessions: SessionVerifier,
    private readonly quotas: Quotas,
    private readonly lastUse: LastUse,
    private readonly usage: Usage,
    private readonly freeReplays: FreeReplays,
    private readonly decisions: QuotaMetrics,
  ) {}

  /**
   * Finds out for whom a request speaks, and remembers it for {@link callerOf}: by its token, or else by the session of a person. A
   * request with a token ignores the cookie, and the cookie counts only with the header that pages of ours send.
   *
   * @param publicUrl what clients see in front of the base path; the request's own host when absent
   * @throws DomainError as `bearerToken`, `Verifier.verify` and `SessionVerifier.verify`; `plan_without_api_access`,
   * `cross_site_request`, `session_required`
   */
  async identify(route: Route, request: FastifyRequest, publicUrl: string | undefined): Promise<Caller> {
    const { authorization, [SESSION_HEADER]: asksAsPerson } = request.headers;
    if (authorization === undefined && asksAsPerson === '1') return this.identifyPerson(request, publicUrl);
    const token = await this.verifier.verify(bearerToken(authorization), addressOf(request));
    this.lastUse.noteToken(token.tokenId);
    const caller: Caller = {
      accountId: token.accountId,
      principal: { type: 'token', id: token.tokenId },
      requestId: request.id,
      scopes: token.scopes,
      plan: token.plan,
      person: token.owner,
      session: undefined,
      ...traceOf(request),
    };
    setCaller(request, caller);
    try {
      requireApiAccess(token.plan);
    } catch (error) {
      throw this.counted(caller, error);
    }
    if (route.isForSessions) throw new DomainError('session_required');
    return caller;
  }

  private async identifyPerson(request: FastifyRequest, publicUrl: string | undefined): Promise<Caller> {
    refuseCrossSite(request, publicUrl);
    const secret = readCookie(request, 'session', publicUrl);
    if (!secret) throw new DomainError('invalid_session');
    const session = await this.sessions.verify(secret);
    this.lastUse.noteSession(session);
    const { userId, role } = session;
    const caller: Caller = {
      accountId: session.accountId,
      principal: { type: 'user', id: userId },
      requestId: request.id,
      scopes: ROLE_SCOPES[role],
      plan: session.plan,
      person: { userId, role },
      session: { id: session.sessionId, expiresAt: session.expiresAt },
      ...traceOf(request),
    };
    setCaller(request, caller);
    return caller;
  }

  /**
   * Uses one request of the account's quotas, and tells the client what is left. What becomes of the request is counted here, once:
   * without the scope it uses the quotas, and counts as refused. A session uses a quota of its own and is not counted.
   *
   * @param scope that it needs, and that is required later
   * @throws DomainError `minute_quota_exceeded`, `day_quota_exceeded`, `session_quota_exceeded`, at once where it is known that there
   * is no room; and as `Quotas.admit`
   */
  meter(caller: Caller, scope: Scope | undefined, reply: FastifyReply): Promise<void> {
    if (caller.session) {
      this.meterSession(caller.session.id);
      return Promise.resolve();
    }
    const exhausted = this.quotas.exhausted(caller.accountId);
    if (!exhausted) return this.admit(caller, scope, reply);
    void reply.headers(rateLimitHeaders(exhausted));
    throw this.counted(caller, this.exceeded(exhausted));
  }

  private meterSession(id: string): void {
    try {
      this.sessionQuota.take(id);
    } catch (error) {
      this.decisions.count('session_exceeded');
      throw error;
    }
  }

  /**
   * A request was answered by a replay: it gives back what it has used of the account's quotas, if it is free, and the client is told what is
   * left then. It stays counted as admitted.
   */
  async replayed(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const admission = this.admissions.get(request);
    if (!admission) return;
    void reply.headers(rateLimitHeaders(await this.freeReplays.giveBack(callerOf(request).accountId, admission)));
  }

  private async admit(caller: Caller, scope: Scope | undefined, reply: FastifyReply): Promise<void> {
    const { accountId, principal } = caller;
    const admission = await this.quotas.admit(accountId).catch((error: unknown) => {
      this.decisions.count('undecided');
      throw this.counted(caller, error);
    });
    const { isAdmitted, isLocal, state } = admission;
    void reply.headers(rateLimitHeaders(state));
    if (!isAdmitted) throw this.counted(caller, this.exceeded(state));
    this.decisions.count(isLocal ? 'admitted_locally' : 'admitted');
    this.admissions.set(reply.request, admission);
    this.usage.note(accountId, principal.id, hasScope(caller, scope) ? 'admitted' : 'insufficient_scope');
    if (reply.raw.destroyed) this.quotas.leave();
    else reply.raw.once('close', () => this.quotas.leave());
  }

  private exceeded(state: QuotaState): DomainError {
    const name = state.day.used >= state.day.limit ? 'day' : 'minute';
    this.decisions.count(`${name}_exceeded`);
    const retryAfterS = Math.max(1, toSeconds(exhaustedForMs(state)));
    return new DomainError(`${name}_quota_exceeded`, {
      detail: `The account has used its ${state[name].limit} requests ${name === 'day' ? 'of this UTC day' : 'a minute'}; try again in ${retryAfterS} s.`,
      retryAfterS,
    });
  }

  /** Counts a refusal. */
  private counted({ accountId, principal }: Caller, error: unknown): unknown {
    if (error instanceof DomainError) this.usage.note(accountId, principal.id, error.code);
    return error;
  }
}
