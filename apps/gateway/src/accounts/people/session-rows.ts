import { type Session, SESSION_DAYS, SESSION_IDLE_HOURS } from '@nexivo/contracts/sessions';
import type { RequestContext } from '@nexivo/bus/context';
import type { EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { recordChange } from '../audit.js';
import { DomainError } from '@nexivo/bus/domain-error';
import { generateSecret, secretDigest } from './secret.js';

/** A row of `sessions`, as it is read. */
export interface SessionRow {
  account_id: string;
  id: string;
  user_id: string;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  address: string | null;
  user_agent: string | null;
}

/** From where somebody signs in. */
export interface Visit {
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string | null;
  /** The mark of a device that has been seen before; see KnownDevices. */
  readonly device?: string | undefined;
  /** The secret of the session that the browser has had so far. A new one takes its place. */
  readonly session?: string | undefined;
}

/** Of more sessions of a person those used last stay. */
const MAX_SESSIONS = 50;
const USER_AGENT_MAX = 300;

export const SESSION_COLUMNS = 'account_id, id, user_id, created_at, last_seen_at, expires_at, address, user_agent';
/** For a condition: a session that counts. */
export const IS_LIVE = `expires_at > now() and last_seen_at > now() - interval '${SESSION_IDLE_HOURS} hours'`;

export const toSession = (row: SessionRow, currentId: string | undefined): Session => ({
  id: row.id,
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  address: row.address,
  user_agent: row.user_agent,
  is_current: row.id === currentId,
});

/** On behalf of a person, in an account, from where the visit comes. */
export const contextOf = (accountId: string, userId: string, { requestId, address }: Visit): RequestContext => ({
  accountId,
  principal: { type: 'user', id: userId },
  requestId,
  address,
});

/**
 * Begins a session of somebody who has proved who he is. The secret is for his cookie; only its digest is kept. The session that the
 * browser has had so far ends: nobody could sign it out any more.
 *
 * @param expiresAt when it ends at the latest; after 14 days unless told
 * @returns also whose session has ended, if one has
 * @throws DomainError `invalid_credentials` if he does not belong to the account, or has left the account meanwhile
 */
export async function openSession(
  tx: EntityManager,
  accountId: string,
  userId: string,
  visit: Visit,
  expiresAt?: Date,
): Promise<{ row: SessionRow; secret: string; replaced: string | undefined }> {
  const [, belongs] = await tx.query<[unknown[], number]>(
    `update memberships set last_seen_at = now() where account_id = $1 and user_id = $2`,
    [accountId, userId],
  );
  if (belongs === 0) throw new DomainError('invalid_credentials');
  const replaced = visit.session === undefined ? undefined : await endReplaced(tx, visit.session, visit);
  const secret = generateSecret();
  const agent = visit.userAgent?.slice(0, USER_AGENT_MAX).toWellFormed() ?? null;
  const [row] = await tx.query<[SessionRow]>(
    `insert into sessions (account_id, id, user_id, digest, expires_at, address, user_agent)
     values ($1, $2, $3, $4, coalesce($7, now() + interval '${SESSION_DAYS} days'), $5, $6) returning ${SESSION_COLUMNS}`,
    [accountId, newId(), userId, secretDigest(secret), visit.address, agent, expiresAt ?? null],
  );
  await tx.query(
    `delete from sessions where user_id = $1 and id in (
       select id from sessions where user_id = $1 order by last_seen_at desc, id desc offset ${MAX_SESSIONS})`,
    [userId],
  );
  await recordChange(tx, contextOf(accountId, userId, visit), {
    accountId,
    userId,
    action: 'session.created',
    details: { after: { session_id: row.id, user_agent: agent } },
  });
  return { row, secret, replaced };
}

async function endReplaced(tx: EntityManager, secret: string, visit: Visit): Promise<string | undefined> {
  const [[ended]] = await tx.query<[Pick<SessionRow, 'account_id' | 'id' | 'user_id'>[], number]>(
    `delete from sessions where digest = $1 returning account_id, id, user_id`,
    [secretDigest(secret)],
  );
  if (!ended) return undefined;
  const { account_id: accountId, id, user_id: userId } = ended;
  const details = { after: { session_id: id } };
  await recordChange(tx, contextOf(accountId, userId, visit), { accountId, userId, action: 'session.ended', details });
  return userId;
}

/**
 * Ends sessions of a person.
 *
 * @param only.accountId those in one account
 * @param only.except all but that one
 * @returns how many counted until now
 */
export async function endSessions(
  tx: EntityManager,
  userId: string,
  { accountId, except }: { accountId?: string; except?: string } = {},
): Promise<number> {
  const [{ ended }] = await tx.query<[{ ended: number }]>(
    `with gone as (
       delete from sessions where user_id = $1 and ($2::uuid is null or account_id = $2) and ($3::uuid is null or id <> $3)
       returning expires_at, last_seen_at)
     select count(*) filter (where ${IS_LIVE})::integer as ended from gone`,
    [userId, accountId ?? null, except ?? null],
  );
  return ended;
}
