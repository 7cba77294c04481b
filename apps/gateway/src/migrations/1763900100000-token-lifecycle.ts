import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people need to tell tokens apart and to rotate them, and the log of what was done to accounts and tokens. */
export class TokenLifecycle1763900100000 implements MigrationInterface {
  readonly name = 'TokenLifecycle1763900100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Of the tokens there are nobody knows more of their beginning than what all have in common.
    await queryRunner.query(`
      alter table api_tokens
        add column prefix text not null default 'nxv_live_',
        add column created_by text,
        add column last_used_at timestamptz(3),
        add column expiry_set_at timestamptz(3),
        add column rotated_to uuid references api_tokens (id)`);
    await queryRunner.query(`
      create table audit_log (
        id bigint generated always as identity primary key,
        at timestamptz(3) not null default clock_timestamp(),
        account_id uuid not null,
        token_id uuid,
        action text not null,
        actor text not null,
        address text,
        details jsonb not null
      )`);
    await queryRunner.query(`create index audit_log_account on audit_log (account_id, id)`);
    await queryRunner.query(`create index audit_log_token on audit_log (token_id, id) where token_id is not null`);
    await queryRunner.query(`
      create function refuse_change() returns trigger language plpgsql as $$ begin
        raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'restrict_violation';
      end $$`);
    // For each statement and not each row, so that one that finds no row is refused as well.
    await queryRunner.query(`
      create trigger audit_log_append_only before update or delete or truncate on audit_log
        for each statement execute function refuse_change()`);
    // In a session that replays another's changes, too.
    await queryRunner.query(`alter table audit_log enable always trigger audit_log_append_only`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table audit_log`);
    await queryRunner.query(`drop function refuse_change()`);
    await queryRunner.query(`
      alter table api_tokens
        drop column prefix, drop column created_by, drop column last_used_at, drop column expiry_set_at,
        drop column rotated_to`);
  }
}
