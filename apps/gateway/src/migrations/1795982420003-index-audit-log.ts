import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log is read by time, and narrowed by time, by who did something and by what kind of actor that is: each has an index in that
 * order.
 */
const INDEXES = {
  audit_log_at: '(account_id, at, id)',
  audit_log_actor_type: `(account_id, split_part(actor, ':', 1), at, id)`,
};

export class IndexAuditLog1795982420003 implements MigrationInterface {
  readonly name = 'IndexAuditLog1795982420003';
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, on] of Object.entries(INDEXES))
      await createIndexConcurrentlyV1(queryRunner, name, `on audit_log ${on}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await queryRunner.query(`drop index ${name}`);
  }
}
