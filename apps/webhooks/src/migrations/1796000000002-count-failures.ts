import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many failures there have been since the last success, and on how many days. Of one that fails already they are counted from now on. */
export class CountFailures1796000000002 implements MigrationInterface {
  readonly name = 'CountFailures1796000000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table endpoint_health
        add column failures integer not null default 0,
        add column failing_days integer not null default 0,
        add column last_failure_at timestamptz(3)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table endpoint_health drop column failures, drop column failing_days, drop column last_failure_at`);
  }
}
