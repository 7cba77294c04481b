import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The feed of an account is narrowed by type, by whoever asks or by what his token may read, in the order in which it is shown. */
export class IndexEventsByType1795982430003 implements MigrationInterface {
  readonly name = 'IndexEventsByType1795982430003';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(queryRunner, 'events_type', 'on events (account_id, type, position)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index events_type');
  }
}
