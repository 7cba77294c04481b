import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { Event } from '@nexivo/contracts/events';
import { natsPackage } from '@nexivo/local/binaries';
import { freePort } from '@nexivo/local/free-port';
import { ManagedProcess } from '@nexivo/local/managed-process';
import { migrate } from '@nexivo/store/migrations';
import { POSTGRES_URL } from '@nexivo/testing/global-setup';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { createSweepsV1 } from '@nexivo/store/sweeps.table';
import { createOutboxConsumedV1, createOutboxV1 } from '../src/outbox.table.js';
import { provisionEvents, STREAM } from '../src/stream.js';

/** An event as the stream has it. */
export interface Stored {
  seq: number;
  storedAt: Date;
  subject: string;
  header: (name: string) => string;
  id: string;
  json: string;
  event: Event;
}

/** A bus on which everybody may do everything, so that tests can break the stream, and a database with an outbox. */
export interface PublishingWorld {
  natsUrl: string;
  nats: ManagedProcess;
  databaseUrl: string;
  /** With so many connections that every writer can have one. */
  database: DataSource;
  streams: JetStreamManager;
  /** Everything in the stream. */
  stored(): Promise<Stored[]>;
  /** Rows that wait for the relay. */
  unpublished(): Promise<number>;
  /** Keeps a copy of what NATS has on disk, which must be stopped; the function that is returned puts it back. */
  copyStore(): () => void;
  stop(): Promise<void>;
}

/** An outbox, and what events are about. */
export class CreateTables1764000000000 implements MigrationInterface {
  readonly name = 'CreateTables1764000000000';
  async up(queryRunner: QueryRunner): Promise<void> {
    await createOutboxV1(queryRunner);
    await createOutboxConsumedV1(queryRunner);
    await createSweepsV1(queryRunner);
    await queryRunner.query('create table resources (id uuid primary key, version integer not null)');
  }
  async down(): Promise<void> {}
}

interface WorldOptions {
  /** Of a superuser; of the Postgres of the test run if it is left out. */
  postgresUrl?: string;
  /** Within which the stream stores an event once. */
  duplicateWindowMs?: number;
}

/** Starts a {@link PublishingWorld}; the caller must `stop` it. */
export async function startPublishingWorld(options: WorldOptions = {}): Promise<PublishingWorld> {
  const started = new AsyncDisposableStack();
  try {
    return await startParts(options, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function startParts(
  { postgresUrl = process.env[POSTGRES_URL]!, duplicateWindowMs = 120_000 }: WorldOptions,
  started: AsyncDisposableStack,
): Promise<PublishingWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-events-'));
  started.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const { nats, natsUrl, storeDir } = await startNats(dataDir);
  started.defer(() => nats.stop());
  await provisionEvents({ NATS_URL: [natsUrl] }, [], { duplicateWindowMs });

  const databaseUrl = await createDatabase(postgresUrl);
  await migrate({
    url: databaseUrl,
    poolSize: 1,
    schema: 'public',
    entities: [],
    migrations: [CreateTables1764000000000],
  });
  const database = await new DataSource({ type: 'postgres', url: databaseUrl, poolSize: 200 }).initialize();
  started.defer(() => database.destroy());
  const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  started.defer(() => connection.close());
  const streams = await jetstreamManager(connection, { checkAPI: false });

  return {
    natsUrl,
    nats,
    databaseUrl,
    database,
    streams,
    stored: () => readStream(streams),
    unpublished: async () => {
      const [{ rows }] = await database.query<[{ rows: number }]>(
        'select count(*)::int as rows from outbox where published_at is null',
      );
      return rows;
    },
    copyStore: () => {
      const copy = join(dataDir, 'copy');
      cpSync(storeDir, copy, { recursive: true });
      return () => {
        rmSync(storeDir, { recursive: true });
        cpSync(copy, storeDir, { recursive: true });
      };
    },
    stop: () => started.disposeAsync(),
  };
}

async function startNats(dataDir: string): Promise<{ nats: ManagedProcess; natsUrl: string; storeDir: string }> {
  const port = await freePort();
  const natsUrl = `nats://127.0.0.1:${port}`;
  const storeDir = join(dataDir, 'nats');
  const config = join(dataDir, 'nats.conf');
  writeFileSync(config, 'jetstream { sync_interval: always }\n');
  const nats = new ManagedProcess({
    name: 'nats',
    command: join(natsPackage().root, 'bin/nats-server'),
    args: ['--config', config, '--addr', '127.0.0.1', '--port', String(port), '--store_dir', storeDir],
    env: {},
    lifeline: 'guard',
    autoRestart: false,
    ready: async () => (await connect({ servers: natsUrl })).close(),
  });
  await nats.start();
  return { nats, natsUrl, storeDir };
}

async function createDatabase(postgresUrl: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function readStream({ direct, streams }: JetStreamManager): Promise<Stored[]> {
  const { first_seq, last_seq } = (await streams.info(STREAM)).state;
  const all: Stored[] = [];
  for (let next = first_seq; next <= last_seq;) {
    for await (const message of await direct.getBatch(STREAM, { seq: next, batch: 500 })) {
      const json = message.string();
      const header = (name: string): string => message.header.get(name);
      const { seq, time: storedAt, subject } = message;
      all.push({ seq, storedAt, subject, header, id: header('Nats-Msg-Id'), json, event: JSON.parse(json) as Event });
      next = seq + 1;
    }
  }
  return all;
}
