import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that somebody who types a title sees those that begin so after one letter. */
export class IndexLabel1796120000002 implements MigrationInterface {
  readonly name = 'IndexLabel1796120000002';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'jobs_label',
      `on jobs (account_id, (folded(title) collate "C"), id)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index jobs_label');
  }
}
