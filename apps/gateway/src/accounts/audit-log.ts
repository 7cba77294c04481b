import type { AuditLogEntry, ListAuditLogInput } from '@nexivo/contracts/audit-log';
import { MAX_COUNTED_ROWS } from '@nexivo/contracts/pagination';
import { type Principal, parsePrincipal } from '@nexivo/contracts/principal';
import { PageReply } from '@nexivo/bus/reply';
import type { EntityManager } from 'typeorm';

interface EntryRow {
  id: string;
  at: Date;
  action: AuditLogEntry['action'];
  actor: string;
  address: string | null;
  details: AuditLogEntry['details'];
  token_id: string | null;
  token_name: string | null;
  user_id: string | null;
  user_name: string | null;
  actor_name: string | null;
}

/** Names as they are now; a person that is named by an entry belonged to the account once. */
const NAMED = `
  select e.*, t.name as token_name, u.name as user_name, coalesce(au.name, at.name) as actor_name
  from e
    left join api_tokens t on t.account_id = $1 and t.id = e.token_id
    left join users u on u.id = e.user_id
    left join users au on au.id = case when e.actor like 'user:%' then substr(e.actor, 6)::uuid end
    left join api_tokens at on at.account_id = $1 and at.id = case when e.actor like 'token:%' then substr(e.actor, 7)::uuid end
  order by e.at desc, e.id desc`;

/**
 * A page of what was done to an account, the latest first: by number with its total, or by cursor without.
 *
 * @param only entries of this person alone
 */
export async function listAuditLog(
  manager: EntityManager,
  accountId: string,
  input: ListAuditLogInput,
  only?: Principal,
): Promise<PageReply<AuditLogEntry>> {
  const { cursor, page, per_page } = input;
  const values: unknown[] = [accountId];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const found = `from audit_log where ${['account_id = $1', ...conditionsOf(input, only, bind)].join(' and ')}`;
  const total = cursor === undefined ? await countUpToCap(manager, found, [...values]) : undefined;
  // Entries never change and never go, so the one that a page ended with says where the next one begins.
  const behind =
    cursor !== undefined && cursor !== 'start'
      ? ` and (at, id) < (select at, id from audit_log where account_id = $1 and id = ${bind(cursor.id)})`
      : '';
  const offset = cursor === undefined ? (page - 1) * per_page : 0;
  const rows = await manager.query<EntryRow[]>(
    `with e as materialized (select * ${found}${behind} order by at desc, id desc limit ${bind(per_page + 1)} offset ${bind(offset)}) ${NAMED}`,
    values,
  );
  const last = rows.length > per_page ? rows[per_page - 1] : undefined;
  const next = last ? { value: null, id: last.id } : null;
  const numbered = total !== undefined && {
    page,
    total: Math.min(total, MAX_COUNTED_ROWS),
    total_pages: Math.ceil(Math.min(total, MAX_COUNTED_ROWS) / per_page),
    total_is_exact: total <= MAX_COUNTED_ROWS,
  };
  return new PageReply(rows.slice(0, per_page).map(toEntry), { per_page, ...numbered, next });
}

function conditionsOf(
  input: ListAuditLogInput,
  only: Principal | undefined,
  bind: (value: unknown) => string,
): string[] {
  const { action, actor_type, actor_id, token_id, user_id, created_after, created_before } = input;
  // A bare id is a token's: earlier releases wrote those.
  const actors = actor_id && (actor_type ?? ['token', 'user', 'operator']).map((type) => `${type}:${actor_id}`);
  const kinds = actor_type?.map((type) => `split_part(actor, ':', 1) = ${bind(type)}`);
  return [
    ...(only ? [`actor = ${bind(`${only.type}:${only.id}`)}`] : []),
    ...(action ? [`action = any(${bind(action)})`] : []),
    ...(actors ? [`actor = any(${bind(actors)})`] : []),
    ...(kinds && !actors ? [`(${kinds.join(' or ')})`] : []),
    ...(token_id ? [`token_id = ${bind(token_id)}`] : []),
    ...(user_id ? [`user_id = ${bind(user_id)}`] : []),
    ...(created_after ? [`at > ${bind(created_after)}`] : []),
    ...(created_before ? [`at <= ${bind(created_before)}`] : []),
  ];
}

async function countUpToCap(manager: EntityManager, found: string, values: unknown[]): Promise<number> {
  const [{ count }] = await manager.query<[{ count: number }]>(
    `select count(*)::integer as count from (select 1 ${found} limit ${MAX_COUNTED_ROWS + 1}) counted`,
    values,
  );
  return count;
}

const toEntry = (row: EntryRow): AuditLogEntry => ({
  id: Number(row.id),
  at: row.at.toISOString(),
  action: row.action,
  actor: { ...parsePrincipal(row.actor), name: row.actor_name },
  address: row.address,
  token: row.token_id === null ? null : { id: row.token_id, name: row.token_name },
  user: row.user_id === null ? null : { id: row.user_id, name: row.user_name },
  details: row.details,
});
