import { Injectable } from '@nestjs/common';
import type { AcceptLinkInput, LinkDetails } from '@nexivo/contracts/invitations';
import { parsePrincipal } from '@nexivo/contracts/principal';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { recordChange } from '../audit.js';
import { Invalidations } from '../invalidations.js';
import { LINK_COLUMNS, type LinkRow, revokeLinksTo, statusOf } from './link-rows.js';
import { Passwords } from './passwords.js';
import { findByEmail, membershipsOf, type PersonRow } from './people.js';
import { secretDigest } from './secret.js';
import { contextOf, endSessions, type Visit } from './session-rows.js';
import { SessionsService, type SignedIn } from './sessions.service.js';

/** A link that counts, and whom it is for. */
interface Opened {
  readonly link: LinkRow;
  /** Nobody with that e-mail address is known yet, if missing. */
  readonly person: PersonRow | undefined;
}

/** What whoever holds a link can do with it. */
@Injectable()
export class JoiningService {
  constructor(
    private readonly database: DataSource,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly invalidations: Invalidations,
  ) {}

  /**
   * What a link is for; it is not used up.
   *
   * @throws DomainError `invalid_link`
   */
  async lookUp(secret: string): Promise<LinkDetails> {
    const { manager } = this.database;
    const { link, person } = await openLink(manager, secret);
    const [account] = await manager.query<{ name: string }[]>(`select name from accounts where id = $1`, [
      link.account_id,
    ]);
    return {
      purpose: link.purpose,
      email: link.email,
      account_name: link.purpose === 'join' ? account!.name : null,
      role: link.role,
      has_password: typeof person?.password_hash === 'string',
      expires_at: link.expires_at.toISOString(),
    };
  }

  /**
   * Uses a link up, and signs its holder in. Who joins and has a password already gives that one: a link alone must not open
   * what else he belongs to.
   *
   * @throws DomainError `invalid_link`, `invalid_credentials`, `too_many_sign_ins`, `validation_failed`
   */
  async accept({ secret, password, name }: AcceptLinkInput, visit: Visit): Promise<SignedIn> {
    const { link, person } = await openLink(this.database.manager, secret);
    const proves = link.purpose === 'join' && typeof person?.password_hash === 'string';
    if (link.purpose === 'join' && !person && name === undefined)
      throw DomainError.invalid({ field: 'name', code: 'required', message: 'is required' });
    let hash: string | undefined;
    if (!proves) hash = await this.passwords.hash(password, 'password');
    else if (!(await this.sessions.checkPassword(person, { email: link.email, password, mayEnter: true }, visit))) {
      const detail = 'This is not the password that you have here already.';
      throw new DomainError('invalid_credentials', { detail });
    }
    const { userId, signedIn } = await this.database.transaction(async (tx) => {
      // Nobody changes the person, or what he belongs to, until this ends. People are locked before links, as everybody does.
      if (person) await tx.query(`select from users where id = $1 for update`, [person.id]);
      const opened = await openLink(tx, secret, 'for update');
      // Whoever made himself known meanwhile, or changed his password, begins again.
      if (opened.person?.password_hash !== person?.password_hash || opened.person?.id !== person?.id)
        throw new DomainError('invalid_credentials', { detail: 'Your password has changed meanwhile; try again.' });
      await tx.query(`update invitations set used_at = now() where account_id = $1 and id = $2`, [
        link.account_id,
        link.id,
      ]);
      const id = person?.id ?? (await addPerson(tx, link.email, name!));
      if (hash) await tx.query(`update users set password_hash = $2 where id = $1`, [id, hash]);
      await (link.purpose === 'join' ? this.join(tx, link, id, visit) : this.reset(tx, link, id, visit));
      return { userId: id, signedIn: await this.sessions.open(tx, link.account_id, id, visit) };
    });
    await this.invalidations.announceUser(userId);
    await this.sessions.announceReplaced(signedIn);
    return signedIn;
  }

  private async join(tx: EntityManager, link: LinkRow, userId: string, visit: Visit): Promise<void> {
    const accountId = link.account_id;
    const joined = await tx.query<unknown[]>(
      `insert into memberships (account_id, user_id, role) values ($1, $2, $3) on conflict do nothing returning true`,
      [accountId, userId, link.role],
    );
    if (joined.length === 0) throw new DomainError('invalid_link');
    const details = { after: { invitation_id: link.id, email: link.email, role: link.role } };
    const context = contextOf(accountId, userId, visit);
    await recordChange(tx, context, { accountId, userId, action: 'user.joined', details });
  }

  private async reset(tx: EntityManager, link: LinkRow, userId: string, visit: Visit): Promise<void> {
    const accountId = link.account_id;
    const ended = await endSessions(tx, userId);
    await revokeLinksTo(tx, { id: userId, email: link.email });
    const details = { after: { by_link: link.id, sessions_ended: ended } };
    const context = contextOf(accountId, userId, visit);
    await recordChange(tx, context, { accountId, userId, action: 'user.password_changed', details });
  }
}

/** @throws DomainError `invalid_link` for one that is not pending, or is for somebody whom it must not let in */
async function openLink(manager: EntityManager, secret: string, lock: 'for update' | '' = ''): Promise<Opened> {
  const [link] = await manager.query<LinkRow[]>(`select ${LINK_COLUMNS} from invitations where digest = $1 ${lock}`, [
    secretDigest(secret),
  ]);
  if (!link || statusOf(link) !== 'pending') throw new DomainError('invalid_link');
  const person = await findByEmail(manager, link.email);
  if (person?.disabled_at) throw new DomainError('invalid_link');
  if (link.purpose === 'reset') {
    const memberships = person ? await membershipsOf(manager, person.id) : [];
    const isMember = memberships.some(({ account_id }) => account_id === link.account_id);
    // One account's people must not open what somebody belongs to since.
    const isTheirs = parsePrincipal(link.created_by).type === 'operator' || memberships.length === 1;
    if (!isMember || !isTheirs) throw new DomainError('invalid_link');
  }
  return { link, person };
}

/** Two who join at once with one e-mail address: the second begins again, as somebody who is known. */
async function addPerson(tx: EntityManager, email: string, name: string): Promise<string> {
  const id = newId();
  const added = await tx.query<unknown[]>(
    `insert into users (id, email, name) values ($1, $2, $3) on conflict do nothing returning true`,
    [id, email, name],
  );
  if (added.length === 0)
    throw new DomainError('invalid_credentials', { detail: 'This person is known by now; try again.' });
  return id;
}
