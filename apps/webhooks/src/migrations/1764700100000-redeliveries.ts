import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Bulk redeliveries, in a table of their own: copies of the release before would take a row among the replays for one of theirs.
 * `after_at` and `after_id` are the place of the delivery that was looked at last.
 */
export class Redeliveries1764700100000 implements MigrationInterface {
  readonly name = 'Redeliveries1764700100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table replays add column until timestamptz(3)`);
    await queryRunner.query(`
      create table redeliveries (
        account_id uuid not null,
        id uuid not null,
        version integer not null default 1,
        webhook_id uuid not null,
        since timestamptz(3) not null,
        until timestamptz(3) not null,
        event_type text,
        after_at timestamptz(3) not null,
        after_id uuid not null,
        deliveries_total integer not null,
        deliveries_done integer not null default 0,
        status text not null check (status in ('running', 'completed', 'cancelled')),
        created_at timestamptz(3) not null default clock_timestamp(),
        updated_at timestamptz(3) not null default clock_timestamp(),
        completed_at timestamptz(3),
        primary key (account_id, id),
        foreign key (account_id, webhook_id) references webhooks (account_id, id) on delete cascade,
        check ((status = 'running') = (completed_at is null))
      )`);
    await queryRunner.query(`create index redeliveries_running on redeliveries (updated_at) where status = 'running'`);
    await queryRunner.query(`create index redeliveries_webhook on redeliveries (account_id, webhook_id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table redeliveries`);
    await queryRunner.query(`alter table replays drop column until`);
  }
}
