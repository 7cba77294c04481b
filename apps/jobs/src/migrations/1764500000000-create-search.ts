import { JOB_FIELDS } from '@nexivo/search/job-fields';
import { addSearchColumn, dropSearchColumn } from '@nexivo/search/search-column';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What `q` searches: see packages/search. */
export class CreateSearch1764500000000 implements MigrationInterface {
  readonly name = 'CreateSearch1764500000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return addSearchColumn(queryRunner, 'jobs', JOB_FIELDS);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSearchColumn(queryRunner, 'jobs');
  }
}
