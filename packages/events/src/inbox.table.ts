import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { QueryRunner } from 'typeorm';

/** How long a consumer knows an event that it has handled, for Postgres: longer than the stream can deliver it (30 days). */
export const INBOX_LIFETIME = `interval '31 days'`;

/**
 * The `inbox` table, for the migrations of every service that consumes events: a row for each event that a consumer has
 * seen. `done` took effect, committed together with it. `retry` waits until `due_at`, `dead` for an operator; both keep the
 * message. `attempts` counts how often handling it began, for those that did not go through the first time.
 */
export async function createInboxV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table inbox (
      consumer text not null,
      event_id text not null,
      state text not null check (state in ('done', 'retry', 'dead')),
      attempts integer not null default 0,
      due_at timestamptz,
      reason text,
      subject text,
      version integer,
      traceparent text,
      json text,
      at timestamptz not null default now(),
      primary key (consumer, event_id),
      check ((state = 'done') = (json is null)),
      check ((state = 'retry') = (due_at is not null))
    )`);
  await queryRunner.query(`create index inbox_due_at on inbox (consumer, due_at) where state = 'retry'`);
  await queryRunner.query(`create index inbox_dead on inbox (consumer, event_id) where state = 'dead'`);
  await queryRunner.query(`create index inbox_done_at on inbox (at) where state = 'done'`);
}

export const dropInboxV1 = (queryRunner: QueryRunner): Promise<void> => queryRunner.query(`drop table inbox`);

/**
 * What consumers that keep an order need beside the inbox, for the migrations of their services. `consumer_places` says up to which
 * message of which stream a consumer has come; `takeovers` counts how often a replica has begun there. In the inbox, `object_id`
 * and `place` say whose event waits, and behind which others. Adding the columns rewrites nothing.
 */
export async function createConsumerPlacesV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table consumer_places (
      consumer text primary key,
      stream_id text not null,
      seq bigint not null,
      takeovers integer not null default 0
    )`);
  await queryRunner.query(`create sequence inbox_place`);
  await queryRunner.query(`alter table inbox add column object_id text, add column place bigint`);
}

/** The index that {@link createConsumerPlacesV1} needs, in a migration of its own with `transaction = false`: an inbox may be large. */
export const indexConsumerPlacesV1 = (queryRunner: QueryRunner): Promise<void> =>
  createIndexConcurrentlyV1(
    queryRunner,
    'inbox_waiting',
    `on inbox (consumer, object_id, place) where state = 'retry' and object_id is not null`,
  );

export async function dropConsumerPlacesV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`alter table inbox drop column object_id, drop column place`);
  await queryRunner.query(`drop sequence inbox_place`);
  await queryRunner.query(`drop table consumer_places`);
}
