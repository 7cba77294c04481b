import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How many attempts a webhook has had by hour, success and latency, written along with the attempts: to count a million rows of a day
 * would take too long. Without a foreign key, since what is under way when a webhook is deleted is still written down; the counts go
 * within a day by themselves. Pages have room for the next versions of their rows, which change all the time.
 */
export class CountAttempts1764700200000 implements MigrationInterface {
  readonly name = 'CountAttempts1764700200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table attempt_counts (
        account_id uuid not null,
        webhook_id uuid not null,
        hour timestamptz not null,
        is_success boolean not null,
        latency_bucket smallint not null,
        shard smallint not null,
        attempts bigint not null,
        primary key (account_id, webhook_id, hour, is_success, latency_bucket, shard)
      ) with (fillfactor = 50)`);
    await queryRunner.query(`create index attempt_counts_hour on attempt_counts (hour)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table attempt_counts`);
  }
}
