import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sums of `usage_days`: of each account by day, and of each token by month. An account with thousands of tokens has a million rows
 * there in a year, and a report would read them all.
 *
 * Triggers keep them, whoever writes: a gateway of the release before, or the sweeper. Those that write at the same time take turns:
 * a statement that inserts and updates comes here twice, and two of them could otherwise wait for each other in a circle. What was
 * counted before, the next migration sums.
 */
export class SumUsage1795982410003 implements MigrationInterface {
  readonly name = 'SumUsage1795982410003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table usage_account_days (
        account_id uuid not null,
        day date not null,
        outcome text not null,
        requests bigint not null,
        primary key (account_id, day, outcome)
      )`);
    await queryRunner.query(`
      create table usage_token_months (
        account_id uuid not null,
        month date not null,
        token_id uuid not null,
        outcome text not null,
        requests bigint not null,
        primary key (account_id, month, token_id, outcome)
      )`);
    await queryRunner.query(`create index usage_account_days_day on usage_account_days (day)`);
    await queryRunner.query(`create index usage_token_months_month on usage_token_months (month)`);
    for (const [event, changed, transition] of TRIGGERS) {
      await queryRunner.query(`
        create function sum_usage_${event}() returns trigger language plpgsql set search_path from current as $$ begin
          perform pg_advisory_xact_lock(hashtextextended('sum usage ' || current_schema(), 0));
          insert into usage_account_days as kept (account_id, day, outcome, requests)
            select account_id, day, outcome, sum(requests) from (${changed}) changed group by 1, 2, 3
            on conflict (account_id, day, outcome) do update set requests = kept.requests + excluded.requests;
          insert into usage_token_months as kept (account_id, month, token_id, outcome, requests)
            select account_id, date_trunc('month', day)::date, token_id, outcome, sum(requests)
            from (${changed}) changed group by 1, 2, 3, 4
            on conflict (account_id, month, token_id, outcome) do update set requests = kept.requests + excluded.requests;
          return null;
        end $$`);
      await queryRunner.query(`
        create trigger sum_usage_${event} after ${event} on usage_days
          referencing ${transition} for each statement execute function sum_usage_${event}()`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [event] of TRIGGERS) {
      await queryRunner.query(`drop trigger sum_usage_${event} on usage_days`);
      await queryRunner.query(`drop function sum_usage_${event}`);
    }
    await queryRunner.query(`drop table usage_token_months`);
    await queryRunner.query(`drop table usage_account_days`);
  }
}

const ADDED = `select account_id, day, token_id, outcome, requests from added`;
const REMOVED = `select account_id, day, token_id, outcome, -requests as requests from removed`;

/** What each kind of statement has changed, and what that is read from. */
const TRIGGERS = [
  ['insert', ADDED, 'new table as added'],
  ['update', `${ADDED} union all ${REMOVED}`, 'old table as removed new table as added'],
  ['delete', REMOVED, 'old table as removed'],
] as const;
