import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log of a webhook is narrowed by status and by type of event in the order in which it is shown. What has failed is also found by
 * when it was given up, for bulk redeliveries, and shown by that; these indexes have few rows and cost the others nothing.
 */
export class IndexDeliveries1764700000000 implements MigrationInterface {
  readonly name = 'IndexDeliveries1764700000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `create index deliveries_webhook_status on deliveries (account_id, webhook_id, status, created_at, id)`,
    );
    await queryRunner.query(
      `create index deliveries_webhook_event_type on deliveries (account_id, webhook_id, event_type, created_at, id)`,
    );
    await queryRunner.query(
      `create index deliveries_failed on deliveries (account_id, webhook_id, completed_at, id) where status = 'failed'`,
    );
    await queryRunner.query(
      `create index deliveries_failed_updated_at on deliveries (account_id, webhook_id, updated_at, id) where status = 'failed'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ['failed_updated_at', 'failed', 'webhook_event_type', 'webhook_status']) {
      await queryRunner.query(`drop index deliveries_${name}`);
    }
  }
}
