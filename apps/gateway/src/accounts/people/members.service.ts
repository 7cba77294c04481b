import { Injectable } from '@nestjs/common';
import { mayGrant, type Role } from '@nexivo/contracts/roles';
import { type ListUsersInput, type User, USER_READ_ONLY, type UserPatch } from '@nexivo/contracts/users';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import type { PageReply, Reply } from '@nexivo/bus/reply';
import { toPage } from '@nexivo/store/page';
import { withoutReadOnly } from '@nexivo/store/read-only';
import { DataSource, type EntityManager } from 'typeorm';
import { recordChange } from '../audit.js';
import { Invalidations } from '../invalidations.js';
import { SealedAnswers } from '../sealed-answers.js';
import { revokeLinksBy, revokeLinksTo } from './link-rows.js';
import { lockEnabled, lockRoles } from './people.js';
import { endSessions } from './session-rows.js';

interface MemberRow {
  id: string;
  email: string;
  name: string;
  role: Role;
  created_at: Date;
  last_seen_at: Date | null;
  disabled_at: Date | null;
}

const MEMBERS = `
  select u.id, u.email, u.name, m.role, m.created_at, m.last_seen_at, u.disabled_at
  from memberships m join users u on u.id = m.user_id where m.account_id = $1`;

const toUser = (row: MemberRow): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  status: row.disabled_at ? 'disabled' : 'active',
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at?.toISOString() ?? null,
});

/** A role that does not reach so far. */
export const roleRefused = (detail: string): DomainError => new DomainError('insufficient_role', { detail });

