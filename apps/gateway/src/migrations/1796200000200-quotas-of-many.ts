import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One statement decides the quotas of many accounts. `take_quota` stays for replicas of the release before: both count in the same
 * row, under its lock, and by the same rules.
 *
 * The statement waits for no row. An account whose row somebody else holds is left out, so that it delays none of the others and no two
 * gateways can wait for each other; it is asked for again alone, with `p_waits`. An account whose plan has no API access has no row
 * in the answer either.
 */
export class QuotasOfMany1796200000200 implements MigrationInterface {
  readonly name = 'QuotasOfMany1796200000200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TAKE_QUOTAS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop function take_quotas_v1`);
  }
}

const TAKE_QUOTAS = `
create function take_quotas_v1(
  p_accounts uuid[], p_wanted integer[], p_is_forced boolean default false, p_now timestamptz default null,
  p_waits boolean default false
) returns table (
  account_id uuid, granted integer, minute_limit integer, minute_used integer, minute_frees_in_us bigint,
  day_limit integer, day_used bigint, day_ends_in_us bigint, now_us bigint, usable_for_us bigint
) language plpgsql as $$
#variable_conflict use_column
declare
  r record;
  v_times bigint[];
  v_counts integer[];
  v_entries integer;
  v_gone integer;
  v_leaving bigint;
  v_used bigint;
  v_now timestamptz;
  v_now_us bigint;
  v_at bigint;
  v_day date;
  v_is_back boolean;
  v_seen integer := 0;
  v_new uuid[];
begin
  for v_try in 1 .. 2 loop
    if p_waits then
      perform from quota_usage u where u.account_id = any(p_accounts) order by u.account_id for update;
    end if;
    for r in
      select wanted.id, wanted.units, u.admitted_at, u.admitted, u.minute_admitted, u.day, u.day_admitted,
        coalesce(a.requests_per_minute, p.requests_per_minute) as per_minute,
        coalesce(a.requests_per_day, p.requests_per_day) as per_day
      from unnest(p_accounts, p_wanted) wanted (id, units)
        join accounts a on a.id = wanted.id
        join plans p on p.plan = a.plan and p.requests_per_minute is not null
        join quota_usage u on u.account_id = wanted.id
      where v_try = 1 or wanted.id = any(v_new)
      for update of u skip locked
    loop
      -- Under the row's lock, so that the moments of a row are in the order of its changes.
      v_now := coalesce(p_now, clock_timestamp());
      v_now_us := extract(epoch from v_now) * 1000000;
      v_day := (v_now at time zone 'UTC')::date;
      v_times := r.admitted_at;
      v_counts := r.admitted;
      v_entries := cardinality(v_times);
      v_used := r.minute_admitted;
      day_used := case when r.day < v_day then 0 else r.day_admitted end;
      if v_used is null then
        select coalesce(sum(n), 0) into v_used from unnest(v_counts) n;
      end if;
      -- Moments are rounded up by half a second at most. One that is later is of a clock that has been set back since.
      v_is_back := coalesce(v_times[v_entries] > v_now_us + 500000, false);
      if v_is_back then
        select array_agg(t.at order by t.at), array_agg(t.n order by t.at) into v_times, v_counts
          from (select least(at, v_now_us) as at, sum(n)::integer as n from unnest(v_times, v_counts) e (at, n) group by 1) t;
        v_entries := cardinality(v_times);
      end if;
      v_gone := 0;
      while v_gone < v_entries and v_times[v_gone + 1] <= v_now_us - 60000000 loop
        v_gone := v_gone + 1;
        v_used := v_used - v_counts[v_gone];
      end loop;
      if v_gone > 0 then
        v_times := v_times[v_gone + 1:];
        v_counts := v_counts[v_gone + 1:];
        v_entries := v_entries - v_gone;
      end if;
      granted := case when p_is_forced then r.units
        else greatest(0, least(r.units, r.per_minute - v_used, r.per_day - day_used)) end;
      if granted > 0 then
        v_at := case when r.per_minute > 120 then ((v_now_us + 499999) / 500000) * 500000 else v_now_us end;
        if v_times[v_entries] >= v_at then
          v_counts[v_entries] := v_counts[v_entries] + granted;
        else
          v_entries := v_entries + 1;
          v_times[v_entries] := v_at;
          v_counts[v_entries] := granted;
        end if;
        v_used := v_used + granted;
        day_used := day_used + granted;
      end if;
      -- A refusal changes nothing, not even what is out of date.
      if granted > 0 or v_is_back then
        update quota_usage u set admitted_at = v_times, admitted = v_counts, minute_admitted = v_used, day = v_day,
          day_admitted = day_used where u.account_id = r.id;
      end if;
      -- When the minute has room for one more; if it has now, when the oldest admission leaves it.
      minute_frees_in_us := null;
      v_leaving := 0;
      for v_entry in 1 .. v_entries loop
        v_leaving := v_leaving + v_counts[v_entry];
        if v_leaving > v_used - r.per_minute then
          minute_frees_in_us := v_times[v_entry] + 60000000 - v_now_us;
          exit;
        end if;
      end loop;
      account_id := r.id;
      minute_limit := r.per_minute;
      minute_used := v_used;
      day_limit := r.per_day;
      day_ends_in_us := extract(epoch from ((v_day + 1)::timestamp at time zone 'UTC') - v_now) * 1000000;
      -- What is noted at a later moment than now may be used until then, on the day that it is counted on.
      usable_for_us := case when granted > 0 then least(v_at - v_now_us, day_ends_in_us) else 0 end;
      now_us := v_now_us;
      v_seen := v_seen + 1;
      return next;
    end loop;
    exit when v_try = 2 or v_seen = cardinality(p_accounts);
    -- Of accounts that have used nothing yet there is no row. One that somebody else is just making counts as held.
    with made as (
      insert into quota_usage (account_id, day)
      select a.id, '-infinity' from accounts a join plans p on p.plan = a.plan and p.requests_per_minute is not null
      where a.id = any(p_accounts) and not exists (select from quota_usage u where u.account_id = a.id)
      order by a.id on conflict do nothing
      returning account_id
    ) select array_agg(account_id) into v_new from made;
    if p_waits then v_new := p_accounts; end if;
    exit when v_new is null;
  end loop;
end $$`;
