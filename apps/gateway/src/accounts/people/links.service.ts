import { Injectable } from '@nestjs/common';
import {
  type CreateInvitationInput,
  type Invitation,
  INVITATION_DAYS,
  type ListInvitationsInput,
} from '@nexivo/contracts/invitations';
import { LINK_HOURS, type LinkAnswer } from '@nexivo/contracts/links';
import { parsePrincipal } from '@nexivo/contracts/principal';
import { mayGrant, type Role } from '@nexivo/contracts/roles';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import type { PageReply, Reply } from '@nexivo/bus/reply';
import { toPage } from '@nexivo/store/page';
import { DataSource, type EntityManager } from 'typeorm';
import { recordChange } from '../audit.js';
import { SealedAnswers } from '../sealed-answers.js';
import { insertLink, LINK_COLUMNS, type LinkRow, STATUS_CONDITIONS, statusOf } from './link-rows.js';
import { roleRefused } from './members.service.js';
import { findByEmail, getByEmail, lockEnabled, lockRole, lockRoles, membershipsOf } from './people.js';

const toInvitation = (row: LinkRow): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role!,
  status: statusOf(row),
  created_by: parsePrincipal(row.created_by),
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  accepted_at: row.used_at?.toISOString() ?? null,
});

/** Links that people are handed: to join an account, and to choose a new password. No mail is sent. */
@Injectable()
export class LinksService {
  constructor(
    private readonly database: DataSource,
    private readonly answers: SealedAnswers,
  ) {}

  /**
   * Invites somebody on behalf of a person.
   *
   * @param origin what stands in front of the link's path
   * @throws DomainError `insufficient_role`, `already_a_member`
   */
  invite(context: RequestContext, { email, role }: CreateInvitationInput, origin: string): Promise<Reply<LinkAnswer>> {
    const { accountId } = context;
    const write = async (tx: EntityManager): Promise<LinkAnswer> => {
      const granter = await lockRole(tx, accountId, context.principal.id);
      if (!mayGrant(granter, role)) throw roleRefused('Only owners invite owners, and only owners and admins anybody.');
      return inviteTo(tx, context, { accountId, email, role, hours: INVITATION_DAYS * 24, origin });
    };
    return this.answers.run(context, 'invitations.create', { email, role }, write, 'url');
  }

  /** Invites somebody on behalf of an operator. */
  inviteByOperator(
    context: RequestContext,
    { account_id, email, role }: { account_id: string; email: string; role: Role },
    origin: string,
  ): Promise<LinkAnswer> {
    return this.database.transaction(async (tx) => {
      const [account] = await tx.query<unknown[]>(`select from accounts where id = $1 for key share`, [account_id]);
      if (!account) throw DomainError.notFound('account');
      return inviteTo(tx, context, { accountId: account_id, email, role, hours: LINK_HOURS, origin });
    });
  }

  /**
   * Makes a link by which a person of the account chooses a new password. Somebody who belongs to other accounts as well is none of
   * this account's to let in: his link would open those, too. Nor does anybody make one for himself, or a session that somebody else
   * has got hold of would do in place of the password.
   *
   * @throws DomainError `not_found`, `insufficient_role`; `validation_failed` for the person who asks
   */
  resetFor(context: RequestContext, id: string, origin: string): Promise<Reply<LinkAnswer>> {
    const { accountId } = context;
    if (id === context.principal.id)
      throw DomainError.invalid({ field: 'id', code: 'own', message: 'names yourself; change your password instead' });
    const write = async (tx: EntityManager): Promise<LinkAnswer> => {
      await lockEnabled(tx, context.principal.id);
      const [role, granter] = await lockRoles(tx, accountId, [id, context.principal.id]);
      if (!mayGrant(granter, role)) throw roleRefused('Only owners make a link for an owner.');
      if ((await membershipsOf(tx, id)).length > 1)
        throw roleRefused('The person belongs to other accounts as well; ask whoever runs this installation.');
      const [{ email }] = await tx.query<[{ email: string }]>(`select email from users where id = $1`, [id]);
      return resetIn(tx, context, { accountId, userId: id, email, origin });
    };
    return this.answers.run(context, 'users.create_reset_link', { id }, write, 'url');
  }

