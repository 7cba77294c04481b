import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The `candidates` table: keyed by account first, so that it can be distributed by account without a change. What lists
 * are sorted by has the collation of the Unicode standard, so that the order is people's and the same on every server.
 */
export class CreateCandidates1763900000000 implements MigrationInterface {
  readonly name = 'CreateCandidates1763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table candidates (
        account_id uuid not null,
        id uuid not null,
        version integer not null default 1,
        first_name text collate "und-x-icu" not null,
        last_name text collate "und-x-icu" not null,
        email text collate "und-x-icu" not null,
        phone text,
        current_title text,
        current_company text,
        city text,
        state text,
        country text,
        status text not null check (status in ('new', 'screening', 'available', 'placed', 'inactive')),
        source text,
        skills text[] not null,
        tags text[] not null,
        linkedin_url text,
        website_url text,
        summary text,
        external_id text,
        custom_fields jsonb not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (account_id, id)
      )`);
    await queryRunner.query(
      `create unique index candidates_external_id on candidates (account_id, external_id) where external_id is not null`,
    );
    await queryRunner.query(`create index candidates_email on candidates (account_id, lower(email))`);
    await queryRunner.query(`create index candidates_created_at on candidates (account_id, created_at, id)`);
    await queryRunner.query(`create index candidates_updated_at on candidates (account_id, updated_at, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table candidates`);
  }
}
