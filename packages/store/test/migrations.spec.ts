import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { freePort } from '@nexivo/local/free-port';
import { type Postgres, startPostgres } from '@nexivo/local/postgres';
import { provisionDatabase } from '@nexivo/local/provision';
import { machineEnv, sourceLoader } from '@nexivo/local/services';
import { waitFor, waitUntil } from '@nexivo/local/wait';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { migrate, type MigrateOptions } from '../src/migrations.js';
import {
  AddColumn1764000100000,
  CountUp1764000400000,
  CreateRows1764000000000,
  IndexRows1764000300000,
  KeepTimeLimit1764000200000,
  ResetLimits1764000050000,
} from './migrations-under-test.js';

type Migrations = readonly (new () => MigrationInterface)[];

const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-migrations-'));
const clients: pg.Client[] = [];
let postgres: Postgres;
let databases = 0;
let url: string;
let lines: string[];

beforeAll(async () => {
  postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
});
afterAll(async () => {
  await postgres.stop();
  removeOutsideDirectory(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  lines = [];
  const services = ['jobs'];
  const database = `migrations_${++databases}`;
  const urls = await provisionDatabase({ adminUrl: postgres.url, database, services, passwords: { jobs: 'test' } });
  url = urls['jobs']!;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
});

const run = (migrations: Migrations, behaviour: MigrateOptions = {}): Promise<string[]> =>
  migrate(
    { url, poolSize: 1, schema: 'jobs', entities: [], migrations: [...migrations] },
    { report: (line) => lines.push(line), ...behaviour },
  );

/** A session of somebody else. */
async function session(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

const told = (part: string | RegExp): Promise<void> =>
  waitUntil(`a line with ${part}`, () =>
    lines.some((line) => (typeof part === 'string' ? line.includes(part) : part.test(line))),
  );

describe('a migration', () => {
  it('has no limit on the time of its statements, whatever the role has', async () => {
    const someone = await session('someone');
    await someone.query('alter role current_user set statement_timeout = 12345');
    await run([KeepTimeLimit1764000200000]);
    expect((await someone.query('select value from time_limit')).rows).toEqual([{ value: '0' }]);
  });

  it('that waits for a table lets readers pass, says who holds it, and is done once it is free', async () => {
    await run([CreateRows1764000000000]);
    const holder = await session('a-long-report');
    await holder.query('begin');
    await holder.query('select count(*) from rows');
    const migrated = run([CreateRows1764000000000, ResetLimits1764000050000, AddColumn1764000100000]);
    await told('waits for a lock');
    // Asked anew until a try of the migration is in the way, and answered while the holder still holds.
    const reader = await session('reader');
    for (let reads = 0; reads < 50; reads += 1) await reader.query('select count(*) from rows');
    await told(/waits for a lock of pid \d+ \(a-long-report, 127\.0\.0\.1, idle in transaction for \d+ s\)/);
    await holder.query('commit');
    await expect(migrated).resolves.toEqual(['ResetLimits1764000050000', 'AddColumn1764000100000']);
  });
});

describe('a migration outside a transaction', () => {
  it('creates an index concurrently while another run waits for its turn', async () => {
    await run([CreateRows1764000000000]);
    const writer = await session('a-writer');
    await writer.query('begin');
    await writer.query('update rows set n = n where id = 1');
    const all: Migrations = [CreateRows1764000000000, IndexRows1764000300000];
    const first = run(all);
    await indexBegun();
    const second = run(all);
    await told(/waits for another run of the migrations: pid \d+ \(nexivo-jobs-migrate, 127\.0\.0\.1, active/);
    await writer.query('commit');
    await expect(Promise.all([first, second])).resolves.toEqual([['IndexRows1764000300000'], []]);
    expect(await indexes()).toEqual([{ indisvalid: true }]);
  });

  it('makes an index anew that an earlier run has left half built', async () => {
    await run([CreateRows1764000000000]);
    const writer = await session('a-writer');
    await writer.query('begin');
    await writer.query('update rows set n = n where id = 1');
    const ending = new AbortController();
    const all: Migrations = [CreateRows1764000000000, IndexRows1764000300000];
    const ended = run(all, { signal: ending.signal });
    await indexBegun();
    ending.abort(new Error('told to end'));
    await expect(ended).rejects.toThrow('told to end');
    expect(await indexes()).toEqual([{ indisvalid: false }]);
    await writer.query('commit');
    await expect(run(all)).resolves.toEqual(['IndexRows1764000300000']);
    expect(await indexes()).toEqual([{ indisvalid: true }]);
  });

  it('fills rows in batches, and one that is killed goes on where it was', async () => {
    await run([CreateRows1764000000000]);
    const writer = await session('a-writer');
    await writer.query('begin');
    await writer.query('update rows set n = n where id = 555');
    const all: Migrations = [CreateRows1764000000000, CountUp1764000400000];
    const killed = run(all, { connectForMs: 0 }).catch((error: unknown) => error);
    await told(/waits for a lock of pid \d+ \(a-writer/);
    const someone = await session('someone');
    expect((await someone.query('select rows from migration_progress')).rows).toEqual([{ rows: '500' }]);
    await someone.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%-migrate'`,
    );
    expect(await killed).toBeInstanceOf(Error);
    await writer.query('commit');
    await expect(run(all)).resolves.toEqual(['CountUp1764000400000']);
    expect((await someone.query('select n, count(*)::integer from rows group by n')).rows).toEqual([
      { n: 1, count: 1_000 },
    ]);
  });

  const indexes = async (): Promise<unknown[]> => {
    const [client] = clients;
    return (await client!.query(`select indisvalid from pg_index where indexrelid = 'rows_n'::regclass`)).rows;
  };
  const indexBegun = async (): Promise<void> => {
    const observer = await session('observer');
    await waitFor('the index to be begun', async () => {
      const { rows } = await observer.query('select from pg_stat_progress_create_index where lockers_total > 0');
      expect(rows).toHaveLength(1);
    });
  };
});

describe('a run', () => {
  let proxy: Server | undefined;
  afterEach(() => void proxy?.close());

  it('waits for a database that is not there yet', async () => {
    const { port } = postgres;
    const other = await freePort();
    url = url.replace(`:${port}/`, `:${other}/`);
    const done = run([CreateRows1764000000000]);
    await told('the database is away, trying on');
    proxy = createServer((socket) => {
      const upstream = connect(port, '127.0.0.1');
      socket
        .on('error', () => undefined)
        .pipe(upstream.on('error', () => undefined))
        .pipe(socket);
    });
    await new Promise<void>((resolve) => proxy!.listen(other, '127.0.0.1', resolve));
    await expect(done).resolves.toEqual(['CreateRows1764000000000']);
  });

  it('that waits for its turn or a lock ends at SIGTERM, with 143 and without a stack trace', async () => {
    await run([CreateRows1764000000000]);
    const holder = await session('a-long-report');
    await holder.query('begin');
    await holder.query('select count(*) from rows');
    const children = [await migrating(/waits for a lock/), await migrating(/waits for another run/)];
    for (const { child } of children) child.kill('SIGTERM');
    for (const { exited, output } of children) {
      expect(await exited).toEqual([143, null]);
      expect(output()).toMatch(/jobs: not migrated: told to end\n$/);
      expect(output()).not.toMatch(/^ {4}at /m);
    }
    await holder.query('commit');
    expect((await holder.query('select from migrations')).rows).toHaveLength(1);
  });

  /** A process; it is there once it has written such a line. */
  async function migrating(line: RegExp) {
    const args = [...sourceLoader, fileURLToPath(new URL('migrating.ts', import.meta.url))];
    const child = spawn(process.execPath, args, { env: { ...machineEnv(), DATABASE_URL: url } });
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    await waitUntil(`a line with ${line}`, () => line.test(output));
    return { child, exited, output: () => output };
  }
});
