import { Injectable } from '@nestjs/common';
import type { Account, accounts } from '@nexivo/contracts/accounts';
import type { InputOf } from '@nexivo/contracts/command';
import { DomainError } from '@nexivo/service/domain-error';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AccountEntity, toAccount } from './account.entity.js';

/** The companies that use the API. */
@Injectable()
export class AccountsService {
  constructor(private readonly database: DataSource) {}

  async create({ name, plan }: InputOf<typeof accounts.create>): Promise<Account> {
    const row = Object.assign(new AccountEntity(), {
      id: uuidv7(),
      name,
      plan,
      requests_per_minute: null,
      requests_per_day: null,
    });
    await this.database.manager.insert(AccountEntity, row);
    return toAccount(row);
  }

  /** Changes the members given; `null` takes an override away. */
  async update({ id, ...changes }: InputOf<typeof accounts.update>): Promise<Account> {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length > 0) await this.database.manager.update(AccountEntity, { id }, given);
    const row = await this.database.manager.findOneBy(AccountEntity, { id });
    if (!row) throw DomainError.notFound('account');
    return toAccount(row);
  }
}
