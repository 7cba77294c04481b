import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { candidates, type CreateCandidateInput } from '@nexivo/contracts/candidates';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { runProgram } from '@nexivo/local/run-program';
import { machineEnv, programArgs } from '@nexivo/local/services';
import { RetryingDataSource } from '@nexivo/store/data-source';
import { clientOf } from '@nexivo/store/hosts';
import { prepareSchema } from '@nexivo/store/prepare-schema';
import { checkServer } from '@nexivo/store/server-check';
import { startPausablePostgres, type PausablePostgres } from '@nexivo/testing/pausable-postgres';
import { eventually } from '@nexivo/testing/poll';
import { hasPooler, startPooler } from '@nexivo/testing/pooler';
import { askDatabase } from '@nexivo/testing/sql';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

const SERVICE = { name: 'candidates', env: candidatesEnv, database, options: candidatesService } as const;
const JANE: CreateCandidateInput = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' };

let postgres: PausablePostgres;
let world: World;
let service: NestFastifyApplication;

/** The URL of another database, or as somebody else. */
function urlWith(changes: { database?: string; user?: string; port?: number }, url = postgres.url): string {
  const changed = new URL(url);
  if (changes.database !== undefined) changed.pathname = `/${changes.database}`;
  if (changes.user !== undefined) [changed.username, changed.password] = [changes.user, 'secret'];
  if (changes.port !== undefined) changed.port = String(changes.port);
  return changed.href;
}
const ask = (text: string, database = 'postgres') => askDatabase(urlWith({ database }), text);
const check = (url: string, connections = 1) =>
  checkServer(url, { connections }, { waitForMs: 0, report: () => undefined });

beforeAll(async () => {
  postgres = await startPausablePostgres();
  world = await startWorld({ postgresUrl: postgres.url });
  const { pathname } = new URL(world.urlOf('candidates'));
  const name = pg.escapeIdentifier(pathname.slice(1));
  for (const setting of [
    `datestyle = 'German'`,
    `intervalstyle = 'sql_standard'`,
    `timezone = 'Asia/Tokyo'`,
    `bytea_output = 'escape'`,
    `default_transaction_isolation = 'serializable'`,
    `lock_timeout = '1ms'`,
    `search_path = 'nowhere'`,
  ])
    await ask(`alter database ${name} set ${setting}`);
  await ask(`alter role ${pg.escapeIdentifier(`${pathname.slice(1)}_candidates`)} in database ${name} reset all`);
  service = await world.start(SERVICE);
});
afterAll(async () => {
  await world.stop();
  await postgres.stop();
});

it('whatever the server has as its defaults, times are right and ten changes of one row at once succeed', async () => {
  const context = callFor();
  const { id, created_at } = await world.bus.request(candidates.create, JANE, context);
  expect(Math.abs(Date.parse(created_at) - Date.now())).toBeLessThan(60_000);
  const cities = Array.from({ length: 10 }, (_, n) => `city ${n}`);
  await Promise.all(cities.map((city) => world.bus.request(candidates.update, { id, patch: { city } }, context)));
  const context2 = { ...context, idempotencyKey: randomUUID() };
  const [first, again] = [
    await world.bus.forward(candidates.create, JANE, context2),
    await world.bus.forward(candidates.create, JANE, context2),
  ];
  expect(again).toMatchObject({ isReplay: true });
  expect(again.body.parse()).toEqual(first.body.parse());
});

