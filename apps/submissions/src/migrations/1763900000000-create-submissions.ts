import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The `submissions` table and its history: keyed by account first, so that they can be distributed by account without a
 * change. Jobs and candidates live in other services' databases: their ids are no foreign keys here.
 */
export class CreateSubmissions1763900000000 implements MigrationInterface {
  readonly name = 'CreateSubmissions1763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table submissions (
        account_id uuid not null,
        id uuid not null,
        version integer not null default 1,
        job_id uuid not null,
        candidate_id uuid not null,
        stage text not null check (stage in ('screening', 'interview', 'offer', 'placed', 'rejected')),
        notes text,
        source text,
        rejection_reason text,
        stage_changed_at timestamptz(3) not null,
        placed_at timestamptz(3),
        rejected_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (account_id, id),
        check (rejection_reason is null or stage = 'rejected'),
        check ((stage = 'placed') = (placed_at is not null)),
        check ((stage = 'rejected') = (rejected_at is not null))
      )`);
    await queryRunner.query(
      `create unique index submissions_live on submissions (account_id, job_id, candidate_id) where stage <> 'rejected'`,
    );
    await queryRunner.query(`create index submissions_job on submissions (account_id, job_id, created_at, id)`);
    await queryRunner.query(`create index submissions_candidate on submissions (account_id, candidate_id)`);
    await queryRunner.query(`create index submissions_created_at on submissions (account_id, created_at, id)`);
    await queryRunner.query(`create index submissions_updated_at on submissions (account_id, updated_at, id)`);
    await queryRunner.query(`
      create table submission_stage_changes (
        account_id uuid not null,
        submission_id uuid not null,
        version integer not null,
        from_stage text,
        to_stage text not null,
        changed_by text not null,
        reason text,
        at timestamptz(3) not null,
        primary key (account_id, submission_id, version),
        foreign key (account_id, submission_id) references submissions (account_id, id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table submission_stage_changes`);
    await queryRunner.query(`drop table submissions`);
  }
}
