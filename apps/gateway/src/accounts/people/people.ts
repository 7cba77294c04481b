import type { Role } from '@nexivo/contracts/roles';
import { DomainError } from '@nexivo/bus/domain-error';
import type { EntityManager } from 'typeorm';

/** A row of `users`, the one table that no account leads: somebody can belong to several. */
export interface PersonRow {
  id: string;
  email: string;
  name: string;
  password_hash: string | null;
  created_at: Date;
  disabled_at: Date | null;
}

/** A row of `memberships`. */
export interface MembershipRow {
  account_id: string;
  user_id: string;
  role: Role;
  created_at: Date;
  last_seen_at: Date | null;
}

/** The person with an e-mail address, in any case. */
export async function findByEmail(manager: EntityManager, email: string): Promise<PersonRow | undefined> {
  const [row] = await manager.query<PersonRow[]>(`select * from users where lower(email) = lower($1)`, [email]);
  return row;
}

/** @throws DomainError `not_found` */
export async function getByEmail(manager: EntityManager, email: string): Promise<PersonRow> {
  const row = await findByEmail(manager, email);
  if (!row) throw DomainError.notFound('user');
  return row;
}

/** What a person belongs to, the account used last first. */
export const membershipsOf = (manager: EntityManager, userId: string): Promise<MembershipRow[]> =>
  manager.query<MembershipRow[]>(
    `select * from memberships where user_id = $1 order by last_seen_at desc nulls last, created_at, account_id`,
    [userId],
  );

/**
 * Keeps the person who asks from being disabled until the transaction ends. People are locked before what they belong to, as everybody
 * does.
 *
 * @throws DomainError `invalid_session` if he has been meanwhile
 */
export async function lockEnabled(tx: EntityManager, userId: string): Promise<void> {
  const [row] = await tx.query<Pick<PersonRow, 'disabled_at'>[]>(
    `select disabled_at from users where id = $1 for share`,
    [userId],
  );
  if (!row || row.disabled_at) throw new DomainError('invalid_session');
}

/**
 * What some people are in an account, which nobody changes until the transaction ends. What somebody was when his request came in may
 * be over by now. Rows are locked in the order of their ids, as everybody does.
 *
 * @throws DomainError `not_found` if one of them does not belong to it
 */
export async function lockRoles<const Ids extends readonly string[]>(
  tx: EntityManager,
  accountId: string,
  ids: Ids,
): Promise<{ [Index in keyof Ids]: Role }> {
  const rows = await tx.query<Pick<MembershipRow, 'user_id' | 'role'>[]>(
    `select user_id, role from memberships where account_id = $1 and user_id = any($2) order by user_id for share`,
    [accountId, ids],
  );
  return ids.map((id) => {
    const row = rows.find(({ user_id }) => user_id === id);
    if (!row) throw DomainError.notFound('user');
    return row.role;
  }) as { [Index in keyof Ids]: Role };
}

/** As {@link lockEnabled} and {@link lockRoles}, of the person who asks. */
export async function lockRole(tx: EntityManager, accountId: string, userId: string): Promise<Role> {
  await lockEnabled(tx, userId);
  const [role] = await lockRoles(tx, accountId, [userId]);
  return role;
}
