import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The filters of this release. Those of the release before go by `jobs_filters`, which the next one has no use for. */
export class IndexFolded1796120000001 implements MigrationInterface {
  readonly name = 'IndexFolded1796120000001';
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await createIndexConcurrentlyV1(
      queryRunner,
      'jobs_folded_filters',
      `on jobs using gin (account_id, folded(department), folded(location_city), employment_type, workplace, folded_all(tags))
       with (gin_pending_list_limit = 256)`,
    );
    // Of what an index computes there are no statistics before, and without them Postgres takes any filter for a rare one.
    await queryRunner.query('analyze jobs');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index jobs_folded_filters');
  }
}
