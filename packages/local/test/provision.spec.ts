import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres, type Postgres } from '../src/postgres.js';
import { provisionDatabase } from '../src/provision.js';
import { quickSettings, removeTemporaryDirectories, temporaryDirectory } from './support.js';

const services = ['candidates', 'jobs'];
const passwords = { candidates: 'of candidates/@', jobs: 'of jobs' };
let postgres: Postgres;

async function query(url: string | undefined, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

function adminOf(database: string, user?: string): string {
  const url = new URL(postgres.url);
  url.pathname = `/${database}`;
  if (user !== undefined) [url.username, url.password] = [user, 'secret'];
  return url.href;
}

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: temporaryDirectory(), settings: quickSettings });
});
afterAll(async () => {
  await postgres.stop();
  removeTemporaryDirectories();
});

describe('provisionDatabase', () => {
  test('gives each service a schema of its own that no other can read', async () => {
    const urls = await provisionDatabase({ adminUrl: postgres.url, database: 'one', services, passwords });
    await query(urls['candidates'], 'create table people (name text)');
    expect(await query(urls['candidates'], 'select current_schema()')).toEqual(['candidates']);
    await expect(query(urls['jobs'], 'select * from candidates.people')).rejects.toThrow(
      'permission denied for schema candidates',
    );
    await expect(query(urls['jobs'], 'create table public.mine ()')).rejects.toThrow(
      'permission denied for schema public',
    );
    await expect(query(urls['jobs'], 'create schema another')).rejects.toThrow('permission denied for database');
  });

  test('makes the extension usable without naming their schema', async () => {
    const urls = await provisionDatabase({ adminUrl: postgres.url, database: 'one', services, passwords });
    await query(urls['jobs'], 'create table words (account uuid, text tsvector)');
    await query(urls['jobs'], 'create index on words using gin (account, text)');
  });

  test('changes nothing the second time, and two at the same time agree', async () => {
    const options = { adminUrl: postgres.url, database: 'twice', services, passwords };
    const [urls, again] = await Promise.all([provisionDatabase(options), provisionDatabase(options)]);
    expect(again).toEqual(urls);
    await query(urls['jobs'], 'create table kept ()');
    await provisionDatabase(options);
    expect(await query(urls['jobs'], "select to_regclass('kept')::text")).toEqual(['kept']);
  });

  test('keeps the services of two databases of one cluster apart', async () => {
    const one = await provisionDatabase({ adminUrl: postgres.url, database: 'one', services, passwords });
    await provisionDatabase({ adminUrl: postgres.url, database: 'two', services, passwords });
    const elsewhere = one['jobs']?.replace(/one$/, 'two');
    await expect(query(elsewhere, 'select 1')).rejects.toThrow('permission denied for database "two"');
  });

  test('works in a database of an administrator who is no superuser', async () => {
    await query(postgres.url, "create role manager login createrole password 'secret'");
    await query(postgres.url, 'create database external owner manager');
    const options = { adminUrl: adminOf('external', 'manager'), services, passwords };
    await provisionDatabase(options);
    const urls = await provisionDatabase(options);
    expect(await query(urls['jobs'], 'select current_user, current_schema()')).toEqual(['external_jobs', 'jobs']);
  });

  test('lets a role that owns its database, and may create no others, be the role of every service', async () => {
    await query(postgres.url, "create role owner login password 'secret'");
    await query(postgres.url, 'create database owned owner owner');
    const options = { adminUrl: adminOf('owned', 'owner'), services, passwords };
    await provisionDatabase(options);
    const urls = await provisionDatabase(options);
    expect(urls).toEqual({ candidates: options.adminUrl, jobs: options.adminUrl });
    const owners = `select nspowner::regrole::text from pg_namespace where nspname in ('candidates', 'jobs')`;
    expect(await query(urls['jobs'], owners)).toEqual(['owner', 'owner']);
  });

  test('names the grants that are missing', async () => {
    await query(postgres.url, "create role guest login password 'secret'");
    await query(postgres.url, 'create database visited');
    const attempt = provisionDatabase({ adminUrl: adminOf('visited', 'guest'), services, passwords });
    await expect(attempt).rejects.toThrow('GRANT CREATE ON DATABASE "visited" TO "guest";');
  });
});
