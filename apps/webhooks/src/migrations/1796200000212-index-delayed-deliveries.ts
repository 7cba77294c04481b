import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is delayed, in the order in which it is due. */
export class IndexDelayedDeliveries1796200000212 implements MigrationInterface {
  readonly name = 'IndexDelayedDeliveries1796200000212';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'deliveries_delayed',
      "on deliveries (due_at) where status = 'pending' and is_delayed",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index deliveries_delayed');
  }
}
