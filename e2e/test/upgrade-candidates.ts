/** The migrate step of candidates, with what a later release might want of a large table. */
import { database } from '@nexivo/candidates/database';
import { backfillV1, createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import { runMigrations } from '@nexivo/store/migrate';
import type { MigrationInterface, QueryRunner } from 'typeorm';

class CountUpgrades1900000000000 implements MigrationInterface {
  readonly name = 'CountUpgrades1900000000000';
  up = (queryRunner: QueryRunner): Promise<void> =>
    queryRunner.query('alter table candidates add column upgrades smallint');
  down = (): Promise<void> => Promise.resolve();
}

class FillUpgrades1900000100000 implements MigrationInterface {
  readonly name = 'FillUpgrades1900000100000';
  readonly transaction = false;
  up = (queryRunner: QueryRunner): Promise<void> =>
    backfillV1(queryRunner, {
      name: this.name,
      table: 'candidates',
      key: { account_id: 'uuid', id: 'uuid' },
      set: 'upgrades = coalesce(upgrades, 0) + 1',
    });
  down = (): Promise<void> => Promise.resolve();
}

class IndexUpgrades1900000200000 implements MigrationInterface {
  readonly name = 'IndexUpgrades1900000200000';
  readonly transaction = false;
  up = (queryRunner: QueryRunner): Promise<void> =>
    createIndexConcurrentlyV1(queryRunner, 'candidates_upgrades', 'on candidates (account_id, upgrades)');
  down = (): Promise<void> => Promise.resolve();
}

await runMigrations({
  ...database,
  migrations: [
    ...database.migrations,
    CountUpgrades1900000000000,
    FillUpgrades1900000100000,
    IndexUpgrades1900000200000,
  ],
});
