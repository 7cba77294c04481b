import { Injectable } from '@nestjs/common';
import type { ApiToken, tokens } from '@nexivo/contracts/accounts';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { databaseTime } from '@nexivo/store/database';
import { DataSource, type EntityManager, IsNull, MoreThan, Raw } from 'typeorm';
import { AccountEntity } from './account.entity.js';
import { ApiTokenEntity, toApiToken } from './api-token.entity.js';
import { Invalidations } from './invalidations.js';
import { lockToken, TokenWrites } from './token-writes.js';

/** Issues, changes, rotates and revokes API tokens for operators; all gateways hear of it before the answer is sent. */
@Injectable()
export class TokensService {
  constructor(
    private readonly database: DataSource,
    private readonly writes: TokenWrites,
    private readonly invalidations: Invalidations,
  ) {}

  /** Operators make service tokens. The answer is the only time that the token itself is shown. */
  async create(input: InputOf<typeof tokens.create>, context: RequestContext): Promise<OutputOf<typeof tokens.create>> {
    const { row, token } = await this.database.transaction(async (tx) => {
      if (!(await tx.existsBy(AccountEntity, { id: input.account_id }))) throw DomainError.notFound('account');
      const expires_at = (await expiryOf(tx, input)) ?? null;
      return this.writes.create(tx, { ...input, expires_at, user_id: null }, context);
    });
    // Somebody may have tried it before it was made, and been remembered as unknown.
    await this.invalidations.announceToken(row.digest);
    return { ...toApiToken(row), token };
  }

  /** In the order in which they were made, as that is how their ids sort. */
  async list({
    account_id,
    after,
    limit,
    is_valid,
  }: InputOf<typeof tokens.list>): Promise<OutputOf<typeof tokens.list>> {
    const { manager } = this.database;
    if (!(await manager.existsBy(AccountEntity, { id: account_id }))) throw DomainError.notFound('account');
    const rows = await manager.find(ApiTokenEntity, {
      where: {
        account_id,
        ...(after !== undefined && { id: MoreThan(after) }),
        ...(is_valid && { revoked_at: IsNull(), expires_at: Raw((column) => `coalesce(${column} > now(), true)`) }),
      },
      order: { id: 'asc' },
      take: limit,
    });
    return { data: rows.map(toApiToken), next: rows.length === limit ? rows.at(-1)!.id : null };
  }

  async update(
    { id, name, scopes, ...expiry }: InputOf<typeof tokens.update>,
    context: RequestContext,
  ): Promise<ApiToken> {
    const row = await this.database.transaction(async (tx) => {
      const before = await lockToken(tx, { id });
      return this.writes.update(tx, before, { name, scopes, expires_at: await expiryOf(tx, expiry) }, context);
    });
    await this.invalidations.announceToken(row.digest);
    return toApiToken(row);
  }

  async rotate(
    { id, overlap_s }: InputOf<typeof tokens.rotate>,
    context: RequestContext,
  ): Promise<OutputOf<typeof tokens.rotate>> {
    const { predecessor, successor, token } = await this.database.transaction(async (tx) =>
      this.writes.rotate(tx, await lockToken(tx, { id }), overlap_s, context),
    );
    await this.invalidations.announceToken(predecessor.digest);
    await this.invalidations.announceToken(successor.digest);
    return { ...toApiToken(successor), token, predecessor: toApiToken(predecessor) };
  }

  /** From the next request on the token is refused. */
  async revoke(id: string, context: RequestContext): Promise<ApiToken> {
    const row = await this.database.transaction(async (tx) =>
      this.writes.revoke(tx, await lockToken(tx, { id }), context),
    );
    // The second time, too: it repeats an announcement that may have been lost.
    await this.invalidations.announceToken(row.digest);
    return toApiToken(row);
  }
}

/** When a token is to end; undefined where nothing is said of it. */
async function expiryOf(
  tx: EntityManager,
  { expires_at, expires_in_s }: Pick<InputOf<typeof tokens.update>, 'expires_at' | 'expires_in_s'>,
): Promise<string | null | undefined> {
  if (expires_in_s === undefined) return expires_at;
  return new Date((await databaseTime(tx)).getTime() + expires_in_s * 1_000).toISOString();
}
