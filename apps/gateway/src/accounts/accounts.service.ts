import { Injectable } from '@nestjs/common';
import type { Account, accounts } from '@nexivo/contracts/accounts';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource, MoreThan } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { AccountEntity, toAccount } from './account.entity.js';
import { difference, recordChange } from './audit.js';
import { Invalidations } from './invalidations.js';

/** The companies that use the API. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly database: DataSource,
    private readonly invalidations: Invalidations,
  ) {}

  async create({ name, plan }: InputOf<typeof accounts.create>, context: RequestContext): Promise<Account> {
    const row = Object.assign(new AccountEntity(), {
      id: newId(),
      name,
      plan,
      requests_per_minute: null,
      requests_per_day: null,
    });
    await this.database.transaction(async (tx) => {
      await tx.insert(AccountEntity, row);
      await recordChange(tx, context, {
        accountId: row.id,
        action: 'account.created',
        details: { after: { name, plan } },
      });
    });
    return toAccount(row);
  }

  /** Changes the members given; `null` takes an override away. */
  async update({ id, ...changes }: InputOf<typeof accounts.update>, context: RequestContext): Promise<Account> {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const row = await this.database.transaction(async (tx) => {
      const before = await tx.findOne(AccountEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!before) throw DomainError.notFound('account');
      const after: AccountEntity = { ...before, ...given };
      const plan = difference(before, after, ['plan']);
      const quota = difference(before, after, ['requests_per_minute', 'requests_per_day']);
      if (plan || quota) await tx.update(AccountEntity, { id }, given);
      if (plan) await recordChange(tx, context, { accountId: id, action: 'account.plan_changed', details: plan });
      if (quota) await recordChange(tx, context, { accountId: id, action: 'account.quota_changed', details: quota });
      return after;
    });
    // Also when nothing changed: then it repeats an announcement that may have been lost.
    await this.invalidations.announceAccount(id);
    return toAccount(row);
  }

  async get(id: string): Promise<Account> {
    const row = await this.database.manager.findOneBy(AccountEntity, { id });
    if (!row) throw DomainError.notFound('account');
    return toAccount(row);
  }

  /** In the order in which they were made, as that is how their ids sort. */
  async list({ after, limit }: InputOf<typeof accounts.list>): Promise<OutputOf<typeof accounts.list>> {
    const rows = await this.database.manager.find(AccountEntity, {
      where: after === undefined ? {} : { id: MoreThan(after) },
      order: { id: 'asc' },
      take: limit,
    });
    return { data: rows.map(toAccount), next: rows.length === limit ? rows.at(-1)!.id : null };
  }
}
