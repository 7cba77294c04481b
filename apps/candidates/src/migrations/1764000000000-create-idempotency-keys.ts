import { createIdempotencyKeysV1, dropIdempotencyKeysV1 } from '@nexivo/store/idempotency.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The answers to this service's writes, kept for those that are sent again. */
export class CreateIdempotencyKeys1764000000000 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createIdempotencyKeysV1(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropIdempotencyKeysV1(queryRunner);
  }
}
