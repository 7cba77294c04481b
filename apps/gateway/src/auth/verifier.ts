import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Plan, Scope } from '@nexivo/contracts/accounts';
import { type Role, ROLE_SCOPES } from '@nexivo/contracts/roles';
import { Busy } from '@nexivo/bus/busy';
import { DomainError } from '@nexivo/bus/domain-error';
import { AuthStore, StoreAway } from './auth-store.js';
import { FailedAttempts } from './failed-attempts.js';
import { type InvalidationListener, Invalidations } from '../accounts/invalidations.js';
import { toSeconds } from './rate-limit-headers.js';
import { Remembered } from './remembered.js';
import { SharedLookup } from './shared-lookup.js';
import { digestOf, type Pepper, PEPPERS } from '../accounts/token.js';

/** Who a valid token speaks for. */
export interface VerifiedToken {
  readonly accountId: string;
  readonly tokenId: string;
  readonly plan: Plan;
  /** Those that count: of a personal token as far as its owner's role allows them. */
  readonly scopes: readonly Scope[];
  /** By `performance.now()`: how long it is valid the database says, whatever this machine takes the time for. */
  readonly expiresAt: number;
  /** Whose personal token it is, and what he is in the account. */
  readonly owner: { readonly userId: string; readonly role: Role } | undefined;
}

/** What is remembered of a token, valid or not. */
type Verdict = { readonly askedAt: number; readonly digest: Buffer } & (
  | { readonly token: VerifiedToken }
  | { readonly refusal: string; readonly userId?: string }
);

interface TokenRow {
  id: string;
  account_id: string;
  digest: Buffer;
  scopes: Scope[];
  expires_in_ms: number | null;
  revoked_at: Date | null;
  plan: Plan;
  user_id: string | null;
  role: Role | null;
  is_disabled: boolean | null;
}

/** How long a verdict is believed when no invalidation arrives: the bus may be away. */
const FRESH_MS = 9_000;
/** How long a valid token is still known while the store is away. */
const KNOWN_MS = 3_600_000;
/** How many tokens one statement looks up, and how many statements are under way: half of the connections. */
const LOOKUPS = { maxKeys: 500, atOnce: 2, gatherMs: 2 };
/** Tokens from addresses that guess are looked up apart, by one statement at a time with a pause before each. */
const GUESSES = { maxKeys: 500, pauseMs: 50 };

/**
 * Checks tokens. Verdicts, refusals too, are remembered for seconds, forgotten at once when an invalidation arrives, and
 * asked for only once however many requests wait.
 */
@Injectable()
export class Verifier implements InvalidationListener {
  private readonly verdicts = new Remembered<Verdict>(FRESH_MS, KNOWN_MS, subjectsOf);
  private readonly lookups = new SharedLookup<string, Verdict>((tokens) => this.load(tokens), LOOKUPS);
  private readonly guesses = new SharedLookup<string, Verdict>((tokens) => this.load(tokens), GUESSES);

  constructor(
    private readonly store: AuthStore,
    @Inject(PEPPERS) private readonly peppers: readonly [Pepper, ...Pepper[]],
    private readonly failures: FailedAttempts,
    invalidations: Invalidations,
  ) {
    invalidations.listen(this);
  }

  /**
   * Whom a token speaks for. A valid one is let in whatever else comes from its address.
   *
   * @param token well-formed: see bearer.ts
   * @param address of the client, whose failures are counted
   * @throws DomainError `invalid_token` if it is unknown, revoked or expired, or instead
   * `too_many_failed_attempts` if the address has guessed too often; `service_unavailable` if that cannot be found out
   */
  async verify(token: string, address: string): Promise<VerifiedToken> {
    const key = keyOf(token);
    const remembered = this.verdicts.get(key);
    if (remembered && this.verdicts.isFresh(remembered)) return judge(remembered);
    const refusedForMs = remembered ? 0 : this.failures.refusedForMs(address);
    try {
      if (refusedForMs > 0) return await this.verifyAmongGuesses(key, token, refusedForMs);
      const verdict = await this.verdicts.ask(key, () => this.lookups.look(token));
      if ('refusal' in verdict) this.failures.record(address);
      return judge(verdict);
    } catch (error) {
      if (!(error instanceof StoreAway || error instanceof Busy)) throw error;
      // Nobody new gets in on a guess, but who was let in before stays.
      if (remembered) return judge(remembered);
      if (error instanceof Busy) throw error;
      throw new DomainError('service_unavailable', {
        detail: 'Tokens cannot be checked for the moment.',
        cause: error,
      });
    }
  }

