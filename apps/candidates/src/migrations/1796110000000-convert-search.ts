import { convertSearchV1, unconvertSearchV1 } from '@nexivo/search/search.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As they were in this release. Today's are in packages/search. */
const FIELDS = [
  { field: 'name', code: 'N', columns: ['first_name', 'last_name'], weight: 'A', isName: true },
  { field: 'title', code: 'T', aliases: ['current_title'], columns: ['current_title'], weight: 'A' },
  { field: 'company', code: 'C', aliases: ['current_company'], columns: ['current_company'], weight: 'B' },
  { field: 'skill', code: 'K', aliases: ['skills'], columns: ['skills'], weight: 'B', isArray: true },
  { field: 'tag', code: 'G', aliases: ['tags'], columns: ['tags'], weight: 'C', isArray: true },
  { field: 'email', code: 'E', columns: ['email'], weight: 'C' },
  { field: 'city', code: 'Y', columns: ['city'], weight: 'C' },
  { field: 'state', code: 'S', columns: ['state'], weight: 'C' },
  { field: 'first_name', code: 'F', columns: ['first_name'], weight: 'A', isOnlyNamed: true },
  { field: 'last_name', code: 'L', columns: ['last_name'], weight: 'A', isOnlyNamed: true },
  { field: 'country', code: 'O', columns: ['country'], weight: 'C', isOnlyNamed: true },
  { field: 'source', code: 'R', columns: ['source'], weight: 'C', isOnlyNamed: true },
  { field: 'phone', code: 'P', columns: ['phone'], weight: 'C', key: 'phone' },
  {
    field: 'link',
    code: 'U',
    aliases: ['linkedin_url', 'website_url'],
    columns: ['linkedin_url', 'website_url'],
    weight: 'C',
    key: 'link',
  },
  { field: 'external_id', code: 'X', columns: ['external_id'], weight: 'C', key: 'id' },
  { field: 'summary', code: 'M', columns: ['summary'], weight: 'D', isLong: true },
] as const;

/**
 * More fields, several spellings of a word, and all of a long text. What the release before has written stays in each row, so that it
 * finds every row meanwhile.
 */
export class ConvertSearch1796110000000 implements MigrationInterface {
  readonly name = 'ConvertSearch1796110000000';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return convertSearchV1(queryRunner, 'candidates', FIELDS, 'V2');
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return unconvertSearchV1(queryRunner, 'candidates');
  }
}
