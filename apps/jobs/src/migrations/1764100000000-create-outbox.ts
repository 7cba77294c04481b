import { createOutboxV1, dropOutboxV1 } from '@nexivo/events/outbox.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events of this service's changes, kept until they have been published. */
export class CreateOutbox1764100000000 implements MigrationInterface {
  readonly name = 'CreateOutbox1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createOutboxV1(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropOutboxV1(queryRunner);
  }
}
