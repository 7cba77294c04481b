import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What claims walk through, endpoint by endpoint. It begins with the webhook, so that no plan of a claim takes the index that has what is delayed, too. */
export class IndexReadyDeliveries1796200000211 implements MigrationInterface {
  readonly name = 'IndexReadyDeliveries1796200000211';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'deliveries_ready',
      "on deliveries (webhook_id, account_id, due_at) where status = 'pending' and not is_delayed",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index deliveries_ready');
  }
}
