import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sums what was counted before there were triggers for it, account by account, each anew. The triggers wait meanwhile: what they add
 * afterwards is what the sum has not seen.
 */
export class SumEarlierUsage1795982415003 implements MigrationInterface {
  readonly name = 'SumEarlierUsage1795982415003';
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const [next] = (await queryRunner.query(
        'select account_id from usage_days where account_id > $1 order by account_id limit 1',
        [after],
      )) as { account_id: string }[];
      if (!next) return;
      after = next.account_id;
      await queryRunner.query(sumUp(after));
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('truncate usage_account_days, usage_token_months');
  }
}

/** One statement, that is one transaction, whose parts each see what was committed before they begin. */
const sumUp = (accountId: string): string => `
  do $$ begin
    perform pg_advisory_xact_lock(hashtextextended('sum usage ' || current_schema(), 0));
    delete from usage_account_days where account_id = '${accountId}';
    delete from usage_token_months where account_id = '${accountId}';
    insert into usage_account_days (account_id, day, outcome, requests)
      select account_id, day, outcome, sum(requests) from usage_days where account_id = '${accountId}' group by 1, 2, 3;
    insert into usage_token_months (account_id, month, token_id, outcome, requests)
      select account_id, date_trunc('month', day)::date, token_id, outcome, sum(requests)
      from usage_days where account_id = '${accountId}' group by 1, 2, 3, 4;
  end $$`;
