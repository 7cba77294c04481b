import { Injectable } from '@nestjs/common';
import { ACCOUNT_READ_ONLY, type AccountPatch, type OwnAccount } from '@nexivo/contracts/account';
import { PLAN_QUOTAS } from '@nexivo/contracts/accounts';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Reply } from '@nexivo/bus/reply';
import { withoutReadOnly } from '@nexivo/store/read-only';
import { DataSource } from 'typeorm';
import { AccountEntity } from './account.entity.js';
import { recordChange } from './audit.js';
import { SealedAnswers } from './sealed-answers.js';

/** An account as its own people see it. */
@Injectable()
export class OwnAccountService {
  constructor(
    private readonly database: DataSource,
    private readonly answers: SealedAnswers,
  ) {}

  async get(accountId: string): Promise<OwnAccount> {
    const row = await this.database.manager.findOneBy(AccountEntity, { id: accountId });
    if (!row) throw DomainError.notFound('account');
    return toOwnAccount(row);
  }

  rename(context: RequestContext, patch: AccountPatch): Promise<Reply<OwnAccount>> {
    const { accountId: id } = context;
    return this.answers.run(context, 'account.rename', patch, async (tx) => {
      const before = await tx.findOne(AccountEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!before) throw DomainError.notFound('account');
      const { name } = withoutReadOnly(patch, toOwnAccount(before), ACCOUNT_READ_ONLY);
      if (name === undefined || name === before.name) return toOwnAccount(before);
      await tx.update(AccountEntity, { id }, { name });
      const details = { before: { name: before.name }, after: { name } };
      await recordChange(tx, context, { accountId: id, action: 'account.renamed', details });
      return toOwnAccount({ ...before, name });
    });
  }
}

function toOwnAccount({
  id,
  name,
  plan,
  requests_per_minute,
  requests_per_day,
  created_at,
}: AccountEntity): OwnAccount {
  const quotas = PLAN_QUOTAS[plan];
  return {
    id,
    name,
    plan,
    created_at: created_at.toISOString(),
    requests_per_minute: quotas ? (requests_per_minute ?? quotas.perMinute) : null,
    requests_per_day: quotas ? (requests_per_day ?? quotas.perDay) : null,
  };
}
