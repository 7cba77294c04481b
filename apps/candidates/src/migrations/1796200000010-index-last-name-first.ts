import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that somebody who types a last name first sees those that begin so after one letter, too. */
export class IndexLastNameFirst1796200000010 implements MigrationInterface {
  readonly name = 'IndexLastNameFirst1796200000010';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'candidates_last_name_first',
      `on candidates (account_id, (folded(last_name || ' ' || first_name) collate "C"), id)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index candidates_last_name_first');
  }
}
