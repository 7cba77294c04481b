import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Gives back admissions of many accounts that were granted and not used. Moments are those of the grants, in microseconds since 1970.
 *
 * The statement waits for no row: it returns the accounts that it has seen to, and those whose rows somebody holds are to be given back
 * by the next. What is no longer found under its moment, since the clock has been set back meanwhile, stays used.
 */
export class ReturnQuotas1796200000300 implements MigrationInterface {
  readonly name = 'ReturnQuotas1796200000300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create function return_quotas_v1(p_accounts uuid[], p_granted_at_us bigint[], p_units integer[])
      returns setof uuid language plpgsql as $$
      declare
        r record;
        v_times bigint[];
        v_counts integer[];
        v_day date;
        v_entry integer;
        v_units integer;
      begin
        -- Each row is locked once: one that has been changed here would be left out where it is come upon again.
        for r in
          select u.account_id, unused.times, unused.units
          from (
            select id, array_agg(at) as times, array_agg(units) as units
            from unnest(p_accounts, p_granted_at_us, p_units) as each (id, at, units) group by id
          ) unused join quota_usage u on u.account_id = unused.id
          for update of u skip locked
        loop
          for i in 1 .. cardinality(r.times) loop
            -- The row is read as the one before has left it.
            select admitted_at, admitted, day into v_times, v_counts, v_day from quota_usage where account_id = r.account_id;
            v_entry := coalesce(array_position(v_times, r.times[i]), array_position(v_times, ((r.times[i] + 499999) / 500000) * 500000));
            if v_entry is not null then
              v_units := least(r.units[i], v_counts[v_entry]);
              v_counts[v_entry] := v_counts[v_entry] - v_units;
              if v_counts[v_entry] = 0 then
                v_times := v_times[:v_entry - 1] || v_times[v_entry + 1:];
                v_counts := v_counts[:v_entry - 1] || v_counts[v_entry + 1:];
              end if;
              update quota_usage set admitted_at = v_times, admitted = v_counts, minute_admitted = minute_admitted - v_units,
                day_admitted = day_admitted
                  - case when day = (to_timestamp(r.times[i] / 1e6) at time zone 'UTC')::date then v_units else 0 end
                where account_id = r.account_id;
            end if;
          end loop;
          return next r.account_id;
        end loop;
      end $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop function return_quotas_v1`);
  }
}
