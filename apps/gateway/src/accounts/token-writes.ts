import { Inject, Injectable } from '@nestjs/common';
import type { ApiToken, tokens } from '@nexivo/contracts/accounts';
import type { InputOf } from '@nexivo/contracts/command';
import { formatPrincipal } from '@nexivo/contracts/principal';
import { TOKENS_MAX } from '@nexivo/contracts/tokens';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { lockCount } from './account-lock.js';
import { ApiTokenEntity } from './api-token.entity.js';
import { difference, recordChange } from './audit.js';
import { endOfOverlap, lifetimeMs, refused, refuseUnlessLive } from './token-rules.js';
import { digestOf, generateToken, type Pepper, PEPPERS, prefixOf } from './token.js';

/** What a new token is to be. */
export interface WantedToken {
  readonly account_id: string;
  /** Of a personal token. */
  readonly user_id: string | null;
  readonly name: string;
  readonly scopes: ApiToken['scopes'];
  readonly expires_at: string | null;
}

/** What is changed of a token. */
export type TokenChanges = Omit<InputOf<typeof tokens.update>, 'id' | 'expires_in_s'>;

/**
 * The writes of tokens, for operators and people alike, each within its caller's transaction and with its entries of the audit log.
 * Once it is committed the caller announces every token that was touched.
 */
@Injectable()
export class TokenWrites {
  constructor(@Inject(PEPPERS) private readonly peppers: readonly [Pepper, ...Pepper[]]) {}

  /**
   * @returns the row, and the token itself
   * @throws DomainError `validation_failed` if as many are valid as an account may have
   */
  async create(
    tx: EntityManager,
    wanted: WantedToken,
    context: RequestContext,
  ): Promise<{ row: ApiTokenEntity; token: string }> {
    await refuseTooMany(tx, wanted.account_id);
    const token = generateToken();
    const row = this.rowOf(token, wanted, await databaseTime(tx), context);
    await tx.insert(ApiTokenEntity, row);
    await recordChange(tx, context, { ...of(row), action: 'token.created', details: { after: issued(row) } });
    return { row, token };
  }

  /** Changes the members given; `null` takes the expiry away. What was as wanted already is not recorded as a change. */
  async update(
    tx: EntityManager,
    before: ApiTokenEntity,
    changes: TokenChanges,
    context: RequestContext,
  ): Promise<ApiTokenEntity> {
    const now = await databaseTime(tx);
    refuseUnlessLive(before, now);
    const after = { ...before, ...wantedOf(changes, before, now) };
    const other = difference(before, after, ['name', 'expires_at']);
    const scopes = difference(before, after, ['scopes']);
    if (!other && !scopes) return before;
    after.updated_at = notBefore(before, now);
    const { name, expires_at, expiry_set_at, updated_at } = after;
    await tx.update(ApiTokenEntity, keyOf(before), {
      name,
      scopes: after.scopes,
      expires_at,
      expiry_set_at,
      updated_at,
    });
    if (other) await recordChange(tx, context, { ...of(before), action: 'token.updated', details: other });
    if (scopes) await recordChange(tx, context, { ...of(before), action: 'token.scopes_changed', details: scopes });
    return after;
  }

  /**
   * Makes a token of the same name, scopes, owner and lifetime. The old one stays valid for the overlap, never longer than it
   * would have been; without an overlap it is revoked.
   */
  async rotate(
    tx: EntityManager,
    before: ApiTokenEntity,
    overlapS: number,
    context: RequestContext,
  ): Promise<{ predecessor: ApiTokenEntity; successor: ApiTokenEntity; token: string }> {
    const token = generateToken();
    const now = await databaseTime(tx);
    refuseUnlessLive(before, now);
    if (before.rotated_to) throw refused('rotated', `has been rotated already; its successor is ${before.rotated_to}`);
    const lifetime = lifetimeMs(before);
    const expires_at = lifetime === null ? null : new Date(now.getTime() + lifetime).toISOString();
    const successor = this.rowOf(token, { ...before, expires_at }, now, context);
    await tx.insert(ApiTokenEntity, successor);
    const end = overlapS === 0 ? { revoked_at: now } : { expires_at: endOfOverlap(before, now, overlapS * 1_000) };
    const moved = { ...end, rotated_to: successor.id, updated_at: notBefore(before, now) };
    const after = { ...before, ...moved };
    await tx.update(ApiTokenEntity, keyOf(before), moved);
    const rotation = difference(before, after, ['expires_at', 'revoked_at', 'rotated_to'])!;
    await recordChange(tx, context, { ...of(before), action: 'token.rotated', details: rotation });
    const details = { after: { ...issued(successor), rotated_from: before.id } };
    await recordChange(tx, context, { ...of(successor), action: 'token.created', details });
    return { predecessor: after, successor, token };
  }

