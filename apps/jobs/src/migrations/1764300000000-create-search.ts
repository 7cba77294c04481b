import { addSearchColumn, dropSearchColumn } from '@nexivo/search/fields';
import { createSearch, dropSearch } from '@nexivo/search/functions';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { JOB_FIELDS } from '../job-search.js';

/** What `q` searches: see packages/search. */
export class CreateSearch1764300000000 implements MigrationInterface {
  readonly name = 'CreateSearch1764300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createSearch(queryRunner);
    await addSearchColumn(queryRunner, 'jobs', JOB_FIELDS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropSearchColumn(queryRunner, 'jobs');
    await dropSearch(queryRunner);
  }
}
