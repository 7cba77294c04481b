import type { InvitationStatus } from '@nexivo/contracts/invitations';
import type { LinkAnswer, LinkPurpose } from '@nexivo/contracts/links';
import { formatPrincipal } from '@nexivo/contracts/principal';
import type { Role } from '@nexivo/contracts/roles';
import type { RequestContext } from '@nexivo/bus/context';
import type { EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { generateSecret, secretDigest } from './secret.js';

/** A row of `invitations`: a link, of which only the digest is kept. */
export interface LinkRow {
  account_id: string;
  id: string;
  email: string;
  role: Role | null;
  purpose: LinkPurpose;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  revoked_at: Date | null;
  is_expired: boolean;
}

export const LINK_COLUMNS = `account_id, id, email, role, purpose, created_by, created_at, expires_at, used_at, revoked_at,
  expires_at <= now() as is_expired`;

export const statusOf = ({ used_at, revoked_at, is_expired }: LinkRow): InvitationStatus => {
  if (used_at) return 'accepted';
  if (revoked_at) return 'revoked';
  return is_expired ? 'expired' : 'pending';
};

/** The condition under which a link has a status; as {@link statusOf}. */
export const STATUS_CONDITIONS: Record<InvitationStatus, string> = {
  accepted: 'used_at is not null',
  revoked: 'used_at is null and revoked_at is not null',
  expired: 'used_at is null and revoked_at is null and expires_at <= now()',
  pending: 'used_at is null and revoked_at is null and expires_at > now()',
};

/** What a link is to be. */
export interface Wanted {
  readonly accountId: string;
  readonly email: string;
  /** What whoever joins becomes; none to choose a new password. */
  readonly role: Role | null;
  readonly hours: number;
  /** What stands in front of the path, such as `https://ats.example.com`. */
  readonly origin: string;
}

/** Makes a link. An earlier one of the same purpose for the same e-mail address is taken back. */
export async function insertLink(
  tx: EntityManager,
  context: RequestContext,
  { accountId, email, role, hours, origin }: Wanted,
): Promise<LinkAnswer> {
  const secret = generateSecret();
  const purpose: LinkPurpose = role ? 'join' : 'reset';
  await tx.query(
    `update invitations set revoked_at = now()
     where account_id = $1 and lower(email) = lower($2) and purpose = $3 and used_at is null and revoked_at is null`,
    [accountId, email, purpose],
  );
  const [row] = await tx.query<[LinkRow]>(
    `insert into invitations (account_id, id, email, role, digest, purpose, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(hours => $8)) returning ${LINK_COLUMNS}`,
    [accountId, newId(), email, role, secretDigest(secret), purpose, formatPrincipal(context.principal), hours],
  );
  return {
    id: row.id,
    purpose,
    email,
    role,
    expires_at: row.expires_at.toISOString(),
    url: `${origin}/${purpose}#${secret}`,
  };
}

/**
 * Takes back what would let somebody in: a link made earlier must not undo a password that he has chosen since, nor bring back whoever
 * is removed.
 *
 * @param accountId in that account alone; in all that he belongs to unless told
 */
export async function revokeLinksTo(
  tx: EntityManager,
  { id, email }: { id: string; email: string },
  accountId?: string,
): Promise<void> {
  await tx.query(
    `update invitations i set revoked_at = now() from memberships m
     where m.user_id = $1 and ($3::uuid is null or m.account_id = $3) and i.account_id = m.account_id
       and lower(i.email) = lower($2) and i.used_at is null and i.revoked_at is null`,
    [id, email, accountId ?? null],
  );
}

/** Takes back what somebody has handed out: he knows the secrets, and could come back by one. */
export async function revokeLinksBy(tx: EntityManager, accountId: string, userId: string): Promise<void> {
  await tx.query(
    `update invitations set revoked_at = now()
     where account_id = $1 and created_by = $2 and used_at is null and revoked_at is null`,
    [accountId, formatPrincipal({ type: 'user', id: userId })],
  );
}
