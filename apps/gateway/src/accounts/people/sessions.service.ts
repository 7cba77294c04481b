import { Injectable } from '@nestjs/common';
import type { Session } from '@nexivo/contracts/sessions';
import { DomainError } from '@nexivo/bus/domain-error';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import type { PageReply } from '@nexivo/bus/reply';
import { toPage } from '@nexivo/store/page';
import { DataSource, type EntityManager } from 'typeorm';
import { recordChange } from '../audit.js';
import { Invalidations } from '../invalidations.js';
import { KnownDevices } from './known-devices.js';
import { Passwords } from './passwords.js';
import { findByEmail, getByEmail, membershipsOf, type PersonRow } from './people.js';
import { revokeLinksTo } from './link-rows.js';
import { generateSecret, secretDigest } from './secret.js';
import {
  contextOf,
  endSessions,
  IS_LIVE,
  openSession,
  SESSION_COLUMNS,
  type SessionRow,
  toSession,
  type Visit,
} from './session-rows.js';
import { type CountedAttempt, SignInThrottle } from './sign-in-throttle.js';

/** A session that has just begun, or has a new secret, and what goes into cookies. */
export interface SignedIn {
  readonly session: Session;
  readonly secret: string;
  /** Marks the device; absent where it is marked already. */
  readonly device?: string;
  /** Whose session this one has taken the place of, for {@link SessionsService.announceReplaced}. */
  readonly replaced?: string | undefined;
}

/** What somebody signs in with; without an account, to the first of his. */
interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly account_id?: string | undefined;
}

/** The person who asks, by a session. */
export interface Self {
  readonly accountId: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** Passwords that are compared at once, and some that wait for that: see `Passwords`. */
const SIGN_INS_AT_ONCE = 36;

const INVALID = 'The e-mail address or the password is wrong.';

/** Signing in and out, and one's own password. Every gateway hears of what ends before the answer is sent. */
@Injectable()
export class SessionsService {
  private readonly signIns = new FairSemaphore({ slots: SIGN_INS_AT_ONCE, name: 'Signing in' });

  constructor(
    private readonly database: DataSource,
    private readonly passwords: Passwords,
    private readonly throttle: SignInThrottle,
    private readonly devices: KnownDevices,
    private readonly invalidations: Invalidations,
  ) {}

  /**
   * Lets somebody in by his password. Of a flood most are refused before anything is asked or counted. Whoever is unknown, has no password, is disabled or belongs to nothing is refused in the same
   * words and after the same time as one with a wrong password.
   *
   * @throws DomainError `invalid_credentials`, `too_many_sign_ins`, `service_unavailable`
   */
  async signIn(credentials: Credentials, visit: Visit): Promise<SignedIn> {
    const leave = await this.signIns.acquire('', 0);
    try {
      return await this.signInBy(credentials, visit);
    } finally {
      leave();
    }
  }

  private async signInBy({ email, password, account_id }: Credentials, visit: Visit): Promise<SignedIn> {
    const { manager } = this.database;
    const person = await findByEmail(manager, email);
    const memberships = await membershipsOf(manager, person?.id ?? NOBODY);
    const membership = memberships.find(({ account_id: each }) => account_id === undefined || each === account_id);
    const mayEnter = person !== undefined && !person.disabled_at && membership !== undefined;
    const isRight = await this.checkPassword(person, { email, password, mayEnter }, visit);
    if (!isRight || !person || !membership) throw refusal();
    const signedIn = await this.database.transaction(async (tx) => {
      await lockAsChecked(tx, person);
      return this.open(tx, membership.account_id, person.id, visit);
    });
    await this.announceReplaced(signedIn);
    return signedIn;
  }