  /** @throws DomainError `not_found` also for somebody who belongs to no account */
  resetByOperator(context: RequestContext, email: string, origin: string): Promise<LinkAnswer> {
    return this.database.transaction(async (tx) => {
      const person = await getByEmail(tx, email);
      const [membership] = await membershipsOf(tx, person.id);
      if (!membership) throw new DomainError('not_found', { detail: 'This person belongs to no account.' });
      const accountId = membership.account_id;
      return resetIn(tx, context, { accountId, userId: person.id, email: person.email, origin });
    });
  }

  async list(accountId: string, input: ListInvitationsInput): Promise<PageReply<Invitation>> {
    const { status, page, per_page } = input;
    const wanted = status ? ` and (${status.map((each) => `(${STATUS_CONDITIONS[each]})`).join(' or ')})` : '';
    const found = `from invitations where account_id = $1 and purpose = 'join'${wanted}`;
    const [{ total }] = await this.database.query<[{ total: number }]>(`select count(*)::integer as total ${found}`, [
      accountId,
    ]);
    const rows = await this.database.query<LinkRow[]>(
      `select ${LINK_COLUMNS} ${found} order by created_at desc, id desc limit $2 offset $3`,
      [accountId, per_page, (page - 1) * per_page],
    );
    return toPage(rows.map(toInvitation), total, input);
  }

  async get(accountId: string, id: string): Promise<Invitation> {
    return toInvitation(await findInvitation(this.database.manager, accountId, id));
  }

  /** Takes an invitation back; one that has ended stays as it is. */
  async revoke(context: RequestContext, id: string): Promise<Invitation> {
    const { accountId } = context;
    return this.database.transaction(async (tx) => {
      const granter = await lockRole(tx, accountId, context.principal.id);
      const before = await findInvitation(tx, accountId, id, 'for update');
      if (!mayGrant(granter, before.role!)) throw roleRefused('Only owners take back what makes somebody an owner.');
      if (before.used_at || before.revoked_at) return toInvitation(before);
      await tx.query(`update invitations set revoked_at = now() where account_id = $1 and id = $2`, [accountId, id]);
      const details = { before: { email: before.email, role: before.role }, after: { invitation_id: id } };
      await recordChange(tx, context, { accountId, action: 'invitation.revoked', details });
      return toInvitation(await findInvitation(tx, accountId, id));
    });
  }
}

/** @throws DomainError `already_a_member` */
async function inviteTo(
  tx: EntityManager,
  context: RequestContext,
  wanted: Parameters<typeof insertLink>[2] & { role: Role },
): Promise<LinkAnswer> {
  const { accountId, email, role } = wanted;
  const person = await findByEmail(tx, email);
  const memberships = person ? await membershipsOf(tx, person.id) : [];
  if (memberships.some(({ account_id }) => account_id === accountId)) throw new DomainError('already_a_member');
  const link = await insertLink(tx, context, wanted);
  const details = { after: { invitation_id: link.id, email, role, expires_at: link.expires_at } };
  await recordChange(tx, context, { accountId, action: 'invitation.created', details });
  return link;
}

async function resetIn(
  tx: EntityManager,
  context: RequestContext,
  { accountId, userId, email, origin }: { accountId: string; userId: string; email: string; origin: string },
): Promise<LinkAnswer> {
  const link = await insertLink(tx, context, { accountId, email, role: null, hours: LINK_HOURS, origin });
  const details = { after: { expires_at: link.expires_at } };
  await recordChange(tx, context, { accountId, userId, action: 'user.reset_link_created', details });
  return link;
}

async function findInvitation(
  manager: EntityManager,
  accountId: string,
  id: string,
  lock: 'for update' | '' = '',
): Promise<LinkRow> {
  const [row] = await manager.query<LinkRow[]>(
    `select ${LINK_COLUMNS} from invitations where account_id = $1 and id = $2 and purpose = 'join' ${lock}`,
    [accountId, id],
  );
  if (!row) throw DomainError.notFound('invitation');
  return row;
}