/** The people of an account: who they are, what they are, and how they leave. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: DataSource,
    private readonly answers: SealedAnswers,
    private readonly invalidations: Invalidations,
  ) {}

  async list(accountId: string, input: ListUsersInput): Promise<PageReply<User>> {
    const values: unknown[] = [accountId];
    const bind = (value: unknown): string => `$${values.push(value)}`;
    const { role, q, created_after, created_before, page, per_page } = input;
    const conditions = [
      ...(role ? [`m.role = any(${bind(role)})`] : []),
      ...(q ? [`strpos(lower(u.name || ' ' || u.email), lower(${bind(q)})) > 0`] : []),
      ...(created_after ? [`m.created_at > ${bind(created_after)}`] : []),
      ...(created_before ? [`m.created_at <= ${bind(created_before)}`] : []),
    ];
    const found = [MEMBERS, ...conditions].join(' and ');
    const direction = input.sort.startsWith('-') ? 'desc' : 'asc';
    const key = SORT_COLUMNS[input.sort.replace(/^-/, '')]!;
    const [{ total }] = await this.database.query<[{ total: number }]>(
      `select count(*)::integer as total from (${found}) found`,
      values,
    );
    const rows = await this.database.query<MemberRow[]>(
      `${found} order by ${key} ${direction} nulls last, u.id ${direction} limit ${bind(per_page)} offset ${bind((page - 1) * per_page)}`,
      values,
    );
    return toPage(rows.map(toUser), total, input);
  }

  async get(accountId: string, id: string): Promise<User> {
    return toUser(await find(this.database.manager, accountId, id));
  }

  /**
   * Changes what somebody is. His sessions in the account end, so that what he was let in as is forgotten; where he has changed it
   * himself his own goes on.
   *
   * @throws DomainError `not_found`, `insufficient_role`, `last_owner`
   */
  async changeRole(
    context: RequestContext,
    id: string,
    patch: UserPatch,
    ownSession: string | undefined,
  ): Promise<Reply<User>> {
    const { accountId } = context;
    const reply = await this.answers.run(context, 'users.update', { id, ...patch }, async (tx) => {
      const { granter, before } = await this.lockBoth(tx, context, id);
      const shown = toUser(await find(tx, accountId, id));
      const { role } = withoutReadOnly(patch, shown, USER_READ_ONLY, ['last_seen_at']);
      if (role === undefined || role === before) return shown;
      if (!mayGrant(granter, role) || !mayGrant(granter, before))
        throw roleRefused('Only owners make owners, and change what an owner is.');
      if (before === 'owner') await refuseLastOwner(tx, accountId, id);
      await tx.query(`update memberships set role = $3 where account_id = $1 and user_id = $2`, [accountId, id, role]);
      const isOwn = context.principal.id === id && ownSession !== undefined;
      await endSessions(tx, id, { accountId, ...(isOwn && { except: ownSession }) });
      await revokeLinksBy(tx, accountId, id);
      const details = { before: { role: before }, after: { role } };
      await recordChange(tx, context, { accountId, userId: id, action: 'user.role_changed', details });
      return toUser(await find(tx, accountId, id));
    });
    await this.invalidations.announceUser(id);
    return reply;
  }

  /**
   * Takes somebody out of the account: his sessions in it end, his personal tokens, the links that he has made and those to him are worth
   * nothing.
   *
   * @throws DomainError `not_found`, `insufficient_role`, `last_owner`
   */
  async remove(context: RequestContext, id: string): Promise<User> {
    const { accountId } = context;
    const member = await this.database.transaction(async (tx) => {
      const { granter, before } = await this.lockBoth(tx, context, id);
      if (!mayGrant(granter, before)) throw roleRefused('Only owners remove owners.');
      if (before === 'owner') await refuseLastOwner(tx, accountId, id);
      const row = await find(tx, accountId, id);
      const [, revoked] = await tx.query<[unknown[], number]>(
        `update api_tokens set revoked_at = clock_timestamp(), updated_at = greatest(clock_timestamp(), updated_at)
         where account_id = $1 and user_id = $2 and revoked_at is null`,
        [accountId, id],
      );
      await revokeLinksBy(tx, accountId, id);
      await revokeLinksTo(tx, row, accountId);
      await tx.query(`delete from memberships where account_id = $1 and user_id = $2`, [accountId, id]);
      const details = { before: { role: before, email: row.email }, after: { role: null, tokens_revoked: revoked } };
      await recordChange(tx, context, { accountId, userId: id, action: 'user.removed', details });
      return row;
    });
    await this.invalidations.announceUser(id);
    return toUser(member);
  }

  /** Locks what the person who asks and the one it is about are. In the order of their ids, as everybody does. */
  private async lockBoth(
    tx: EntityManager,
    { accountId, principal }: RequestContext,
    id: string,
  ): Promise<{ granter: Role; before: Role }> {
    await lockEnabled(tx, principal.id);
    // All owners as well: whoever wants to know that another one is left locks them.
    await tx.query(
      `select from memberships where account_id = $1 and (role = 'owner' or user_id in ($2, $3)) order by user_id for update`,
      [accountId, principal.id, id],
    );
    const [before, granter] = await lockRoles(tx, accountId, [id, principal.id]);
    return { granter, before };
  }
}

const SORT_COLUMNS: Record<string, string> = {
  created_at: 'm.created_at',
  name: 'lower(u.name)',
  email: 'lower(u.email)',
  last_seen_at: 'm.last_seen_at',
};

async function find(manager: EntityManager, accountId: string, id: string): Promise<MemberRow> {
  const [row] = await manager.query<MemberRow[]>(`${MEMBERS} and m.user_id = $2`, [accountId, id]);
  if (!row) throw DomainError.notFound('user');
  return row;
}

/** An account always has an owner who can sign in. All owners' rows are locked by now, so that two cannot leave at once. */
async function refuseLastOwner(tx: EntityManager, accountId: string, id: string): Promise<void> {
  const [{ others }] = await tx.query<[{ others: number }]>(
    `select count(*)::integer as others from memberships m join users u on u.id = m.user_id
     where m.account_id = $1 and m.role = 'owner' and m.user_id <> $2 and u.disabled_at is null`,
    [accountId, id],
  );
  if (others === 0) throw new DomainError('last_owner');
}
