import { Injectable } from '@nestjs/common';
import { SWEPT_AT, Sweeper } from '@nexivo/store/sweeper';

const KEPT_DAYS = 400;

/** Deletes the usage of days that are over for longer than it is kept. */
@Injectable()
export class UsageSweeper extends Sweeper<'usageDays' | 'usageAccountDays' | 'usageTokenMonths' | 'usageWriters'> {
  protected readonly statements = {
    usageDays: `
      delete from usage_days where (account_id, day, token_id, outcome) in (
        select account_id, day, token_id, outcome from usage_days
        where day < (${SWEPT_AT} at time zone 'UTC')::date - ${KEPT_DAYS}
        order by day limit $1 for update skip locked)`,
    // Their sums have gone down to nothing with them.
    usageAccountDays: `
      delete from usage_account_days where ctid = any(array(
        select ctid from usage_account_days
        where day < (${SWEPT_AT} at time zone 'UTC')::date - ${KEPT_DAYS} and requests = 0 limit $1 for update skip locked))`,
    usageTokenMonths: `
      delete from usage_token_months where ctid = any(array(
        select ctid from usage_token_months
        where month < (${SWEPT_AT} at time zone 'UTC')::date - ${KEPT_DAYS} and requests = 0 limit $1 for update skip locked))`,
    // Of processes that ended long ago.
    usageWriters: `
      delete from usage_writers where id in (
        select id from usage_writers where written_at < ${SWEPT_AT} - interval '${KEPT_DAYS} days' limit $1 for update skip locked)`,
  };
}
