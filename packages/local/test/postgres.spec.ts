import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { placeCluster } from '../src/cluster-place.js';
import { startPostgres, type Postgres, type PostgresOptions } from '../src/postgres.js';
import { isAlive, processesIn } from '../src/process-table.js';
import { waitUntil } from '../src/wait.js';
import { quickSettings, removeTemporaryDirectories, temporaryDirectory } from './support.js';

const running: Postgres[] = [];

async function start(dataDir: string, options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const postgres = await startPostgres({ dataDir, settings: quickSettings, ...options });
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
});
afterAll(removeTemporaryDirectories);

describe('startPostgres', () => {
  test('gives a UTF-8 database with the builtin collation, and keeps what was stored from run to run', async () => {
    const dataDir = temporaryDirectory();
    const first = await start(dataDir);
    await query(first.url, "create table kept (value text); insert into kept values ('across runs')");
    const pid = first.process.pid ?? 0;
    await first.stop();
    expect(isAlive(pid)).toBe(false);

    const second = await start(dataDir);
    expect(await query(second.url, 'select value from kept')).toEqual([{ value: 'across runs' }]);
    const settings =
      'select datlocprovider as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding';
    expect(await query(second.url, `${settings} from pg_database where datname = 'postgres'`)).toEqual([
      { provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8' },
    ]);
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  test('listens on the loopback only and asks for the password', async () => {
    const { url, port } = await start(temporaryDirectory());
    expect(await query(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query(`postgres://postgres:wrong@127.0.0.1:${port}/postgres`, 'select 1')).rejects.toThrow('password');
  });

  test('comes back by itself on the same port after kill -9, with its data', async () => {
    const postgres = await start(temporaryDirectory());
    await query(postgres.url, "create table kept (value text); insert into kept values ('across crashes')");
    const pid = postgres.process.pid;
    postgres.process.kill('SIGKILL');
    await waitUntil('another process', () => postgres.process.pid !== undefined && postgres.process.pid !== pid);
    await postgres.process.ready();
    expect(await query(postgres.url, 'select value from kept')).toEqual([{ value: 'across crashes' }]);
  });

  test('ends a postmaster, and backends without one, that an earlier run left behind', async () => {
    const dataDir = temporaryDirectory();
    const abandoned = await start(dataDir, { autoRestart: false });
    const busy = query(abandoned.url, "do $$ begin loop perform length(repeat('x', 1000000)); end loop; end $$").catch(
      () => undefined,
    );
    const pid = abandoned.process.pid ?? 0;

    const second = await start(dataDir, { autoRestart: false });
    expect(isAlive(pid)).toBe(false);
    await busy;

    const orphan = query(second.url, "do $$ begin loop perform length(repeat('x', 1000000)); end loop; end $$").catch(
      () => undefined,
    );
    const { rows } = await backendsOf(second.url);
    second.process.kill('SIGKILL');
    await waitUntil('its end', () => second.process.pid === undefined);
    const third = await start(dataDir);
    expect(rows.some(isAlive)).toBe(false);
    expect(await query(third.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await orphan;
  });

  test('is not fooled by a stale postmaster.pid whose pid belongs to another process', async () => {
    const dataDir = temporaryDirectory();
    const first = await start(dataDir);
    const [{ data_directory: cluster }] = (await query(first.url, 'show data_directory')) as [
      { data_directory: string },
    ];
    await first.stop();
    writeFileSync(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`);
    const second = await start(dataDir);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('never uses a cluster that was left half made', async () => {
    const dataDir = temporaryDirectory();
    const draft = join(dirname(placeCluster(dataDir)), '.new-postgres-killed');
    mkdirSync(join(draft, 'cluster/base'), { recursive: true });
    writeFileSync(join(draft, 'cluster/PG_VERSION'), '18\n');
    const { url } = await start(dataDir);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(draft)).toBe(false);
  });

  test('two run side by side', async () => {
    const [one, two] = await Promise.all([start(temporaryDirectory()), start(temporaryDirectory())]);
    expect(one.port).not.toBe(two.port);
    await query(one.url, 'create table only_in_one ()');
    await expect(query(two.url, 'select from only_in_one')).rejects.toThrow('does not exist');
  });
});

async function backendsOf(url: string): Promise<{ rows: number[] }> {
  const [{ data_directory: cluster }] = (await query(url, 'show data_directory')) as [{ data_directory: string }];
  return { rows: processesIn(cluster, 'postgres') };
}
