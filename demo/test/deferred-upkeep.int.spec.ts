import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { POSTGRES_URL } from '@nexivo/testing/global-setup';
import { Pool } from 'pg';
import { withDeferredUpkeep } from '../src/deferred-upkeep.js';

const schema = `deferred_${randomUUID().replaceAll('-', '')}`;
let pool: Pool;

beforeAll(async () => {
  pool = new Pool({ connectionString: process.env[POSTGRES_URL]!, max: 1 });
  await pool.query(`create schema ${schema}`);
  await pool.query(`set search_path = ${schema}, public`);
});
afterAll(async () => {
  await pool.query(`drop schema ${schema} cascade`);
  await pool.end();
});
beforeEach(async () => {
  await pool.query(`
    drop table if exists people;
    create table people (id integer primary key, skills text[] not null, tags text[] not null, cities text[] not null) with (fillfactor = 90);
    create index people_cities on people using gin (cities);
    create index people_skills on people using gin (skills) with (fastupdate = off);
    create index people_tags on people using gin (tags) with (gin_pending_list_limit = 256)`);
});

const options = async (): Promise<Record<string, string[] | null>> => {
  const { rows } = await pool.query<{ relname: string; reloptions: string[] | null }>(
    `select relname, reloptions from pg_class where relnamespace = '${schema}'::regnamespace and relkind in ('r', 'i') order by 1`,
  );
  return Object.fromEntries(rows.map(({ relname, reloptions }) => [relname, reloptions]));
};
const OWN = {
  people: ['fillfactor=90'],
  people_cities: null,
  people_pkey: null,
  people_skills: ['fastupdate=off'],
  people_tags: ['gin_pending_list_limit=256'],
};
const fill = () =>
  pool.query(`insert into people select n, array['C++', 's' || n], array['remote'], array['Berlin']
              from generate_series(1, 5000) as n`);
/** How many pages of a GIN index wait to be sorted in. */
const pendingPages = async (index: string): Promise<number> =>
  (await pool.query<{ pages: number }>('select gin_clean_pending_list($1)::integer as pages', [index])).rows[0]!.pages;

describe('withDeferredUpkeep', () => {
  it('puts upkeep off meanwhile, and afterwards table and indexes have their own options and all rows', async () => {
    let meanwhile: unknown;
    await withDeferredUpkeep(pool, ['people'], 5_000, async () => {
      await fill();
      meanwhile = await options();
    });
    const deferred = ['fastupdate=on', 'gin_pending_list_limit=32768'];
    expect(meanwhile).toEqual({
      people: ['fillfactor=90', 'autovacuum_analyze_threshold=5000', 'autovacuum_vacuum_insert_threshold=5000'],
      people_cities: deferred,
      people_pkey: null,
      people_skills: expect.arrayContaining(deferred),
      people_tags: expect.arrayContaining(deferred),
    });
    expect(await options()).toEqual(OWN);
    for (const index of ['people_cities', 'people_skills', 'people_tags']) expect(await pendingPages(index)).toBe(0);
    await pool.query('set enable_seqscan = off');
    const { rowCount } = await pool.query(`select from people where skills @> '{s4999}'`);
    await pool.query('reset enable_seqscan');
    expect(rowCount).toBe(1);
  });

  it('gives table and indexes their own options back when what fills the tables fails', async () => {
    await expect(withDeferredUpkeep(pool, ['people'], 5_000, () => Promise.reject(new Error('away')))).rejects.toThrow(
      'away',
    );
    expect(await options()).toEqual(OWN);
  });

  it('does so as well when it was killed the time before', async () => {
    let isReached: () => void;
    const reached = new Promise<void>((resolve) => (isReached = resolve));
    void withDeferredUpkeep(pool, ['people'], 5_000, () => {
      isReached();
      return new Promise<void>(() => undefined);
    });
    await reached;
    expect(await options()).not.toEqual(OWN);
    await withDeferredUpkeep(pool, ['people'], 5_000, async () => void (await fill()));
    expect(await options()).toEqual(OWN);
    expect(await pendingPages('people_skills')).toBe(0);
    const { rows } = await pool.query(
      `select obj_description('people_skills'::regclass, 'pg_class') as index, obj_description('people'::regclass, 'pg_class') as table`,
    );
    expect(rows).toEqual([{ index: null, table: null }]);
  });
});
