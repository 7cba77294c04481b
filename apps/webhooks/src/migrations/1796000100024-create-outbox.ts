import {
  createOutboxConsumedV1,
  createOutboxV1,
  dropOutboxConsumedV1,
  dropOutboxV1,
} from '@nexivo/events/outbox.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhooks that fail or are disabled are told of, too. */
export class CreateOutbox1796000100024 implements MigrationInterface {
  readonly name = 'CreateOutbox1796000100024';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createOutboxV1(queryRunner);
    await createOutboxConsumedV1(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropOutboxConsumedV1(queryRunner);
    await dropOutboxV1(queryRunner);
  }
}
