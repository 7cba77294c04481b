import { Inject, Injectable } from '@nestjs/common';
import type { ApiToken, Plan, Scope, tokens } from '@nexivo/contracts/accounts';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { DomainError } from '@nexivo/service/domain-error';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AccountEntity } from './account.entity.js';
import { ApiTokenEntity, toApiToken } from './api-token.entity.js';
import { digestOf, generateToken, isWellFormedToken, type Pepper } from './token.js';

/** Injection token of the peppers, newest first. */
export const PEPPERS = Symbol('peppers');

/** Who a valid token speaks for. */
export interface Principal {
  readonly accountId: string;
  readonly tokenId: string;
  readonly plan: Plan;
  readonly scopes: readonly Scope[];
}

/** Issues, checks and revokes API tokens. */
@Injectable()
export class TokensService {
  constructor(
    private readonly database: DataSource,
    @Inject(PEPPERS) private readonly peppers: readonly [Pepper, ...Pepper[]],
  ) {}

  /**
   * Whom a token speaks for.
   *
   * @throws DomainError `invalid_token` if it is malformed, unknown, revoked or expired
   */
  async verify(token: string): Promise<Principal> {
    if (!isWellFormedToken(token)) throw invalid('is malformed');
    const digests = this.peppers.map((pepper) => digestOf(token, pepper));
    const [row] = await this.database.query<
      (Pick<ApiTokenEntity, 'id' | 'account_id' | 'scopes' | 'expires_at' | 'revoked_at'> & { plan: Plan })[]
    >(
      `select t.id, t.account_id, t.scopes, t.expires_at, t.revoked_at, a.plan
       from api_tokens t join accounts a on a.id = t.account_id
       where t.digest = any($1)`,
      [digests],
    );
    if (!row) throw invalid('is unknown');
    if (row.revoked_at) throw invalid('has been revoked');
    if (row.expires_at && row.expires_at.getTime() <= Date.now()) throw invalid('has expired');
    return { accountId: row.account_id, tokenId: row.id, plan: row.plan, scopes: row.scopes };
  }

  /** The answer is the only time that the token itself is shown. */
  async create(input: InputOf<typeof tokens.create>): Promise<OutputOf<typeof tokens.create>> {
    const owner = await this.database.manager.findOneBy(AccountEntity, { id: input.account_id });
    if (!owner) throw DomainError.notFound('account');
    const token = generateToken();
    const [pepper] = this.peppers;
    const row = Object.assign(new ApiTokenEntity(), {
      account_id: input.account_id,
      id: uuidv7(),
      name: input.name,
      digest: digestOf(token, pepper),
      pepper_version: pepper.version,
      last_four: token.slice(-4),
      scopes: [...new Set(input.scopes)],
      expires_at: input.expires_at === null ? null : new Date(input.expires_at),
      revoked_at: null,
    });
    await this.database.manager.insert(ApiTokenEntity, row);
    return { ...toApiToken(row), token };
  }

  /** From the next request on the token is refused. Revoking twice keeps the first time. */
  async revoke(id: string): Promise<ApiToken> {
    await this.database
      .createQueryBuilder()
      .update(ApiTokenEntity)
      .set({ revoked_at: () => 'coalesce(revoked_at, now())' })
      .where({ id })
      .execute();
    const row = await this.database.manager.findOneBy(ApiTokenEntity, { id });
    if (!row) throw DomainError.notFound('token');
    return toApiToken(row);
  }
}

const invalid = (why: string): DomainError => new DomainError('invalid_token', { detail: `The token ${why}.` });
