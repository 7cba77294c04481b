import { Injectable } from '@nestjs/common';

import type { PageReply, Reply } from '@nexivo/bus/reply';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { managesAllTokens, type Role, ROLE_SCOPES, seesAllTokens } from '@nexivo/contracts/roles';
import {
  type CreateTokenInput,
  type ListTokensInput,
  type RotatedToken,
  type Token,
  TOKEN_READ_ONLY,
  type TokenKind,
  type TokenPatch,
  type TokenStatus,
  type TokenWithSecret,
} from '@nexivo/contracts/tokens';
import { databaseTime } from '@nexivo/store/database';
import { asRows } from '@nexivo/store/raw-rows';
import { findPage } from '@nexivo/store/page';
import { withoutReadOnly } from '@nexivo/store/read-only';
import { DataSource, type EntityManager } from 'typeorm';
import { ApiTokenEntity, toApiToken } from './api-token.entity.js';
import { Invalidations } from './invalidations.js';
import { lockRole } from './people/people.js';
import { SealedAnswers } from './sealed-answers.js';
import { lockToken, refusePast, TokenWrites } from './token-writes.js';

/** Who looks at tokens. */
export interface TokenReader {
  readonly accountId: string;
  /** Who is signed in, or whose personal token asks; nobody for a service token. */
  readonly userId: string | undefined;
  readonly role: Role | undefined;
}

const STATUS_CONDITIONS: Record<TokenStatus, string> = {
  revoked: 'token.revoked_at is not null',
  expired: 'token.revoked_at is null and token.expires_at <= now()',
  active: 'token.revoked_at is null and (token.expires_at is null or token.expires_at > now())',
};
const KIND_CONDITIONS: Record<TokenKind, string> = {
  personal: 'token.user_id is not null',
  service: 'token.user_id is null',
};

/** The tokens of an account as its people see and manage them. */
@Injectable()
export class AccountTokensService {
  constructor(
    private readonly database: DataSource,
    private readonly writes: TokenWrites,
    private readonly answers: SealedAnswers,
    private readonly invalidations: Invalidations,
  ) {}

  async list(reader: TokenReader, input: ListTokensInput): Promise<PageReply<Token>> {
    const { status, kind, user_id } = input;
    const now = await databaseTime(this.database.manager);
    const query = this.database.manager
      .createQueryBuilder(ApiTokenEntity, 'token')
      .where('token.account_id = :accountId', { accountId: reader.accountId });
    if (!seesAll(reader)) query.andWhere('token.user_id = :own', { own: reader.userId });
    if (user_id) query.andWhere('token.user_id = :user_id', { user_id });
    if (status) query.andWhere(`(${status.map((each) => `(${STATUS_CONDITIONS[each]})`).join(' or ')})`);
    if (kind) query.andWhere(`(${kind.map((each) => KIND_CONDITIONS[each]).join(' or ')})`);
    return findPage(
      query,
      input,
      asRows((row: ApiTokenEntity) => toToken(row, now)),
    );
  }

  /** @throws DomainError `not_found`, also for one that the reader does not see */
  async get(reader: TokenReader, id: string): Promise<Token> {
    const { manager } = this.database;
    const row = await manager.findOneBy(ApiTokenEntity, { account_id: reader.accountId, id });
    if (!row || !(seesAll(reader) || row.user_id === reader.userId)) throw DomainError.notFound('token');
    return toToken(row, await databaseTime(manager));
  }

  /**
   * Makes a token. A personal one belongs to the person who asks.
   *
   * @throws DomainError `insufficient_role`; `validation_failed` for scopes that he does not have, or an end that is over
   */
  async create(context: RequestContext, input: CreateTokenInput): Promise<Reply<TokenWithSecret>> {
    let digest: Buffer | undefined;
    const write = async (tx: EntityManager): Promise<TokenWithSecret> => {
      const { accountId, principal } = context;
      const role = await lockRole(tx, accountId, principal.id);
      if (input.kind === 'service' && !managesAllTokens(role))
        throw new DomainError('insufficient_role', { detail: 'Only owners and admins make service tokens.' });
      refuseBeyond(role, input.scopes);
      const expires_at = input.expires_at ?? null;
      refusePast(expires_at === null ? null : new Date(expires_at), await databaseTime(tx));
      const user_id = input.kind === 'personal' ? principal.id : null;
      const wanted = { account_id: accountId, user_id, name: input.name, scopes: input.scopes, expires_at };
      const { row, token } = await this.writes.create(tx, wanted, context);
      digest = row.digest;
      return { ...toToken(row, row.created_at), token };
    };
    const reply = await this.answers.run(context, 'tokens.create', input, write, 'token');
    if (digest) await this.invalidations.announceToken(digest);
    return reply;
  }

