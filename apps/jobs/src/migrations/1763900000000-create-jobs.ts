import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The `jobs` table: keyed by account first, so that it can be distributed by account without a change. */
export class CreateJobs1763900000000 implements MigrationInterface {
  readonly name = 'CreateJobs1763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table jobs (
        account_id uuid not null,
        id uuid not null,
        version integer not null default 1,
        title text collate "und-x-icu" not null,
        description text,
        department text,
        location_city text,
        location_state text,
        location_country text,
        workplace text check (workplace in ('on_site', 'hybrid', 'remote')),
        employment_type text
          check (employment_type in ('full_time', 'part_time', 'contract', 'temporary', 'internship')),
        openings integer not null check (openings >= 1),
        salary_min bigint check (salary_min >= 0),
        salary_max bigint check (salary_max >= 0),
        salary_currency text,
        status text not null check (status in ('open', 'on_hold', 'closed')),
        tags text[] not null,
        external_id text,
        custom_fields jsonb not null,
        opened_at timestamptz(3) not null,
        closed_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (account_id, id),
        check (salary_max >= salary_min),
        check (salary_currency is not null or (salary_min is null and salary_max is null)),
        check ((status = 'closed') = (closed_at is not null))
      )`);
    await queryRunner.query(
      `create unique index jobs_external_id on jobs (account_id, external_id) where external_id is not null`,
    );
    await queryRunner.query(`create index jobs_created_at on jobs (account_id, created_at, id)`);
    await queryRunner.query(`create index jobs_updated_at on jobs (account_id, updated_at, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table jobs`);
  }
}
