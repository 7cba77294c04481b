import { addSearchColumn, dropSearchColumn } from '@nexivo/search/fields';
import { createSearch, dropSearch } from '@nexivo/search/functions';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CANDIDATE_FIELDS } from '../candidate-search.js';

/** What `q` searches: see packages/search. */
export class CreateSearch1764300000000 implements MigrationInterface {
  readonly name = 'CreateSearch1764300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createSearch(queryRunner);
    await addSearchColumn(queryRunner, 'candidates', CANDIDATE_FIELDS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropSearchColumn(queryRunner, 'candidates');
    await dropSearch(queryRunner);
  }
}
