import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Replays that used no quota: how many there were at each moment of an account's last two minutes, moments rounded up to half a second,
 * in microseconds since 1970; and the one statement that decides whether one is free.
 */
export class FreeReplays1796200000000 implements MigrationInterface {
  readonly name = 'FreeReplays1796200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table free_replays (
        account_id uuid not null references accounts (id),
        at bigint not null,
        replays integer not null,
        primary key (account_id, at)
      )`);
    // Takes back what take_quota has granted at that moment, under the same lock: it can only have been noted there, or rounded up.
    // Where it is at neither, since the clock has been set back meanwhile, it stays used.
    await queryRunner.query(`
      create function free_replay(p_account uuid, p_granted_at_us bigint) returns boolean language plpgsql as $$
      declare
        v_rounded constant bigint := ((p_granted_at_us + 499999) / 500000) * 500000;
        v_limit integer;
        v_times bigint[];
        v_counts integer[];
        v_day date;
        v_entry integer;
      begin
        select coalesce(a.requests_per_minute, p.requests_per_minute) into v_limit
          from accounts a join plans p on p.plan = a.plan
          where a.id = p_account and p.requests_per_minute is not null;
        select admitted_at, admitted, day into v_times, v_counts, v_day
          from quota_usage where account_id = p_account for update;
        v_entry := coalesce(array_position(v_times, p_granted_at_us), array_position(v_times, v_rounded));
        if v_limit is null or v_entry is null then return false; end if;
        -- Gateways may ask in another order than they were granted: what no longer counts for this one still may for the next.
        delete from free_replays
          where account_id = p_account and at not between v_rounded - 120000000 and v_rounded + 60000000;
        if (select coalesce(sum(replays), 0) from free_replays where account_id = p_account and at > p_granted_at_us - 60000000)
          >= v_limit then return false; end if;
        insert into free_replays as free values (p_account, v_rounded, 1)
          on conflict (account_id, at) do update set replays = free.replays + 1;
        v_counts[v_entry] := v_counts[v_entry] - 1;
        if v_counts[v_entry] = 0 then
          v_times := v_times[:v_entry - 1] || v_times[v_entry + 1:];
          v_counts := v_counts[:v_entry - 1] || v_counts[v_entry + 1:];
        end if;
        update quota_usage set admitted_at = v_times, admitted = v_counts, minute_admitted = minute_admitted - 1,
          day_admitted = day_admitted - (day = (to_timestamp(p_granted_at_us / 1e6) at time zone 'UTC')::date)::integer
          where account_id = p_account;
        return true;
      end $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop function free_replay`);
    await queryRunner.query(`drop table free_replays`);
  }
}
