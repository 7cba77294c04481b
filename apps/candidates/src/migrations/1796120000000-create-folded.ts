import { createFoldedV1, dropFoldedV1 } from '@nexivo/store/folded.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which filters compare texts without case and accents. */
export class CreateFolded1796120000000 implements MigrationInterface {
  readonly name = 'CreateFolded1796120000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return createFoldedV1(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropFoldedV1(queryRunner);
  }
}
