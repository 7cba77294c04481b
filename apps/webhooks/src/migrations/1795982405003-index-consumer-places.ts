import { indexConsumerPlacesV1 } from '@nexivo/events/inbox.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By what an event finds those that wait before it. */
export class IndexConsumerPlaces1795982405003 implements MigrationInterface {
  readonly name = 'IndexConsumerPlaces1795982405003';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return indexConsumerPlacesV1(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index inbox_waiting');
  }
}