  /**
   * Whether a password is that of a person; counted as an attempt of somebody with that e-mail address.
   *
   * @param given.mayEnter whether the right one lets him in. Where it does not it is a failure like any other: neither the time nor the
   * pauses tell that it was right
   * @throws DomainError `too_many_sign_ins`, `service_unavailable`
   */
  async checkPassword(
    person: PersonRow | undefined,
    { email, password, mayEnter }: { email: string; password: string; mayEnter: boolean },
    visit: Visit,
  ): Promise<boolean> {
    const knownDevice = this.devices.read(visit.device, person?.id);
    const attempt = await this.throttle.begin({ email, address: visit.address, knownDevice });
    const isRight = (await this.compare(attempt, password, person?.password_hash)) && mayEnter;
    if (isRight) await this.throttle.forgive(attempt);
    return isRight;
  }

  /** Whoever is refused because too many wait has not failed. */
  private async compare(attempt: CountedAttempt, password: string, hash: string | null | undefined): Promise<boolean> {
    try {
      return await this.passwords.matches(password, hash);
    } catch (error) {
      await this.throttle.withdraw(attempt);
      throw error;
    }
  }

  /** After the commit that has begun a session. */
  async announceReplaced({ replaced }: SignedIn): Promise<void> {
    if (replaced !== undefined) await this.invalidations.announceUser(replaced);
  }

  /** Begins a session within a transaction, for somebody who has proved who he is. */
  async open(tx: EntityManager, accountId: string, userId: string, visit: Visit, expiresAt?: Date): Promise<SignedIn> {
    const { row, secret, replaced } = await openSession(tx, accountId, userId, visit, expiresAt);
    const isMarked = this.devices.read(visit.device, userId) !== undefined;
    const device = isMarked ? {} : { device: this.devices.issue(userId) };
    return { session: toSession(row, row.id), secret, replaced, ...device };
  }

  async list(self: Self, page: { page: number; per_page: number }): Promise<PageReply<Session>> {
    const rows = await this.database.query<(SessionRow & { total: number })[]>(
      `select ${SESSION_COLUMNS}, count(*) over ()::integer as total from sessions
       where account_id = $1 and user_id = $2 and ${IS_LIVE} order by created_at desc, id desc limit $3 offset $4`,
      [self.accountId, self.userId, page.per_page, (page.page - 1) * page.per_page],
    );
    const total = rows[0]?.total ?? (await this.countOwn(self));
    return toPage(
      rows.map((row) => toSession(row, self.sessionId)),
      total,
      page,
    );
  }

  /** @throws DomainError `not_found` for another person's, too */
  async get(self: Self, id: string): Promise<Session> {
    const [row] = await this.database.query<SessionRow[]>(
      `select ${SESSION_COLUMNS} from sessions where account_id = $1 and user_id = $2 and id = $3 and ${IS_LIVE}`,
      [self.accountId, self.userId, id],
    );
    if (!row) throw DomainError.notFound('session');
    return toSession(row, self.sessionId);
  }

  /** @throws DomainError `not_found` for another person's, too */
  async end(self: Self, id: string, visit: Visit): Promise<Session> {
    const row = await this.database.transaction(async (tx) => {
      const [[ended]] = await tx.query<[SessionRow[], number]>(
        `delete from sessions where account_id = $1 and user_id = $2 and id = $3 returning ${SESSION_COLUMNS}`,
        [self.accountId, self.userId, id],
      );
      if (!ended) throw DomainError.notFound('session');
      await this.recordEnd(tx, self, { session_id: id }, visit);
      return ended;
    });
    await this.invalidations.announceUser(self.userId);
    return toSession(row, undefined);
  }

  /** Ends all sessions of the person but the one that asks. */
  async endOthers(self: Self, visit: Visit): Promise<{ ended: number }> {
    const ended = await this.database.transaction(async (tx) => {
      const count = await endSessions(tx, self.userId, { except: self.sessionId });
      if (count > 0) await this.recordEnd(tx, self, { sessions: count }, visit);
      return count;
    });
    await this.invalidations.announceUser(self.userId);
    return { ended };
  }

