import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { POSTGRES_URL } from '@nexivo/testing/global-setup';
import fc from 'fast-check';
import { Client } from 'pg';
import { copyRows } from '../src/copy.js';

const schema = `copy_${randomUUID().replaceAll('-', '')}`;
let client: Client;

beforeAll(async () => {
  client = new Client({ connectionString: process.env[POSTGRES_URL]! });
  await client.connect();
  await client.query(`create schema ${schema}`);
  await client.query(`set search_path = ${schema}, public`);
});
afterAll(async () => {
  await client.query(`drop schema ${schema} cascade`);
  await client.end();
});
beforeEach(async () => {
  await client.query('drop table if exists rows');
  await client.query(
    'create table rows (id integer primary key, name text, skills text[] not null, fields jsonb not null, at timestamptz(3))',
  );
});

const stored = async (): Promise<object[]> => (await client.query<object>('select * from rows order by id')).rows;
const uncounted = (): void => undefined;
const row = (id: number) => ({ id, name: `name ${id}`, skills: ['C++'], fields: { id }, at: new Date(0) });
const asRows = (...all: object[]) => ({ table: 'rows', rows: () => all });

describe('copyRows', () => {
  it('stores every value as it was, whatever characters are in it', async () => {
    // Postgres stores neither NUL nor half a character.
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed());
    const values = fc.record({
      name: fc.option(fc.oneof(text, fc.constantFrom('\\N', '\\.', '', '\t\n\r\\t'))),
      skills: fc.array(fc.oneof(text, fc.constantFrom('NULL', '"', '\\', '{}', ','))),
      fields: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean())),
    });
    const given = fc.sample(values, 2_000).map((each, id) => ({ id, ...each, at: null }));
    await expect(copyRows(client, asRows(...given), uncounted)).resolves.toBe(given.length);
    const without = ({ fields: _, ...others }: Record<string, unknown>) => others;
    expect((await stored()).map((each) => without({ ...each }))).toEqual(given.map(without));
    // Postgres compares the objects: JSON.parse of Node 24 takes now and then a key of one escaped character for a backslash.
    const { rows: wrong } = await client.query(
      `select id, rows.fields, given.fields as given
       from rows join jsonb_array_elements($1::jsonb) with ordinality as given (fields, place) on id = place - 1
       where rows.fields is distinct from given.fields`,
      [JSON.stringify(given.map(({ fields }) => fields))],
    );
    expect(wrong).toEqual([]);
  });

  it('sends nothing where there are no rows, and counts each row that it sends', async () => {
    await expect(copyRows(client, asRows(), uncounted)).resolves.toBe(0);
    const many = Array.from({ length: 5_000 }, (_, id) => ({ ...row(id), at: '2026-11-23T12:00:00.123Z' }));
    let counted = 0;
    await copyRows(client, asRows(...many), (count) => (counted += count));
    expect([counted, (await stored()).length]).toEqual([5_000, 5_000]);
    expect((await stored())[0]).toMatchObject({ at: new Date('2026-11-23T12:00:00.123Z') });
  });

  it('fails as a whole at a row that Postgres refuses, and leaves a connection that can be used', async () => {
    const twice = [row(1), row(2), row(1)].map((each) => ({ ...each, at: null }));
    await expect(copyRows(client, asRows(...twice), uncounted)).rejects.toThrow(/duplicate key/);
    expect(await stored()).toEqual([]);
  });

  it('fails as a whole when the rows come to an end by an error', async () => {
    const failing = {
      table: 'rows',
      *rows() {
        yield { ...row(1), at: null };
        throw new Error('no more');
      },
    };
    await expect(copyRows(client, failing, uncounted)).rejects.toThrow('no more');
    expect(await stored()).toEqual([]);
  });
});
