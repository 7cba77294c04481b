import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { addSearchColumn, dropSearchColumn } from '@nexivo/search/search-column';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What `q` searches: see packages/search. */
export class CreateSearch1764500000000 implements MigrationInterface {
  readonly name = 'CreateSearch1764500000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return addSearchColumn(queryRunner, 'candidates', CANDIDATE_FIELDS);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSearchColumn(queryRunner, 'candidates');
  }
}
