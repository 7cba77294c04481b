import { hash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Plan, Scope } from '@nexivo/contracts/accounts';
import { DomainError } from '@nexivo/bus/domain-error';
import { LRUCache } from 'lru-cache';
import { AuthStore, StoreAway } from './auth-store.js';
import { FailedAttempts } from './failed-attempts.js';
import { type InvalidationListener, Invalidations } from '../accounts/invalidations.js';
import { toSeconds } from './rate-limit-headers.js';
import { digestOf, type Pepper, PEPPERS } from '../accounts/token.js';

/** Who a valid token speaks for. */
export interface VerifiedToken {
  readonly accountId: string;
  readonly tokenId: string;
  readonly plan: Plan;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** What is remembered of a token, valid or not. */
type Verdict = { readonly askedAt: number; readonly digest: Buffer } & (
  | { readonly token: VerifiedToken }
  | { readonly refusal: string }
);

interface TokenRow {
  id: string;
  account_id: string;
  digest: Buffer;
  scopes: Scope[];
  expires_at: Date | null;
  revoked_at: Date | null;
  plan: Plan;
}

/** How long a verdict is believed when no invalidation arrives: the bus may be away. */
const FRESH_MS = 9_000;
/** How long a valid token is still known while the store is away. */
const KNOWN_MS = 3_600_000;
const REMEMBERED = 20_000;

/**
 * Checks tokens. Verdicts, refusals too, are remembered for seconds, forgotten at once when an invalidation arrives, and
 * asked for only once however many requests wait.
 */
@Injectable()
export class Verifier implements InvalidationListener {
  private readonly verdicts = new LRUCache<string, Verdict>({ max: REMEMBERED, ttl: KNOWN_MS });
  private readonly pending = new Map<string, Promise<Verdict>>();
  /** Goes up with every invalidation: what was asked before one is not remembered after it. */
  private epoch = 0;

  constructor(
    private readonly store: AuthStore,
    @Inject(PEPPERS) private readonly peppers: readonly [Pepper, ...Pepper[]],
    private readonly failures: FailedAttempts,
    invalidations: Invalidations,
  ) {
    invalidations.listen(this);
  }

  /**
   * Whom a token speaks for.
   *
   * @param token well-formed: see bearer.ts
   * @param address of the client, whose failures are counted
   * @throws DomainError `invalid_token` if it is unknown, revoked or expired;
   * `too_many_failed_attempts` if the address has guessed too often; `service_unavailable` if that cannot be found out
   */
  async verify(token: string, address: string): Promise<VerifiedToken> {
    const key = keyOf(token);
    const remembered = this.verdicts.get(key);
    if (remembered && performance.now() - remembered.askedAt < FRESH_MS) return judge(remembered);
    const refusedForMs = remembered ? 0 : this.failures.refusedForMs(address);
    if (refusedForMs > 0) throw new DomainError('too_many_failed_attempts', { retryAfterS: toSeconds(refusedForMs) });
    try {
      const verdict = await this.ask(key, token);
      if ('refusal' in verdict) this.failures.record(address);
      return judge(verdict);
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      // Nobody new gets in on a guess, but who was let in before stays.
      if (remembered) return judge(remembered);
      throw new DomainError('service_unavailable', {
        detail: 'Tokens cannot be checked for the moment.',
        cause: error,
      });
    }
  }

  forgetToken(digest: Buffer): void {
    this.startEpoch();
    this.forget((verdict) => verdict.digest.equals(digest));
  }

  forgetAccount(accountId: string): void {
    this.startEpoch();
    this.forget((verdict) => 'token' in verdict && verdict.token.accountId === accountId);
  }

  forgetAll(): void {
    this.startEpoch();
    this.verdicts.clear();
  }

  private startEpoch(): void {
    this.epoch++;
    this.pending.clear();
  }

  private forget(matches: (verdict: Verdict) => boolean): void {
    for (const [key, verdict] of this.verdicts.entries()) if (matches(verdict)) this.verdicts.delete(key);
  }

  private ask(key: string, token: string): Promise<Verdict> {
    const underWay = this.pending.get(key);
    if (underWay) return underWay;
    const { epoch } = this;
    const asked = this.load(token)
      .then((verdict) => {
        if (epoch === this.epoch) this.verdicts.set(key, verdict);
        return verdict;
      })
      .finally(() => {
        if (this.pending.get(key) === asked) this.pending.delete(key);
      });
    this.pending.set(key, asked);
    return asked;
  }

  private async load(token: string): Promise<Verdict> {
    const askedAt = performance.now();
    const digests = this.peppers.map((pepper) => digestOf(token, pepper));
    const [row] = await this.store.query<TokenRow>(
      'token by digest',
      `select t.id, t.account_id, t.digest, t.scopes, t.expires_at, t.revoked_at, a.plan
       from api_tokens t join accounts a on a.id = t.account_id
       where t.digest = any($1)`,
      [digests],
    );
    // What a token of that text would be kept under, should it be made.
    if (!row || !digests.some((digest) => timingSafeEqual(digest, row.digest)))
      return { askedAt, digest: digests[0]!, refusal: 'is unknown' };
    const { id: tokenId, account_id: accountId, plan, scopes, expires_at: expiresAt, digest } = row;
    if (row.revoked_at) return { askedAt, digest, refusal: 'has been revoked' };
    return { askedAt, digest, token: { accountId, tokenId, plan, scopes, expiresAt } };
  }
}

/** The cache holds no tokens either. It is asked for every request, and never leaves the process: no pepper is needed. */
const keyOf = (token: string): string => hash('sha256', token, 'base64');

function judge(verdict: Verdict): VerifiedToken {
  if ('refusal' in verdict) throw invalid(verdict.refusal);
  const { token } = verdict;
  if (token.expiresAt && token.expiresAt.getTime() <= Date.now()) throw invalid('has expired');
  return token;
}

const invalid = (why: string): DomainError => new DomainError('invalid_token', { detail: `The token ${why}.` });
