import { addSearchColumnV1, dropSearchColumnV1 } from '@nexivo/search/search.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As they were in this release. Today's are in packages/search. */
const FIELDS = [
  { field: 'name', code: 'N', columns: ['first_name', 'last_name'], weight: 'A' },
  { field: 'title', code: 'T', columns: ['current_title'], weight: 'A' },
  { field: 'company', code: 'C', columns: ['current_company'], weight: 'B' },
  { field: 'skill', code: 'K', columns: ['skills'], weight: 'B', isArray: true },
  { field: 'tag', code: 'G', columns: ['tags'], weight: 'C', isArray: true },
  { field: 'email', code: 'E', columns: ['email'], weight: 'C' },
  { field: 'city', code: 'Y', columns: ['city'], weight: 'C' },
  { field: 'state', code: 'S', columns: ['state'], weight: 'C' },
  { field: 'summary', code: 'M', columns: ['summary'], weight: 'D', isLong: true },
] as const;

/** What `q` searches: see packages/search. */
export class CreateSearch1764500000000 implements MigrationInterface {
  readonly name = 'CreateSearch1764500000000';

  up(queryRunner: QueryRunner): Promise<void> {
    return addSearchColumnV1(queryRunner, 'candidates', FIELDS);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropSearchColumnV1(queryRunner, 'candidates');
  }
}
