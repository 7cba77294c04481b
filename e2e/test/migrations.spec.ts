import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { serviceNames } from '@nexivo/local/services';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Checksums, checksumOf, differences } from './migration-checksums.js';

interface ServiceDatabase {
  database: { migrations: readonly (new () => MigrationInterface & { name: string })[] };
}

const released = JSON.parse(readFileSync(new URL('released-migrations.json', import.meta.url), 'utf8')) as Checksums;

/** Of every migration of every service. */
async function currentChecksums(): Promise<Checksums> {
  const checksums: Record<string, string> = {};
  for (const service of serviceNames) {
    const { database } = (await import(`@nexivo/${service}/database`)) as ServiceDatabase;
    for (const Migration of database.migrations) {
      const migration = new Migration();
      checksums[`${service}/${migration.name}`] = await checksumOf(migration);
    }
  }
  return checksums;
}

it('migrations do what they did when they were released', async () => {
  expect(differences(released, await currentChecksums())).toEqual([]);
});

describe('a checksum', () => {
  const migration = (...statements: string[]): MigrationInterface => ({
    up: async (queryRunner: QueryRunner) => {
      for (const statement of statements) await queryRunner.query(statement);
    },
    down: (queryRunner: QueryRunner) => queryRunner.query('drop table a'),
  });
  const checksum = checksumOf(migration('create table a (id uuid)', 'create index b on a (id)'));

  it('does not change with the layout', async () => {
    const other = migration('\n  create table a\n    (id uuid)', 'create index b on a (id)');
    expect(await checksumOf(other)).toBe(await checksum);
  });

  it.each([
    ['another statement', ['create table a (id text)', 'create index b on a (id)']],
    ['another order', ['create index b on a (id)', 'create table a (id uuid)']],
    ['one statement less', ['create table a (id uuid)']],
  ])('changes with %s', async (_, statements) => {
    expect(await checksumOf(migration(...statements))).not.toBe(await checksum);
  });

  it('covers what is done for each batch of rows', async () => {
    const filling = (statement: string): MigrationInterface => ({
      up: async (queryRunner: QueryRunner) => {
        for (;;) {
          const rows: unknown[] = await queryRunner.query('select id from a limit 10', []);
          if (rows.length === 0) return;
          await queryRunner.query(statement);
        }
      },
      down: () => Promise.resolve(),
    });
    expect(await checksumOf(filling('update a set b = 1'))).not.toBe(await checksumOf(filling('update a set b = 2')));
  });
});

describe('whoever touches history is told', () => {
  const [kept, changed] = ['jobs/A1', 'jobs/B2'];

  it('to put back what was changed, and to write a migration', () => {
    expect(differences({ [kept]: 'a', [changed]: 'b' }, { [kept]: 'a', [changed]: 'c' })).toEqual([
      expect.stringMatching(/^jobs\/B2 .*Put it back, and make the change in a new migration/),
    ]);
  });

  it('to put back what was removed', () => {
    expect(differences({ [kept]: 'a', [changed]: 'b' }, { [kept]: 'a' })).toEqual([
      expect.stringMatching(/^jobs\/B2 is gone.*Put it back/),
    ]);
  });

  it('the line that freezes a new migration', () => {
    expect(differences({ [kept]: 'a' }, { [kept]: 'a', [changed]: 'b' })).toEqual([
      expect.stringContaining('released-migrations.json: "jobs/B2": "b"'),
    ]);
  });
});
