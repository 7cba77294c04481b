import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was not tried before, so that the newest of it is found behind whatever else is due. */
export class IndexFirstAttempts1796200000213 implements MigrationInterface {
  readonly name = 'IndexFirstAttempts1796200000213';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'deliveries_first_attempts',
      "on deliveries (due_at) where status = 'pending' and attempts_total = 0 and origin <> 'replay'",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index deliveries_first_attempts');
  }
}
