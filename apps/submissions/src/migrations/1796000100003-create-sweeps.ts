import { createSweepsV1, dropSweepsV1 } from '@nexivo/store/sweeps.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As of when each sweeper last deleted: a clock that is far ahead for a while takes little. */
export class CreateSweeps1796000100003 implements MigrationInterface {
  readonly name = 'CreateSweeps1796000100003';

  up(queryRunner: QueryRunner): Promise<void> {
    return createSweepsV1(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSweepsV1(queryRunner);
  }
}
