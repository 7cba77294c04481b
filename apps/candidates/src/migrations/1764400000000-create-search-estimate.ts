import { createSearchEstimate, dropSearchEstimate } from '@nexivo/search/search-plan';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By what a search is planned: see packages/search. */
export class CreateSearchEstimate1764400000000 implements MigrationInterface {
  readonly name = 'CreateSearchEstimate1764400000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return createSearchEstimate(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSearchEstimate(queryRunner);
  }
}
