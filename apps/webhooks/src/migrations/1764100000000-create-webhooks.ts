import { createInboxV1, dropInboxV1 } from '@nexivo/events/inbox.table';
import { createIdempotencyKeysV1, dropIdempotencyKeysV1 } from '@nexivo/store/idempotency.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhooks, the events that they are told of, and the deliveries in between. Keyed by account first, so that all of it can be
 * distributed by account without a change.
 */
export class CreateWebhooks1764100000000 implements MigrationInterface {
  readonly name = 'CreateWebhooks1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createWebhooks(queryRunner);
    await createEvents(queryRunner);
    await createDeliveries(queryRunner);
    await createReplays(queryRunner);
    await createInboxV1(queryRunner);
    await createIdempotencyKeysV1(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropIdempotencyKeysV1(queryRunner);
    await dropInboxV1(queryRunner);
    for (const table of [
      'replays',
      'attempts',
      'deliveries',
      'events',
      'event_positions',
      'deleted_webhooks',
      'endpoint_health',
      'webhooks',
    ]) {
      await queryRunner.query(`drop table ${table}`);
    }
  }
}

/**
 * What changes with every delivery is kept apart from what people configure. Deliveries have no foreign key: the log of a
 * webhook may be long, so it is `deleted_webhooks` that has it cleared away, bit by bit.
 */
async function createWebhooks(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table webhooks (
      account_id uuid not null,
      id uuid not null,
      version integer not null default 1,
      url text not null,
      events text[] not null check (cardinality(events) > 0),
      description text,
      status text not null check (status in ('enabled', 'disabled')),
      disabled_reason text,
      disabled_at timestamptz(3),
      secret_key_id text not null,
      secret bytea not null,
      previous_secret_key_id text,
      previous_secret bytea,
      previous_secret_until timestamptz(3),
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (account_id, id),
      check ((status = 'disabled') = (disabled_at is not null)),
      check ((status = 'disabled') = (disabled_reason is not null)),
      check ((previous_secret is null) = (previous_secret_key_id is null)),
      check ((previous_secret is null) = (previous_secret_until is null))
    )`);
  await queryRunner.query(`
    create table endpoint_health (
      account_id uuid not null,
      webhook_id uuid not null,
      failing_since timestamptz,
      last_success_at timestamptz,
      paused_until timestamptz,
      consecutive_slowdowns integer not null default 0,
      primary key (account_id, webhook_id),
      foreign key (account_id, webhook_id) references webhooks (account_id, id) on delete cascade
    )`);
  await queryRunner.query(`
    create table deleted_webhooks (
      account_id uuid not null,
      webhook_id uuid not null,
      deleted_at timestamptz not null default clock_timestamp(),
      primary key (account_id, webhook_id)
    )`);
}

/**
 * `event_positions` has one row for each account, and its lock is the account's: whoever holds it gives out the next
 * positions, so that they are dense and become visible in their order, and a reader who goes on from one misses nothing.
 * An event has no `body` once it is past its time and only its place is needed.
 */
async function createEvents(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table event_positions (
      account_id uuid primary key,
      last bigint not null default 0
    )`);
  await queryRunner.query(`
    create table events (
      account_id uuid not null,
      position bigint not null,
      id text not null,
      type text not null,
      created_at timestamptz(3) not null,
      received_at timestamptz not null default clock_timestamp(),
      body text,
      primary key (account_id, position) include (type),
      constraint events_id unique (account_id, id)
    )`);
  await queryRunner.query(`create index events_account_received_at on events (account_id, received_at)`);
  await queryRunner.query(`create index events_received_at on events (received_at)`);
}

async function createDeliveries(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table deliveries (
      account_id uuid not null,
      id uuid not null,
      version integer not null default 1,
      webhook_id uuid not null,
      event_id text not null,
      event_type text not null,
      body_of text not null check (body_of in ('event', 'test')),
      test_body text,
      origin text not null check (origin in ('event', 'replay', 'test')),
      replay_id uuid,
      status text not null default 'pending' check (status in ('pending', 'succeeded', 'failed')),
      attempts integer not null default 0,
      attempts_total integer not null default 0,
      due_at timestamptz not null default clock_timestamp(),
      lease_until timestamptz,
      lease_token uuid,
      created_at timestamptz(3) not null default clock_timestamp(),
      updated_at timestamptz(3) not null default clock_timestamp(),
      completed_at timestamptz(3),
      primary key (account_id, id),
      check ((body_of = 'test') = (test_body is not null)),
      check ((origin = 'test') = (body_of = 'test')),
      check ((origin = 'replay') = (replay_id is not null)),
      check ((status = 'pending') = (completed_at is null))
    )`);
  // An event goes to a webhook once, and once for each replay: however often it is taken from the bus or a replay begins anew.
  await queryRunner.query(`
    create unique index deliveries_once on deliveries
      (account_id, webhook_id, event_id, coalesce(replay_id, '00000000-0000-0000-0000-000000000000'))
      where origin in ('event', 'replay')`);
  // What the claims of the delivery worker walk through, and where they count what is under way.
  await queryRunner.query(
    `create index deliveries_pending on deliveries (account_id, webhook_id, due_at) where status = 'pending'`,
  );
  await queryRunner.query(
    `create index deliveries_leased on deliveries (account_id, webhook_id) where lease_token is not null`,
  );
  await queryRunner.query(
    `create index deliveries_webhook_created_at on deliveries (account_id, webhook_id, created_at, id)`,
  );
  await queryRunner.query(
    `create index deliveries_webhook_updated_at on deliveries (account_id, webhook_id, updated_at, id)`,
  );
  await queryRunner.query(`create index deliveries_created_at on deliveries (created_at)`);
  await queryRunner.query(`
    create table attempts (
      account_id uuid not null,
      delivery_id uuid not null,
      number integer not null,
      at timestamptz(3) not null,
      status_code integer,
      latency_ms integer not null,
      response_body text,
      error text,
      error_detail text,
      primary key (account_id, delivery_id, number),
      foreign key (account_id, delivery_id) references deliveries (account_id, id) on delete cascade
    )`);
}

/** `position` is the next to look at, `until_position` the last: what comes after it the webhook is told of anyway. */
async function createReplays(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    create table replays (
      account_id uuid not null,
      id uuid not null,
      version integer not null default 1,
      webhook_id uuid not null,
      since timestamptz(3) not null,
      events text[] not null,
      position bigint not null,
      until_position bigint not null,
      events_total integer not null,
      events_done integer not null default 0,
      status text not null check (status in ('running', 'completed', 'cancelled')),
      created_at timestamptz(3) not null default clock_timestamp(),
      updated_at timestamptz(3) not null default clock_timestamp(),
      completed_at timestamptz(3),
      primary key (account_id, id),
      foreign key (account_id, webhook_id) references webhooks (account_id, id) on delete cascade,
      check ((status = 'running') = (completed_at is null))
    )`);
  await queryRunner.query(`create index replays_running on replays (updated_at) where status = 'running'`);
  await queryRunner.query(`create index replays_webhook on replays (account_id, webhook_id)`);
}
