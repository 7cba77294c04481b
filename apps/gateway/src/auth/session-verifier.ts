import { Injectable } from '@nestjs/common';
import type { Plan } from '@nexivo/contracts/accounts';
import type { Role } from '@nexivo/contracts/roles';
import { SESSION_IDLE_HOURS } from '@nexivo/contracts/sessions';
import { DomainError } from '@nexivo/bus/domain-error';
import { type InvalidationListener, Invalidations } from '../accounts/invalidations.js';
import { secretDigest } from '../accounts/people/secret.js';
import { AuthStore, StoreAway } from './auth-store.js';
import { Remembered } from './remembered.js';

/** Whom a session speaks for. */
export interface VerifiedSession {
  readonly accountId: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly role: Role;
  readonly plan: Plan;
  readonly expiresAt: Date;
  /** By `performance.now()`: how long it is valid the database says, whatever this machine takes the time for. */
  readonly endsAt: number;
  /** When it was last written that it was used, by `performance.now()`. */
  readonly seenAt: number;
}

interface Verdict {
  readonly askedAt: number;
  readonly session: VerifiedSession;
}

interface SessionRow {
  account_id: string;
  id: string;
  user_id: string;
  role: Role;
  plan: Plan;
  expires_at: Date;
  expires_in_ms: number;
  seen_ms_ago: number;
}

/** How long a session is believed when no invalidation arrives: the bus may be away. */
const FRESH_MS = 9_000;

/** Checks sessions, and remembers those that count for seconds. Every use asks what the person is by now. */
@Injectable()
export class SessionVerifier implements InvalidationListener {
  private readonly verdicts = new Remembered<Verdict>(FRESH_MS, FRESH_MS, ({ session }) => [
    session.accountId,
    session.userId,
  ]);

  constructor(
    private readonly store: AuthStore,
    invalidations: Invalidations,
  ) {
    invalidations.listen(this);
  }

  /**
   * Whom the secret of a cookie speaks for.
   *
   * @throws DomainError `invalid_session`; `service_unavailable` if that cannot be found out
   */
  async verify(secret: string): Promise<VerifiedSession> {
    const digest = secretDigest(secret);
    const key = digest.toString('base64');
    const remembered = this.verdicts.get(key);
    const { session } =
      remembered && this.verdicts.isFresh(remembered)
        ? remembered
        : await this.verdicts.ask(key, () => this.load(digest));
    if (session.endsAt <= performance.now()) throw new DomainError('invalid_session');
    return session;
  }

  forgetToken(): void {
    // Sessions are no tokens.
  }

  forgetAccount(accountId: string): void {
    this.verdicts.forget(accountId);
  }

  forgetUser(userId: string): void {
    this.verdicts.forget(userId);
  }

  forgetAll(): void {
    this.verdicts.forgetAll();
  }

  private async load(digest: Buffer): Promise<Verdict> {
    const askedAt = performance.now();
    const row = await this.find(digest);
    // Not remembered: whoever makes secrets up must not push out those that count.
    if (!row) throw new DomainError('invalid_session');
    const { account_id: accountId, id: sessionId, user_id: userId, role, plan } = row;
    const expiresAt = row.expires_at;
    const now = performance.now();
    const [endsAt, seenAt] = [now + row.expires_in_ms, now - row.seen_ms_ago];
    return { askedAt, session: { accountId, sessionId, userId, role, plan, expiresAt, endsAt, seenAt } };
  }

  private async find(digest: Buffer): Promise<SessionRow | undefined> {
    try {
      const [row] = await this.store.query<SessionRow>({
        name: 'session by digest',
        text: `select s.account_id, s.id, s.user_id, m.role, a.plan, s.expires_at,
           (extract(epoch from s.expires_at - clock_timestamp()) * 1000)::float8 as expires_in_ms,
           (extract(epoch from clock_timestamp() - s.last_seen_at) * 1000)::float8 as seen_ms_ago
         from sessions s join memberships m on m.account_id = s.account_id and m.user_id = s.user_id
           join accounts a on a.id = s.account_id join users u on u.id = s.user_id
         where s.digest = $1 and u.disabled_at is null and s.expires_at > now()
           and s.last_seen_at > now() - interval '${SESSION_IDLE_HOURS} hours'`,
        values: [digest],
        waitsForNobody: true,
      });
      return row;
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      const detail = 'Sessions cannot be checked for the moment.';
      throw new DomainError('service_unavailable', { detail, retryAfterS: 1, cause: error });
    }
  }
}
