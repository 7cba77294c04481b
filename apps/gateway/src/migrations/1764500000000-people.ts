import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People, what they are in which account, their sessions, and the links by which they join or choose a new password. */
export class People1764500000000 implements MigrationInterface {
  readonly name = 'People1764500000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Of no account: somebody can belong to several, with one password.
    await queryRunner.query(`
      create table users (
        id uuid primary key,
        email text not null,
        name text not null,
        password_hash text,
        created_at timestamptz(3) not null default now(),
        disabled_at timestamptz(3)
      )`);
    await queryRunner.query(`create unique index users_email on users (lower(email))`);
    await queryRunner.query(`
      create table memberships (
        account_id uuid not null references accounts (id),
        user_id uuid not null references users (id),
        role text not null check (role in ('owner', 'admin', 'developer', 'recruiter', 'viewer')),
        created_at timestamptz(3) not null default now(),
        last_seen_at timestamptz(3),
        primary key (account_id, user_id)
      )`);
    await queryRunner.query(`create index memberships_user on memberships (user_id)`);
    await queryRunner.query(`
      create table sessions (
        account_id uuid not null,
        id uuid not null unique,
        user_id uuid not null,
        digest bytea not null unique,
        created_at timestamptz(3) not null default now(),
        last_seen_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        address text,
        user_agent text,
        primary key (account_id, id),
        foreign key (account_id, user_id) references memberships (account_id, user_id) on delete cascade
      )`);
    await queryRunner.query(`create index sessions_user on sessions (user_id, account_id)`);
    await queryRunner.query(`create index sessions_expires_at on sessions (expires_at)`);
    await queryRunner.query(`
      create table invitations (
        account_id uuid not null references accounts (id),
        id uuid not null unique,
        email text not null,
        role text check (role in ('owner', 'admin', 'developer', 'recruiter', 'viewer')),
        digest bytea not null unique,
        purpose text not null check (purpose in ('join', 'reset')),
        created_by text not null,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        used_at timestamptz(3),
        revoked_at timestamptz(3),
        primary key (account_id, id),
        check ((purpose = 'join') = (role is not null))
      )`);
    await queryRunner.query(`create index invitations_email on invitations (account_id, lower(email))`);
    await queryRunner.query(`create index invitations_expires_at on invitations (expires_at)`);
    // Keys are digests: no address and no e-mail address is kept here.
    await queryRunner.query(`
      create table sign_in_failures (
        key bytea primary key,
        count integer not null,
        first_at timestamptz(3) not null,
        until timestamptz(3) not null
      )`);
    await queryRunner.query(`create index sign_in_failures_until on sign_in_failures (until)`);
    await queryRunner.query(`
      alter table api_tokens
        add column user_id uuid references users (id),
        add column updated_at timestamptz(3) not null default now()`);
    await queryRunner.query(`create index api_tokens_user on api_tokens (user_id) where user_id is not null`);
    await queryRunner.query(`alter table audit_log add column user_id uuid`);
    await queryRunner.query(`create index audit_log_user on audit_log (user_id, id) where user_id is not null`);
    await queryRunner.query(`create index audit_log_actor on audit_log (account_id, actor, id)`);
    await queryRunner.query(`
      create table idempotency_keys (
        account_id uuid not null,
        key text not null,
        request_hash bytea not null,
        response text,
        version integer,
        created_at timestamptz not null default now(),
        primary key (account_id, key)
      )`);
    await queryRunner.query(`create index idempotency_keys_created_at on idempotency_keys (created_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table idempotency_keys`);
    await queryRunner.query(`drop index audit_log_actor`);
    await queryRunner.query(`alter table audit_log drop column user_id`);
    await queryRunner.query(`alter table api_tokens drop column user_id, drop column updated_at`);
    for (const table of ['sign_in_failures', 'invitations', 'sessions', 'memberships', 'users'])
      await queryRunner.query(`drop table ${table}`);
  }
}
