import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Quotas bear a clock that is set back. Admissions that lie in the future then count as if they were of the moment when that is noticed:
 * an account waits a minute at most, and not until the future is reached. The day's count is kept.
 */
export class QuotaClock1795910400002 implements MigrationInterface {
  readonly name = 'QuotaClock1795910400002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TAKE_QUOTA);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TAKE_QUOTA_BEFORE);
  }
}

const TAKE_QUOTA = `
create or replace function take_quota(
  p_account uuid, p_wanted integer, p_is_forced boolean default false, p_now timestamptz default null,
  out granted integer, out minute_limit integer, out minute_used integer, out minute_frees_in_us bigint,
  out day_limit integer, out day_used bigint, out day_ends_in_us bigint, out now_us bigint
) language plpgsql as $$
declare
  usage quota_usage;
  v_now timestamptz;
  v_at bigint;
  v_day date;
  v_is_back boolean;
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
  if usage.day < v_day then usage.day_admitted := 0; end if;
  usage.day := v_day;
  -- Moments are rounded up by half a second at most. One that is later is of a clock that has been set back since.
  v_is_back := coalesce(usage.admitted_at[cardinality(usage.admitted_at)] > now_us + 500000, false);
  if v_is_back then
    select array_agg(t.at order by t.at), array_agg(t.n order by t.at) into usage.admitted_at, usage.admitted
      from (
        select least(at, now_us) as at, sum(n)::integer as n
          from unnest(usage.admitted_at, usage.admitted) u (at, n) group by 1
      ) t;
  end if;
  select coalesce(array_agg(t.at order by t.at), '{}'), coalesce(array_agg(t.n order by t.at), '{}'), coalesce(sum(t.n), 0)
    into usage.admitted_at, usage.admitted, minute_used
    from unnest(usage.admitted_at, usage.admitted) t (at, n)
    where t.at > now_us - 60000000;
  granted := case when p_is_forced then p_wanted
    else greatest(0, least(p_wanted, minute_limit - minute_used, day_limit - usage.day_admitted)) end;
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
  end if;
  -- A refusal changes nothing, not even what is out of date.
  if granted > 0 or v_is_back then
    update quota_usage set admitted_at = usage.admitted_at, admitted = usage.admitted, day = usage.day,
      day_admitted = usage.day_admitted where account_id = p_account;
  end if;
  day_used := usage.day_admitted;
  -- When the minute has room for one more; if it has now, when the oldest admission leaves it.
  select t.at + 60000000 - now_us into minute_frees_in_us
    from (select at, sum(n) over (order by at) as leaving from unnest(usage.admitted_at, usage.admitted) u (at, n)) t
    where t.leaving > minute_used - minute_limit order by t.at limit 1;
end $$`;

const TAKE_QUOTA_BEFORE = `
create or replace function take_quota(
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
end $$`;
