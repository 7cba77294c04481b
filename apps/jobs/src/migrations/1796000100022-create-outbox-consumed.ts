import { createOutboxConsumedV1, dropOutboxConsumedV1 } from '@nexivo/events/outbox.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far the slowest consumer is: the outbox keeps what is beyond. */
export class CreateOutboxConsumed1796000100022 implements MigrationInterface {
  readonly name = 'CreateOutboxConsumed1796000100022';

  up(queryRunner: QueryRunner): Promise<void> {
    return createOutboxConsumedV1(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropOutboxConsumedV1(queryRunner);
  }
}
