import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An admission costs the same however many came before it: the sum of the last minute's is kept beside them instead of added up each
 * time, and what has left the minute is cut off the front. With a quota of over 120 a minute moments are rounded up to half a second, so that
 * a row has 121 of them at most; longer ones were compressed and stored apart at each admission.
 *
 * A row of before has no sum until it is next used.
 */
export class QuotaSum1796000000001 implements MigrationInterface {
  readonly name = 'QuotaSum1796000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table quota_usage add column minute_admitted bigint`);
    await queryRunner.query(TAKE_QUOTA);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TAKE_QUOTA_BEFORE);
    await queryRunner.query(`alter table quota_usage drop column minute_admitted`);
  }
}

const TAKE_QUOTA = `
create or replace function take_quota(
  p_account uuid, p_wanted integer, p_is_forced boolean default false, p_now timestamptz default null,
  out granted integer, out minute_limit integer, out minute_used integer, out minute_frees_in_us bigint,
  out day_limit integer, out day_used bigint, out day_ends_in_us bigint, out now_us bigint
) language plpgsql as $$
declare
  v_times bigint[];
  v_counts integer[];
  v_entries integer;
  v_gone integer := 0;
  v_leaving bigint := 0;
  v_now timestamptz;
  v_at bigint;
  v_day date;
  v_last_day date;
  v_is_back boolean;
begin
  select coalesce(a.requests_per_minute, p.requests_per_minute), coalesce(a.requests_per_day, p.requests_per_day)
    into minute_limit, day_limit
    from accounts a join plans p on p.plan = a.plan
    where a.id = p_account and p.requests_per_minute is not null;
  if not found then return; end if;
  for v_try in 1 .. 2 loop
    select admitted_at, admitted, minute_admitted, day, day_admitted
      into v_times, v_counts, minute_used, v_last_day, day_used
      from quota_usage where account_id = p_account for update;
    exit when found;
    insert into quota_usage (account_id, day) values (p_account, '-infinity') on conflict do nothing;
  end loop;
  v_now := coalesce(p_now, clock_timestamp());
  now_us := extract(epoch from v_now) * 1000000;
  v_day := (v_now at time zone 'UTC')::date;
  day_ends_in_us := extract(epoch from ((v_day + 1)::timestamp at time zone 'UTC') - v_now) * 1000000;
  if v_last_day < v_day then day_used := 0; end if;
  v_entries := cardinality(v_times);
  if minute_used is null then
    select coalesce(sum(n), 0) into minute_used from unnest(v_counts) n;
  end if;
  -- Moments are rounded up by half a second at most. One that is later is of a clock that has been set back since.
  v_is_back := coalesce(v_times[v_entries] > now_us + 500000, false);
  if v_is_back then
    select array_agg(t.at order by t.at), array_agg(t.n order by t.at) into v_times, v_counts
      from (select least(at, now_us) as at, sum(n)::integer as n from unnest(v_times, v_counts) u (at, n) group by 1) t;
    v_entries := cardinality(v_times);
  end if;
  while v_gone < v_entries and v_times[v_gone + 1] <= now_us - 60000000 loop
    v_gone := v_gone + 1;
    minute_used := minute_used - v_counts[v_gone];
  end loop;
  if v_gone > 0 then
    v_times := v_times[v_gone + 1:];
    v_counts := v_counts[v_gone + 1:];
    v_entries := v_entries - v_gone;
  end if;
  granted := case when p_is_forced then p_wanted
    else greatest(0, least(p_wanted, minute_limit - minute_used, day_limit - day_used)) end;
  if granted > 0 then
    v_at := case when minute_limit > 120 then ((now_us + 499999) / 500000) * 500000 else now_us end;
    if v_times[v_entries] >= v_at then
      v_counts[v_entries] := v_counts[v_entries] + granted;
    else
      v_entries := v_entries + 1;
      v_times[v_entries] := v_at;
      v_counts[v_entries] := granted;
    end if;
    minute_used := minute_used + granted;
    day_used := day_used + granted;
  end if;
  -- A refusal changes nothing, not even what is out of date.
  if granted > 0 or v_is_back then
    update quota_usage set admitted_at = v_times, admitted = v_counts, minute_admitted = minute_used, day = v_day,
      day_admitted = day_used where account_id = p_account;
  end if;
  -- When the minute has room for one more; if it has now, when the oldest admission leaves it.
  for v_entry in 1 .. v_entries loop
    v_leaving := v_leaving + v_counts[v_entry];
    if v_leaving > minute_used - minute_limit then
      minute_frees_in_us := v_times[v_entry] + 60000000 - now_us;
      exit;
    end if;
  end loop;
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
