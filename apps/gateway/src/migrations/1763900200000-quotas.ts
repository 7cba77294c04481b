import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Quotas: what each plan allows, what each account has used, and the one statement that decides.
 *
 * `quota_usage.admitted_at` holds the moments of the admissions of the last 60 seconds, in microseconds since 1970, ascending,
 * and `admitted` how many there were at each. With a quota of over 1,000 a minute moments are rounded up to half a second, so that
 * a row never holds more than about 1,000, and of the busiest accounts 120; rounding up only makes an admission count longer.
 */
export class Quotas1763900200000 implements MigrationInterface {
  readonly name = 'Quotas1763900200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table plans (
        plan text primary key,
        requests_per_minute integer,
        requests_per_day integer
      )`);
    await queryRunner.query(`
      insert into plans values
        ('starter', null, null),
        ('professional', 60, 10000),
        ('enterprise', 600, 1000000)`);
    await queryRunner.query(`alter table accounts add foreign key (plan) references plans (plan)`);
    await queryRunner.query(`
      create table quota_usage (
        account_id uuid primary key references accounts (id),
        admitted_at bigint[] not null default '{}',
        admitted integer[] not null default '{}',
        day date not null,
        day_admitted bigint not null default 0
      )`);
    // The row's lock orders all gateways; the clock is read under it, so that admissions are in the order of their times.
    await queryRunner.query(`
      create function take_quota(
        p_account uuid, p_wanted integer, p_is_forced boolean default false, p_now timestamptz default null,
        out granted integer, out minute_limit integer, out minute_used integer, out minute_frees_in_us bigint,
        out day_limit integer, out day_used bigint, out day_ends_in_us bigint, out now_us bigint
      ) language plpgsql as $$
      declare
        usage quota_usage;
        v_now timestamptz;
        v_at bigint;
        v_day date;
      begin
        select coalesce(a.requests_per_minute, p.requests_per_minute), coalesce(a.requests_per_day, p.requests_per_day)
          into minute_limit, day_limit
          from accounts a join plans p on p.plan = a.plan
          where a.id = p_account and p.requests_per_minute is not null;
        if not found then return; end if;
        select * into usage from quota_usage where account_id = p_account for update;
        if not found then
          insert into quota_usage (account_id, day) values (p_account, '-infinity') on conflict do nothing;
          select * into usage from quota_usage where account_id = p_account for update;
        end if;
        v_now := coalesce(p_now, clock_timestamp());
        now_us := extract(epoch from v_now) * 1000000;
        v_day := (v_now at time zone 'UTC')::date;
        day_ends_in_us := extract(epoch from ((v_day + 1)::timestamp at time zone 'UTC') - v_now) * 1000000;
        if usage.day <> v_day then
          usage.day := v_day;
          usage.day_admitted := 0;
        end if;
        select coalesce(array_agg(t.at order by t.at), '{}'), coalesce(array_agg(t.n order by t.at), '{}'), coalesce(sum(t.n), 0)
          into usage.admitted_at, usage.admitted, minute_used
          from unnest(usage.admitted_at, usage.admitted) t (at, n)
          where t.at > now_us - 60000000;
        granted := case when p_is_forced then p_wanted
          else greatest(0, least(p_wanted, minute_limit - minute_used, day_limit - usage.day_admitted)) end;
        -- A refusal changes nothing, not even what is out of date.
        if granted > 0 then
          v_at := case when minute_limit > 1000 then ((now_us + 499999) / 500000) * 500000 else now_us end;
          if usage.admitted_at[cardinality(usage.admitted_at)] = v_at then
            usage.admitted[cardinality(usage.admitted)] := usage.admitted[cardinality(usage.admitted)] + granted;
          else
            usage.admitted_at := usage.admitted_at || v_at;
            usage.admitted := usage.admitted || granted;
          end if;
          minute_used := minute_used + granted;
          usage.day_admitted := usage.day_admitted + granted;
          update quota_usage set admitted_at = usage.admitted_at, admitted = usage.admitted, day = usage.day,
            day_admitted = usage.day_admitted where account_id = p_account;
        end if;
        day_used := usage.day_admitted;
        -- When the minute has room for one more; if it has now, when the oldest admission leaves it.
        select t.at + 60000000 - now_us into minute_frees_in_us
          from (select at, sum(n) over (order by at) as leaving from unnest(usage.admitted_at, usage.admitted) u (at, n)) t
          where t.leaving > minute_used - minute_limit order by t.at limit 1;
      end $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop function take_quota`);
    await queryRunner.query(`drop table quota_usage`);
    await queryRunner.query(`alter table accounts drop constraint accounts_plan_fkey`);
    await queryRunner.query(`drop table plans`);
  }
}