it('two transactions that wait for each other both come to their end', async () => {
  const source = await new RetryingDataSource({ type: 'postgres', url: postgres.url, poolSize: 3 }).initialize();
  try {
    await source.query('create table pairs as select n, 0 as times from generate_series(1, 2) n');
    let waiting = 2;
    let bothThere = (): void => undefined;
    const met = new Promise<void>((resolve) => (bothThere = resolve));
    const cross = (first: number, second: number) =>
      source.transaction(async (tx) => {
        await tx.query('update pairs set times = times + 1 where n = $1', [first]);
        if (--waiting === 0) bothThere();
        await met;
        await tx.query('update pairs set times = times + 1 where n = $1', [second]);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(await source.query('select times from pairs')).toEqual([{ times: 2 }, { times: 2 }]);
    expect(waiting).toBeLessThan(0);
  } finally {
    await source.destroy();
  }
});

it('a server that takes no writes any more is away, is told as read-only, and is used again once it takes them', async () => {
  const context = callFor();
  const ready = async () => {
    const { port } = service.getHttpServer().address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
    return { status: response.status, body: await response.json() };
  };
  await eventually(async () => expect(await ready()).toMatchObject({ body: { database: 'ok' } }));
  await ask('alter system set default_transaction_read_only = on');
  await ask('select pg_reload_conf()');
  await eventually(() =>
    expect(world.bus.request(candidates.create, JANE, context)).rejects.toMatchObject({
      code: 'service_unavailable',
      retryAfterS: 1,
    }),
  );
  expect(await ready()).toMatchObject({ status: 503, body: { database: 'read-only' } });
  // Its connections are not kept: each next one may be to the server that takes writes.
  const kept = `select from pg_stat_activity where application_name = 'nexivo-candidates'`;
  await eventually(async () => {
    await world.bus.request(candidates.create, JANE, context).catch(() => undefined);
    expect(await ask(kept)).toHaveLength(0);
  });
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query('set default_transaction_read_only = off');
  await admin.query('alter system reset default_transaction_read_only');
  await admin.query('select pg_reload_conf()');
  await admin.end();
  await eventually(() => world.bus.request(candidates.create, JANE, context));
  expect(await ready()).toMatchObject({ body: { database: 'ok' } });
});

it('of several hosts the one that takes writes is used', async () => {
  const { host } = new URL(postgres.url);
  const url = postgres.url.replace(host, `127.0.0.1:${await freePort()},${host}`);
  const pool = new pg.Pool({ Client: clientOf(pg.Client, url), max: 1 });
  try {
    expect((await pool.query('select current_database() as name')).rows).toEqual([{ name: 'postgres' }]);
  } finally {
    await pool.end();
  }
});

/** A server that says of itself that it is of this version, and no more. */
async function fakeServer(version: string) {
  const message = (type: string, ...parts: (Buffer | string)[]): Buffer => {
    const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const head = Buffer.alloc(5, type);
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  const ready = message('Z', 'I');
  const column = Buffer.concat([Buffer.from([0, 1]), Buffer.from('version\0'), Buffer.alloc(18)]);
  column.writeInt32BE(25, 2 + 8 + 6);
  const value = Buffer.from([0, 1, 0, 0, 0, version.length, ...Buffer.from(version)]);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]));
      socket.on('data', () =>
        socket.write(Buffer.concat([message('T', column), message('D', value), message('C', 'SELECT 1\0'), ready])),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

describe('a server on which the product cannot run', () => {
  beforeAll(async () => {
    await ask(`create role guest login password 'secret' connection limit 5`);
    for (const encoding of ['LATIN1', 'SQL_ASCII'])
      await ask(`create database ${encoding.toLowerCase()} encoding '${encoding}' locale 'C' template template0`);
  });

  it('is one of another encoding', async () => {
    await expect(check(urlWith({ database: 'latin1' }))).rejects.toThrow(/encoding LATIN1: UTF8 is needed/);
    await expect(check(urlWith({ database: 'sql_ascii' }))).rejects.toThrow(/encoding SQL_ASCII/);
  });

  it('is one that allows too few connections, and it is told how many', async () => {
    await expect(check(urlWith({ user: 'guest' }), 6)).rejects.toThrow(
      /allows 5 connections \(the limit of the role\), and this service needs 6/,
    );
    await check(urlWith({ user: 'guest' }), 5);
  });

  it('is one that refuses who asks, has no such database, or is not there', async () => {
    await expect(check(urlWith({ user: 'nobody' }))).rejects.toThrow(/refuses user or password of DATABASE_URL/);
    await expect(check(urlWith({ database: 'nothing' }))).rejects.toThrow(/has no such database/);
    await expect(check(urlWith({ port: await freePort() }))).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
  });

  it('is one that is too old', async () => {
    const old = await fakeServer('130014');
    await expect(check(urlWith({ port: old.port }))).rejects.toThrow(/PostgreSQL 13 .* is too old: version 14/);
    old.close();
  });

  it('is one where the role may make no schema: the SQL that is missing is told, and nothing is changed', async () => {
    await expect(prepareSchema(urlWith({ user: 'guest' }), 'jobs', ['btree_gin'])).rejects.toThrow(
      'create schema if not exists "jobs" authorization "guest"; create extension if not exists "btree_gin" schema public;',
    );
  });

  it('is told in one line by the programs, which end with 1', async () => {
    const run = (program: string, database: string) => {
      const env = {
        DATABASE_URL: urlWith({ database }),
        NATS_URL: world.nats.urlFor('candidates'),
        LOG_LEVEL: 'fatal',
      };
      return runProgram('it', process.execPath, programArgs({ fromSources: true }, 'candidates', program), {
        env: { ...machineEnv(), ...env },
        cwd: repositoryRoot,
      });
    };
    const line = /^it failed with exit code 1:\n[^\n]* has the encoding LATIN1[^\n]*$/;
    const programs = ['migrate', 'main'].map((program) => expect(run(program, 'latin1')).rejects.toThrow(line));
    await Promise.all(programs);
  });
});

const throughPooler = hasPooler() ? describe : describe.skip;

it('where the others have left too few connections, that is told once, and the server is used', async () => {
  const [{ free }] = (await ask(
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true), '0')::int as free`,
  )) as [{ free: number }];
  const said: string[] = [];
  const wait = { waitForMs: 0, report: (line: string): void => void said.push(line) };
  await checkServer(postgres.url, { connections: free }, wait);
  expect(said).toEqual([
    expect.stringMatching(new RegExp(String.raw`has \d+ of ${free} connections in use, and .* up to ${free}: raise`)),
  ]);
  await checkServer(postgres.url, { connections: 1 }, wait);
  expect(said).toHaveLength(1);
});

throughPooler('a pooler', () => {
  const started = new AsyncDisposableStack();
  afterAll(() => started.disposeAsync());

  /** @returns the URL through it of the database of a URL, whose user it lets in */
  async function pooled(mode: 'session' | 'transaction', url = postgres.url): Promise<string> {
    const pooler = await startPooler(mode, [url]);
    started.defer(() => pooler.stop());
    return pooler.urlOf(url);
  }

  it('that gives each transaction another session is refused', async () => {
    await expect(check(await pooled('transaction'))).rejects.toThrow(/set its pool_mode to session/);
  });

  it('that gives each client a session of its own is used as a server is', async () => {
    const behind = await startWorld({ postgresUrl: postgres.url });
    try {
      const url = await pooled('session', behind.urlOf('candidates'));
      await check(url);
      await behind.start(SERVICE, { DATABASE_URL: url });
      const context = callFor();
      const { id } = await behind.bus.request(candidates.create, JANE, context);
      expect(await behind.bus.request(candidates.get, { id }, context)).toMatchObject(JANE);
    } finally {
      await behind.stop();
    }
  });
});
