import { createInboxV1, dropInboxV1 } from '@nexivo/events/inbox.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events that this service has handled, so that none of them takes effect twice. */
export class CreateInbox1764100100000 implements MigrationInterface {
  readonly name = 'CreateInbox1764100100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createInboxV1(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropInboxV1(queryRunner);
  }
}
