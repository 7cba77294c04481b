import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What each account asked for, by UTC day of the database's clock, token and outcome: `admitted`, or the code of the refusal.
 *
 * `usage_writers.batch` is the last batch that a gateway process has written, so that none is added twice.
 */
export class Usage1763900300000 implements MigrationInterface {
  readonly name = 'Usage1763900300000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // No foreign keys: what was counted stays, and one row that does not fit must not hold up a batch.
    await queryRunner.query(`
      create table usage_days (
        account_id uuid not null,
        day date not null,
        token_id uuid not null,
        outcome text not null,
        requests bigint not null,
        primary key (account_id, day, token_id, outcome)
      )`);
    await queryRunner.query(`create index usage_days_day on usage_days (day)`);
    await queryRunner.query(`
      create table usage_writers (
        id uuid primary key,
        batch integer not null,
        written_at timestamptz(3) not null default now()
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table usage_writers`);
    await queryRunner.query(`drop table usage_days`);
  }
}
