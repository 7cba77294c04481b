import { Inject, Injectable } from '@nestjs/common';
import type { ApiToken, Scope, tokens } from '@nexivo/contracts/accounts';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { formatPrincipal } from '@nexivo/contracts/principal';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AccountEntity } from './account.entity.js';
import { ApiTokenEntity, toApiToken } from './api-token.entity.js';
import { difference, recordChange } from './audit.js';
import { Invalidations } from './invalidations.js';
import { endOfOverlap, lifetimeMs, refused, refuseUnlessLive } from './token-rules.js';
import { digestOf, generateToken, type Pepper, PEPPERS, prefixOf } from './token.js';

/** Issues, changes, rotates and revokes API tokens; all gateways hear of it before the answer is sent. */
@Injectable()
export class TokensService {
  constructor(
    private readonly database: DataSource,
    @Inject(PEPPERS) private readonly peppers: readonly [Pepper, ...Pepper[]],
    private readonly invalidations: Invalidations,
  ) {}

  /** The answer is the only time that the token itself is shown. */
  async create(input: InputOf<typeof tokens.create>, context: RequestContext): Promise<OutputOf<typeof tokens.create>> {
    const token = generateToken();
    const row = this.rowOf(token, input, context);
    await this.database.transaction(async (tx) => {
      if (!(await tx.existsBy(AccountEntity, { id: input.account_id }))) throw DomainError.notFound('account');
      await tx.insert(ApiTokenEntity, row);
      await recordChange(tx, context, { ...of(row), action: 'token.created', details: { after: issued(row) } });
    });
    // Somebody may have tried it before it was made, and been remembered as unknown.
    await this.invalidations.announceToken(row.digest);
    return { ...toApiToken(row), token };
  }

  /** In the order in which they were made, as that is how their ids sort. */
  async list({ account_id, after, limit }: InputOf<typeof tokens.list>): Promise<OutputOf<typeof tokens.list>> {
    const { manager } = this.database;
    if (!(await manager.existsBy(AccountEntity, { id: account_id }))) throw DomainError.notFound('account');
    const rows = await manager.find(ApiTokenEntity, {
      where: { account_id, ...(after !== undefined && { id: MoreThan(after) }) },
      order: { id: 'asc' },
      take: limit,
    });
    return { data: rows.map(toApiToken), next: rows.length === limit ? rows.at(-1)!.id : null };
  }

  /** Changes the members given; `null` takes the expiry away. What was as wanted already is not recorded as a change. */
  async update(input: InputOf<typeof tokens.update>, context: RequestContext): Promise<ApiToken> {
    const row = await this.database.transaction(async (tx) => {
      const before = await lock(tx, input.id);
      const now = await databaseTime(tx);
      refuseUnlessLive(before, now);
      const after = { ...before, ...wantedOf(input, before, now) };
      const other = difference(before, after, ['name', 'expires_at']);
      const scopes = difference(before, after, ['scopes']);
      if (!other && !scopes) return before;
      const { name, expires_at, expiry_set_at } = after;
      await tx.update(ApiTokenEntity, keyOf(before), { name, scopes: after.scopes, expires_at, expiry_set_at });
      if (other) await recordChange(tx, context, { ...of(before), action: 'token.updated', details: other });
      if (scopes) await recordChange(tx, context, { ...of(before), action: 'token.scopes_changed', details: scopes });
      return after;
    });
    await this.invalidations.announceToken(row.digest);
    return toApiToken(row);
  }

  /**
   * Makes a token of the same name, scopes and lifetime. The old one stays valid for the overlap, never longer than it
   * would have been; without an overlap it is revoked.
   */
  async rotate(
    { id, overlap_s }: InputOf<typeof tokens.rotate>,
    context: RequestContext,
  ): Promise<OutputOf<typeof tokens.rotate>> {
    const token = generateToken();
    const { predecessor, successor } = await this.database.transaction(async (tx) => {
      const before = await lock(tx, id);
      const now = await databaseTime(tx);
      refuseUnlessLive(before, now);
      if (before.rotated_to)
        throw refused('rotated', `has been rotated already; its successor is ${before.rotated_to}`);
      const lifetime = lifetimeMs(before);
      const expires_at = lifetime === null ? null : new Date(now.getTime() + lifetime).toISOString();
      const successor = this.rowOf(token, { ...before, expires_at }, context);
      await tx.insert(ApiTokenEntity, successor);
      const end = overlap_s === 0 ? { revoked_at: now } : { expires_at: endOfOverlap(before, now, overlap_s * 1_000) };
      const after = { ...before, ...end, rotated_to: successor.id };
      await tx.update(ApiTokenEntity, keyOf(before), { ...end, rotated_to: successor.id });
      const rotation = difference(before, after, ['expires_at', 'revoked_at', 'rotated_to'])!;
      await recordChange(tx, context, { ...of(before), action: 'token.rotated', details: rotation });
      const details = { after: { ...issued(successor), rotated_from: id } };
      await recordChange(tx, context, { ...of(successor), action: 'token.created', details });
      return { predecessor: after, successor };
    });
    await this.invalidations.announceToken(predecessor.digest);
    await this.invalidations.announceToken(successor.digest);
    return { ...toApiToken(successor), token, predecessor: toApiToken(predecessor) };
  }

  /** From the next request on the token is refused. Revoking twice keeps the first time. */
  async revoke(id: string, context: RequestContext): Promise<ApiToken> {
    const row = await this.database.transaction(async (tx) => {
      const before = await lock(tx, id);
      if (before.revoked_at) return before;
      const after = { ...before, revoked_at: await databaseTime(tx) };
      await tx.update(ApiTokenEntity, keyOf(before), { revoked_at: after.revoked_at });
      const details = difference(before, after, ['revoked_at'])!;
      await recordChange(tx, context, { ...of(before), action: 'token.revoked', details });
      return after;
    });
    // The second time, too: it repeats an announcement that may have been lost.
    await this.invalidations.announceToken(row.digest);
    return toApiToken(row);
  }

  private rowOf(token: string, wanted: InputOf<typeof tokens.create>, context: RequestContext): ApiTokenEntity {
    const [pepper] = this.peppers;
    return Object.assign(new ApiTokenEntity(), {
      account_id: wanted.account_id,
      id: uuidv7(),
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
      created_by: formatPrincipal(context.principal),
    });
  }
}

/** The token of that id, which nobody else changes until the transaction ends. */
async function lock(tx: EntityManager, id: string): Promise<ApiTokenEntity> {
  const row = await tx.findOne(ApiTokenEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (!row) throw DomainError.notFound('token');
  return row;
}

/** What a change sets, given the row as it stands. */
function wantedOf(
  { name, scopes, expires_at }: InputOf<typeof tokens.update>,
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
    if (wanted.expires_at && wanted.expires_at <= now) {
      const message = 'must lie in the future; to end a token now, revoke it';
      throw DomainError.invalid({ field: 'expires_at', code: 'in_the_past', message });
    }
  }
  return wanted;
}

const inAnyOrder = (scopes: readonly Scope[]): string => [...new Set(scopes)].toSorted().join();

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
