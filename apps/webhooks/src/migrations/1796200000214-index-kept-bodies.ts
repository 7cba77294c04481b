import { createIndexConcurrentlyV1 } from '@nexivo/store/large-table.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events that a sweep looks at: all but the last of each silent account, of which only the place is kept. */
export class IndexKeptBodies1796200000214 implements MigrationInterface {
  readonly name = 'IndexKeptBodies1796200000214';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return createIndexConcurrentlyV1(
      queryRunner,
      'events_kept_bodies',
      'on events (received_at) where body is not null',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index events_kept_bodies');
  }
}
