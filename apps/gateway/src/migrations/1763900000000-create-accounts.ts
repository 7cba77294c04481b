import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts and the tokens that speak for them. */
export class CreateAccounts1763900000000 implements MigrationInterface {
  readonly name = 'CreateAccounts1763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table accounts (
        id uuid primary key,
        name text not null,
        plan text not null check (plan in ('starter', 'professional', 'enterprise')),
        requests_per_minute integer check (requests_per_minute > 0),
        requests_per_day integer check (requests_per_day > 0),
        created_at timestamptz(3) not null default now()
      )`);
    await queryRunner.query(`
      create table api_tokens (
        account_id uuid not null references accounts (id),
        id uuid not null unique,
        name text not null,
        digest bytea not null unique,
        pepper_version integer not null,
        last_four text not null,
        scopes text[] not null,
        expires_at timestamptz(3),
        revoked_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        primary key (account_id, id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table api_tokens`);
    await queryRunner.query(`drop table accounts`);
  }
}
