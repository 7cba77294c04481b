import { convertSearchV1, unconvertSearchV1 } from '@nexivo/search/search.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As they were in this release. Today's are in packages/search. */
const FIELDS = [
  { field: 'title', code: 'T', columns: ['title'], weight: 'A' },
  { field: 'department', code: 'P', columns: ['department'], weight: 'B' },
  { field: 'city', code: 'Y', aliases: ['location_city'], columns: ['location_city'], weight: 'C' },
  { field: 'tag', code: 'G', aliases: ['tags'], columns: ['tags'], weight: 'C', isArray: true },
  { field: 'state', code: 'S', aliases: ['location_state'], columns: ['location_state'], weight: 'C' },
  {
    field: 'country',
    code: 'O',
    aliases: ['location_country'],
    columns: ['location_country'],
    weight: 'C',
    isOnlyNamed: true,
  },
  { field: 'external_id', code: 'X', columns: ['external_id'], weight: 'C', key: 'id' },
  { field: 'description', code: 'D', columns: ['description'], weight: 'D', isLong: true },
] as const;

/**
 * More fields, several spellings of a word, and all of a long text. What the release before has written stays in each row, so that it
 * finds every row meanwhile.
 */
export class ConvertSearch1796110000000 implements MigrationInterface {
  readonly name = 'ConvertSearch1796110000000';
  readonly transaction = false;

  up(queryRunner: QueryRunner): Promise<void> {
    return convertSearchV1(queryRunner, 'jobs', FIELDS, 'V2');
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return unconvertSearchV1(queryRunner, 'jobs');
  }
}
