import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that somebody who types a name sees those that begin so after one letter. */
export class IndexLabel1796120000002 implements MigrationInterface {
  readonly name = 'IndexLabel1796120000002';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'candidates_label',
      `on candidates (account_id, (folded(first_name || ' ' || last_name) collate "C"), id)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index candidates_label');
  }
}
