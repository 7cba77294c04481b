import { Controller } from '@nestjs/common';
import { accounts } from '@nexivo/contracts/accounts';
import type { OutputOf } from '@nexivo/contracts/command';
import { Handles, Input } from '@nexivo/bus/command.controller';
import { DomainError } from '@nexivo/bus/domain-error';
import { validate } from '@nexivo/bus/validation';
import { databaseTime } from '@nexivo/store/database';
import { DataSource } from 'typeorm';
import { AccountsService } from '../accounts/accounts.service.js';
import { dayOf } from '../accounts/usage-range.js';
import { reportUsage } from '../accounts/usage-report.js';
import type { Quota } from './quota-store.js';
import { Quotas } from './quotas.js';

const DAY_MS = 86_400_000;

/** What operators may ask of an account's use. Their commands reach no gateway on the way, so they are validated here. */
@Controller()
export class UsageController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly quotas: Quotas,
    private readonly database: DataSource,
  ) {}

  @Handles(accounts.getQuotas)
  async getQuotas(@Input() input: unknown): Promise<OutputOf<typeof accounts.getQuotas>> {
    const { id } = await this.accounts.get(validate(accounts.getQuotas.input, input).id);
    try {
      const { minute, day } = await this.quotas.look(id);
      return { minute: toState(minute), day: toState(day) };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'plan_without_api_access') return null;
      throw error;
    }
  }

  @Handles(accounts.getUsage)
  async getUsage(@Input() input: unknown): Promise<OutputOf<typeof accounts.getUsage>> {
    const { id, days: count } = validate(accounts.getUsage.input, input);
    await this.accounts.get(id);
    const { manager } = this.database;
    const first = (await databaseTime(manager)).getTime() - (count - 1) * DAY_MS;
    const { days } = await reportUsage(manager, id, { since: dayOf(first) });
    return { days };
  }
}

const toState = ({ limit, used, resetsInMs }: Quota): { limit: number; used: number; resets_in_s: number } => ({
  limit,
  used,
  resets_in_s: resetsInMs / 1_000,
});
