import { Injectable } from '@nestjs/common';
import type { Account, accounts } from '@nexivo/contracts/accounts';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource, ILike, MoreThan } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { AccountEntity, toAccount } from './account.entity.js';
import { formatPrincipal } from '@nexivo/contracts/principal';
import { difference, recordChange } from './audit.js';
import { Invalidations } from './invalidations.js';

/**
 * Changes accounts and writes it into the audit log. They are locked in the order of their ids, so that two such statements do not wait
 * for each other. $1 plan, $2 new plan, $3 to $6 whether and to what the quotas change, $7 actor, $8 address
 */
const UPDATE_ALL = `
  with before as (
    select id, plan, requests_per_minute, requests_per_day from accounts where plan = $1 order by id for no key update
  ), wanted as (
    select id, before, coalesce($2::text, plan) as plan,
      case when $3 then $4::integer else requests_per_minute end as requests_per_minute,
      case when $5 then $6::integer else requests_per_day end as requests_per_day
    from before
  ), changed as (
    update accounts set plan = wanted.plan, requests_per_minute = wanted.requests_per_minute,
      requests_per_day = wanted.requests_per_day
    from wanted
    where accounts.id = wanted.id and (accounts.plan, accounts.requests_per_minute, accounts.requests_per_day)
      is distinct from (wanted.plan, wanted.requests_per_minute, wanted.requests_per_day)
    returning accounts.id, to_jsonb(wanted.before) - 'id' as before, to_jsonb(wanted) - 'id' - 'before' as after
  ), logged as (
    insert into audit_log (account_id, action, actor, address, details)
    select id, action, $7, $8, jsonb_build_object('before', each.before, 'after', each.after)
    from changed cross join (values
      ('account.plan_changed', array['plan']), ('account.quota_changed', array['requests_per_minute', 'requests_per_day'])
    ) kind (action, members)
    cross join lateral (
      select jsonb_object_agg(member, changed.before -> member) as before, jsonb_object_agg(member, changed.after -> member) as after
      from unnest(members) member where changed.before -> member is distinct from changed.after -> member
    ) each
    where each.before is not null
    order by id, action
  )
  select id from changed`;

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
      // An account's first request refers to its row, and does not wait for this lock.
      const before = await tx.findOne(AccountEntity, { where: { id }, lock: { mode: 'for_no_key_update' } });
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

  /** The same for all accounts of a plan, in one statement. */
  async updateAll(
    { of_plan, ...changes }: InputOf<typeof accounts.updateAll>,
    context: RequestContext,
  ): Promise<OutputOf<typeof accounts.updateAll>> {
    const { plan, requests_per_minute: perMinute, requests_per_day: perDay } = changes;
    const changed = await this.database.query<{ id: string }[]>(UPDATE_ALL, [
      of_plan,
      plan,
      perMinute !== undefined,
      perMinute,
      perDay !== undefined,
      perDay,
      formatPrincipal(context.principal),
      context.address,
    ]);
    await this.invalidations.announceAccounts(changed.map(({ id }) => id));
    return { updated: changed.length };
  }

  async get(id: string): Promise<Account> {
    const row = await this.database.manager.findOneBy(AccountEntity, { id });
    if (!row) throw DomainError.notFound('account');
    return toAccount(row);
  }

  /** In the order in which they were made, as that is how their ids sort. */
  async list({ after, limit, plan, name }: InputOf<typeof accounts.list>): Promise<OutputOf<typeof accounts.list>> {
    const rows = await this.database.manager.find(AccountEntity, {
      where: {
        ...(after !== undefined && { id: MoreThan(after) }),
        ...(plan !== undefined && { plan }),
        ...(name !== undefined && { name: ILike(`%${name.replaceAll(/[\\%_]/g, '\\$&')}%`) }),
      },
      order: { id: 'asc' },
      take: limit,
    });
    return { data: rows.map(toAccount), next: rows.length === limit ? rows.at(-1)!.id : null };
  }
}
