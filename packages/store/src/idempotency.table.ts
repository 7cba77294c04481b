import type { QueryRunner } from 'typeorm';

/** How long an answer is kept, for Postgres. */
export const KEY_LIFETIME = `interval '24 hours'`;

/**
 * The `idempotency_keys` table, for the migrations of every service with writes. `response` is the body as JSON text, so that
 * a replay has the members in the same order; it is null only inside the transaction that takes the key.
 */
export async function createIdempotencyKeysV1(queryRunner: QueryRunner): Promise<void> {
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

export const dropIdempotencyKeysV1 = (queryRunner: QueryRunner): Promise<void> =>
  queryRunner.query(`drop table idempotency_keys`);
