import { isDeepStrictEqual } from 'node:util';
import type { audit, AuditAction, AuditEntry } from '@nexivo/contracts/accounts';
import type { InputOf } from '@nexivo/contracts/command';
import { formatPrincipal, parsePrincipal } from '@nexivo/contracts/principal';
import type { RequestContext } from '@nexivo/bus/context';
import type { EntityManager } from 'typeorm';

/** What was done; `details` never hold a token. */
export interface Change {
  readonly accountId: string;
  readonly tokenId?: string;
  /** The person whom it is about. */
  readonly userId?: string;
  readonly action: AuditAction;
  readonly details: AuditEntry['details'];
}

/** Adds to the audit log in the transaction of the change itself: neither is ever there without the other. */
export async function recordChange(
  tx: EntityManager,
  context: RequestContext,
  { accountId, tokenId, userId, action, details }: Change,
): Promise<void> {
  await tx.query(
    `insert into audit_log (account_id, token_id, user_id, action, actor, address, details) values ($1, $2, $3, $4, $5, $6, $7)`,
    [accountId, tokenId, userId, action, formatPrincipal(context.principal), context.address, JSON.stringify(details)],
  );
}

/** The members that two states of a thing differ in, for {@link Change.details}; nothing if they are alike. */
export function difference<Row extends object>(
  before: Row,
  after: Row,
  members: readonly (keyof Row & string)[],
): Required<AuditEntry['details']> | undefined {
  const changed = members.filter((member) => !isDeepStrictEqual(before[member], after[member]));
  if (changed.length === 0) return undefined;
  const pick = (row: Row) => Object.fromEntries(changed.map((member) => [member, row[member]]));
  return { before: pick(before), after: pick(after) };
}

type AuditRow = Omit<AuditEntry, 'id' | 'at' | 'actor'> & { id: string; at: Date; actor: string };

/** The newest entries that fit, newest first. */
export async function listChanges(
  manager: EntityManager,
  { account_id, token_id, before, limit }: InputOf<typeof audit.list>,
): Promise<AuditEntry[]> {
  const conditions = { 'account_id =': account_id, 'token_id =': token_id, 'id <': before };
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  const where = given.map(([comparison], n) => `${comparison} $${n + 2}`).join(' and ');
  const rows = await manager.query<AuditRow[]>(
    `select id, at, account_id, token_id, user_id, action, actor, address, details
     from audit_log ${where && `where ${where}`} order by id desc limit $1`,
    [limit, ...given.map(([, value]) => value)],
  );
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    at: row.at.toISOString(),
    actor: parsePrincipal(row.actor),
  }));
}
