import { createSearchEstimateV1, dropSearchEstimateV1 } from '@nexivo/search/search.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By what a search is planned: see packages/search. */
export class CreateSearchEstimate1764400000000 implements MigrationInterface {
  readonly name = 'CreateSearchEstimate1764400000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return createSearchEstimateV1(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSearchEstimateV1(queryRunner);
  }
}