  /** Revoking twice keeps the first time. */
  async revoke(tx: EntityManager, before: ApiTokenEntity, context: RequestContext): Promise<ApiTokenEntity> {
    if (before.revoked_at) return before;
    const now = await databaseTime(tx);
    const ended = { revoked_at: now, updated_at: notBefore(before, now) };
    const after = { ...before, ...ended };
    await tx.update(ApiTokenEntity, keyOf(before), ended);
    const details = difference(before, after, ['revoked_at'])!;
    await recordChange(tx, context, { ...of(before), action: 'token.revoked', details });
    return after;
  }

  private rowOf(token: string, wanted: WantedToken, now: Date, context: RequestContext): ApiTokenEntity {
    const [pepper] = this.peppers;
    return Object.assign(new ApiTokenEntity(), {
      account_id: wanted.account_id,
      id: newId(),
      user_id: wanted.user_id,
      name: wanted.name,
      digest: digestOf(token, pepper),
      pepper_version: pepper.version,
      prefix: prefixOf(token),
      last_four: token.slice(-4),
      scopes: [...new Set(wanted.scopes)],
      expires_at: wanted.expires_at === null ? null : new Date(wanted.expires_at),
      expiry_set_at: null,
      revoked_at: null,
      rotated_to: null,
      last_used_at: null,
      created_at: now,
      updated_at: now,
      created_by: formatPrincipal(context.principal),
    });
  }
}

async function refuseTooMany(tx: EntityManager, accountId: string): Promise<void> {
  await lockCount(tx, accountId, 'tokens');
  const [{ count }] = await tx.query<[{ count: number }]>(
    `select count(*)::integer as count from api_tokens
     where account_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
    [accountId],
  );
  if (count < TOKENS_MAX) return;
  const message = `would be one token too many: at most ${TOKENS_MAX} of an account are valid at a time; revoke one first`;
  throw DomainError.invalid({ field: 'body', code: 'too_many', message });
}

/** The one token that is meant, which nobody else changes until the transaction ends. */
export async function lockToken(tx: EntityManager, where: FindOptionsWhere<ApiTokenEntity>): Promise<ApiTokenEntity> {
  const row = await tx.findOne(ApiTokenEntity, { where, lock: { mode: 'pessimistic_write' } });
  if (!row) throw DomainError.notFound('token');
  return row;
}

/** @throws DomainError `validation_failed` for an end that is over */
export function refusePast(expires_at: Date | null, now: Date): void {
  if (!expires_at || expires_at > now) return;
  const message = 'must lie in the future; to end a token now, revoke it';
  throw DomainError.invalid({ field: 'expires_at', code: 'in_the_past', message });
}

/** What a change sets, given the row as it stands. */
function wantedOf(
  { name, scopes, expires_at }: TokenChanges,
  before: ApiTokenEntity,
  now: Date,
): Partial<ApiTokenEntity> {
  const wanted: Partial<ApiTokenEntity> = {};
  if (name !== undefined) wanted.name = name;
  // The same scopes in another order are no change.
  if (scopes && inAnyOrder(scopes) !== inAnyOrder(before.scopes)) wanted.scopes = [...new Set(scopes)];
  if (expires_at !== undefined) {
    wanted.expires_at = expires_at === null ? null : new Date(expires_at);
    wanted.expiry_set_at = now;
    refusePast(wanted.expires_at, now);
  }
  return wanted;
}

const inAnyOrder = (scopes: ApiToken['scopes']): string => [...new Set(scopes)].toSorted().join();

/** When a change is, that never lies before the last one, whatever the clock does. */
const notBefore = ({ updated_at }: ApiTokenEntity, now: Date): Date => (updated_at > now ? updated_at : now);

const keyOf = ({ account_id, id }: ApiTokenEntity) => ({ account_id, id });
const of = ({ account_id, id }: ApiTokenEntity) => ({ accountId: account_id, tokenId: id });

/** What the audit log says of a new token. */
const issued = ({ name, scopes, prefix, last_four, expires_at }: ApiTokenEntity) => ({
  name,
  scopes,
  prefix,
  last_four,
  expires_at,
});
