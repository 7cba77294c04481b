import type { QueryRunner } from 'typeorm';

/**
 * The `outbox` table, for the migrations of every service that publishes. `payload` is the event as JSON text, byte for byte
 * what is published. A row without `published_at` waits for the relay; the others say where in which stream the event is.
 */
export async function createOutboxV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table outbox (
      id text primary key,
      seq bigint not null generated always as identity,
      account_id uuid not null,
      aggregate_id uuid not null,
      type text not null,
      version integer not null,
      payload text not null,
      request_id text not null,
      traceparent text,
      created_at timestamptz not null default clock_timestamp(),
      published_at timestamptz,
      stream_seq bigint,
      stream_id text,
      republished smallint not null default 0
    )`);
  await queryRunner.query(`create index outbox_unpublished on outbox (seq) where published_at is null`);
  await queryRunner.query(`create index outbox_published_at on outbox (published_at) where published_at is not null`);
  await queryRunner.query(
    `create index outbox_stream on outbox (stream_id, stream_seq) where published_at is not null`,
  );
}

export const dropOutboxV1 = (queryRunner: QueryRunner): Promise<void> => queryRunner.query(`drop table outbox`);

/**
 * The `outbox_consumed` table, for the migrations of every service that publishes: up to which message of a stream all its consumers
 * have come.
 */
export async function createOutboxConsumedV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('create table outbox_consumed (stream_id text primary key, seq bigint not null)');
}

export const dropOutboxConsumedV1 = (queryRunner: QueryRunner): Promise<void> =>
  queryRunner.query('drop table outbox_consumed');