  /** @throws DomainError `not_found`, `insufficient_role`; `validation_failed` for what has ended, or scopes that he does not have */
  async update(context: RequestContext, id: string, patch: TokenPatch): Promise<Reply<Token>> {
    let digest: Buffer | undefined;
    const reply = await this.answers.run(context, 'tokens.update', { id, patch }, async (tx) => {
      const { before, role } = await this.lock(tx, context, id, 'change');
      const shown = toToken(before, await databaseTime(tx));
      const changes = withoutReadOnly(patch, shown, TOKEN_READ_ONLY, ['last_used_at']);
      refuseBeyond(
        role,
        (changes.scopes ?? []).filter((scope) => !before.scopes.includes(scope)),
      );
      const row = await this.writes.update(tx, before, changes, context);
      digest = row.digest;
      return toToken(row, await databaseTime(tx));
    });
    if (digest) await this.invalidations.announceToken(digest);
    return reply;
  }

  /** @throws DomainError `not_found`, `insufficient_role`; `validation_failed` for what has ended or has a successor */
  async rotate(
    context: RequestContext,
    id: string,
    { overlap_s }: { overlap_s: number },
  ): Promise<Reply<RotatedToken>> {
    const digests: Buffer[] = [];
    const write = async (tx: EntityManager): Promise<RotatedToken> => {
      const { before } = await this.lock(tx, context, id, 'change');
      const { predecessor, successor, token } = await this.writes.rotate(tx, before, overlap_s, context);
      digests.push(predecessor.digest, successor.digest);
      const now = await databaseTime(tx);
      return { ...toToken(successor, now), token, predecessor: toToken(predecessor, now) };
    };
    const reply = await this.answers.run(context, 'tokens.rotate', { id, overlap_s }, write, 'token');
    for (const digest of digests) await this.invalidations.announceToken(digest);
    return reply;
  }

  /** @throws DomainError `not_found`, `insufficient_role` */
  async revoke(context: RequestContext, id: string): Promise<Token> {
    const row = await this.database.transaction(async (tx) => {
      const { before } = await this.lock(tx, context, id, 'revoke');
      return this.writes.revoke(tx, before, context);
    });
    await this.invalidations.announceToken(row.digest);
    return toToken(row, row.updated_at);
  }

  /**
   * A token that the person who asks may change or revoke. Of other people's tokens owners and admins only revoke: whoever gave
   * them another end, other scopes or a successor would act in another's name.
   */
  private async lock(
    tx: EntityManager,
    { accountId, principal: { id: userId } }: RequestContext,
    id: string,
    to: 'change' | 'revoke',
  ): Promise<{ before: ApiTokenEntity; role: Role }> {
    const role = await lockRole(tx, accountId, userId);
    const before = await lockToken(tx, { account_id: accountId, id });
    const isOwn = before.user_id === userId;
    if (isOwn) return { before, role };
    if (!seesAllTokens(role)) throw DomainError.notFound('token');
    if (!managesAllTokens(role))
      throw new DomainError('insufficient_role', {
        detail: 'Only owners and admins manage tokens that are not theirs.',
      });
    if (before.user_id !== null && to === 'change')
      throw new DomainError('insufficient_role', { detail: "Another person's token can only be revoked." });
    return { before, role };
  }
}

/** A service token with the scope sees all of its account's. */
const seesAll = ({ role }: TokenReader): boolean => role === undefined || seesAllTokens(role);

/** Nobody grants what he does not have. */
function refuseBeyond(role: Role, scopes: readonly Token['scopes'][number][]): void {
  const beyond = scopes.filter((scope) => !ROLE_SCOPES[role].includes(scope));
  if (beyond.length === 0) return;
  const message = `must not contain ${beyond.join(', ')}: your role does not have it`;
  throw DomainError.invalid({ field: 'scopes', code: 'beyond_role', message });
}

function toToken(row: ApiTokenEntity, now: Date): Token {
  const { account_id: _, ...shown } = toApiToken(row);
  return {
    ...shown,
    kind: row.user_id === null ? 'service' : 'personal',
    status: statusOf(row, now),
    updated_at: row.updated_at.toISOString(),
  };
}

function statusOf({ revoked_at, expires_at }: ApiTokenEntity, now: Date): TokenStatus {
  if (revoked_at) return 'revoked';
  return expires_at && expires_at <= now ? 'expired' : 'active';
}