  /**
   * Changes one's own password: all other sessions end, this one gets a new secret, and links to a new password are worth nothing.
   *
   * @throws DomainError `validation_failed` for a wrong or a common one; `too_many_sign_ins`
   */
  async changePassword(
    self: Self,
    { current_password, new_password }: { current_password: string; new_password: string },
    visit: Visit,
  ): Promise<SignedIn> {
    const [person] = await this.database.query<PersonRow[]>(`select * from users where id = $1`, [self.userId]);
    // Attempts are counted for the session: whoever has it can be slowed down by nobody else.
    const email = person!.email;
    const attempt = await this.throttle.begin({ email, address: visit.address, knownDevice: self.sessionId });
    if (!(await this.compare(attempt, current_password, person!.password_hash))) {
      throw DomainError.invalid({ field: 'current_password', code: 'wrong', message: 'is not your password' });
    }
    await this.throttle.forgive(attempt);
    const hash = await this.passwords.hash(new_password, 'new_password');
    const secret = generateSecret();
    const row = await this.database.transaction(async (tx) => {
      await tx.query(`update users set password_hash = $2 where id = $1`, [self.userId, hash]);
      const ended = await endSessions(tx, self.userId, { except: self.sessionId });
      const [[kept]] = await tx.query<[SessionRow[], number]>(
        `update sessions set digest = $3 where account_id = $1 and id = $2 returning ${SESSION_COLUMNS}`,
        [self.accountId, self.sessionId, secretDigest(secret)],
      );
      if (!kept) throw new DomainError('invalid_session');
      await revokeLinksTo(tx, { id: self.userId, email });
      await recordChange(tx, contextOf(self.accountId, self.userId, visit), {
        accountId: self.accountId,
        userId: self.userId,
        action: 'user.password_changed',
        details: { after: { sessions_ended: ended } },
      });
      return kept;
    });
    await this.invalidations.announceUser(self.userId);
    return { session: toSession(row, row.id), secret };
  }

  /** Ends every session of a person, for operators; it is recorded in each account that he belongs to. */
  async revokeAll(email: string, context: Parameters<typeof recordChange>[1]): Promise<{ ended: number }> {
    const { id, ended } = await this.database.transaction(async (tx) => {
      const person = await getByEmail(tx, email);
      const count = await endSessions(tx, person.id);
      for (const { account_id } of await membershipsOf(tx, person.id)) {
        const details = { after: { sessions: count } };
        await recordChange(tx, context, {
          accountId: account_id,
          userId: person.id,
          action: 'session.revoked',
          details,
        });
      }
      return { id: person.id, ended: count };
    });
    await this.invalidations.announceUser(id);
    return { ended };
  }

  private async countOwn({ accountId, userId }: Self): Promise<number> {
    const [{ count }] = await this.database.query<[{ count: number }]>(
      `select count(*)::integer as count from sessions where account_id = $1 and user_id = $2 and ${IS_LIVE}`,
      [accountId, userId],
    );
    return count;
  }

  private recordEnd(tx: EntityManager, self: Self, after: Record<string, unknown>, visit: Visit): Promise<void> {
    return recordChange(tx, contextOf(self.accountId, self.userId, visit), {
      accountId: self.accountId,
      userId: self.userId,
      action: 'session.ended',
      details: { after },
    });
  }
}

const refusal = (): DomainError => new DomainError('invalid_credentials', { detail: INVALID });

/** What was checked is still so, and stays so until the transaction ends: a new password ends sessions that begin meanwhile, too. */
async function lockAsChecked(tx: EntityManager, { id, password_hash }: PersonRow): Promise<void> {
  const [now] = await tx.query<PersonRow[]>(`select * from users where id = $1 for share`, [id]);
  if (!now || now.disabled_at || now.password_hash !== password_hash) throw refusal();
}

/** An id that nobody has, so that an unknown person takes the same statements. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