  forgetToken(digest: Buffer): void {
    this.verdicts.forget(ofDigest(digest));
  }

  forgetAccount(accountId: string): void {
    this.verdicts.forget(ofAccount(accountId));
  }

  forgetUser(userId: string): void {
    this.verdicts.forget(ofUser(userId));
  }

  forgetAll(): void {
    this.verdicts.forgetAll();
  }

  /** A token from an address that guesses waits a little. What it guesses is not remembered: it would push out what is known. */
  private async verifyAmongGuesses(key: string, token: string, refusedForMs: number): Promise<VerifiedToken> {
    const verdict = await this.verdicts.ask(
      key,
      () => this.guesses.look(token),
      (found) => 'token' in found,
    );
    if ('token' in verdict) return judge(verdict);
    throw new DomainError('too_many_failed_attempts', { retryAfterS: toSeconds(refusedForMs) });
  }

  private async load(tokens: readonly string[]): Promise<Verdict[]> {
    const askedAt = performance.now();
    const digests = tokens.map((token) => this.peppers.map((pepper) => digestOf(token, pepper)));
    const rows = await this.store.query<TokenRow>({
      name: 'token by digest',
      text: `select t.id, t.account_id, t.digest, t.scopes, t.revoked_at, t.user_id, a.plan, m.role,
         (extract(epoch from t.expires_at - clock_timestamp()) * 1000)::float8 as expires_in_ms,
         u.disabled_at is not null as is_disabled
       from api_tokens t join accounts a on a.id = t.account_id
         left join memberships m on m.account_id = t.account_id and m.user_id = t.user_id
         left join users u on u.id = t.user_id
       where t.digest = any($1)`,
      values: [digests.flat()],
      waitsForNobody: true,
    });
    const byDigest = new Map(rows.map((row) => [row.digest.toString('base64'), row]));
    return digests.map((ofToken) => {
      const row = ofToken.map((digest) => byDigest.get(digest.toString('base64'))).find((each) => each !== undefined);
      // What a token of that text would be kept under, should it be made.
      return row ? verdictOf(row, askedAt) : { askedAt, digest: ofToken[0]!, refusal: 'is unknown' };
    });
  }
}

const ofDigest = (digest: Buffer): string => `digest ${digest.toString('base64')}`;
const ofAccount = (accountId: string): string => `account ${accountId}`;
const ofUser = (userId: string): string => `user ${userId}`;

/** What a change may make untrue. Of a token that is refused the account does not matter. */
function subjectsOf(verdict: Verdict): string[] {
  const userId = 'token' in verdict ? verdict.token.owner?.userId : verdict.userId;
  return [
    ofDigest(verdict.digest),
    ...('token' in verdict ? [ofAccount(verdict.token.accountId)] : []),
    ...(userId === undefined ? [] : [ofUser(userId)]),
  ];
}

function verdictOf(row: TokenRow, askedAt: number): Verdict {
  const { id: tokenId, account_id: accountId, plan, digest, user_id: userId, role } = row;
  const expiresAt = performance.now() + (row.expires_in_ms ?? Infinity);
  if (row.revoked_at) return { askedAt, digest, refusal: 'has been revoked' };
  if (userId === null) {
    return { askedAt, digest, token: { accountId, tokenId, plan, scopes: row.scopes, expiresAt, owner: undefined } };
  }
  if (!role || row.is_disabled) return { askedAt, digest, refusal: 'belongs to somebody who has left', userId };
  const scopes = row.scopes.filter((scope) => ROLE_SCOPES[role].includes(scope));
  return { askedAt, digest, token: { accountId, tokenId, plan, scopes, expiresAt, owner: { userId, role } } };
}

/** The cache holds no tokens either. It is asked for every request, and never leaves the process: no pepper is needed. */
const keyOf = (token: string): string => hash('sha256', token, 'base64');

function judge(verdict: Verdict): VerifiedToken {
  if ('refusal' in verdict) throw invalid(verdict.refusal);
  const { token } = verdict;
  if (token.expiresAt <= performance.now()) throw invalid('has expired');
  return token;
}

const invalid = (why: string): DomainError => new DomainError('invalid_token', { detail: `The token ${why}.` });
