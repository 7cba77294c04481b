import { addSearchColumnV1, dropSearchColumnV1 } from '@nexivo/search/search.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As they were in this release. Today's are in packages/search. */
const FIELDS = [
  { field: 'title', code: 'T', columns: ['title'], weight: 'A' },
  { field: 'department', code: 'P', columns: ['department'], weight: 'B' },
  { field: 'city', code: 'Y', columns: ['location_city'], weight: 'C' },
  { field: 'tag', code: 'G', columns: ['tags'], weight: 'C', isArray: true },
  { field: 'description', code: 'D', columns: ['description'], weight: 'D', isLong: true },
] as const;

/** What `q` searches: see packages/search. */
export class CreateSearch1764500000000 implements MigrationInterface {
  readonly name = 'CreateSearch1764500000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return addSearchColumnV1(queryRunner, 'jobs', FIELDS);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSearchColumnV1(queryRunner, 'jobs');
  }
}
