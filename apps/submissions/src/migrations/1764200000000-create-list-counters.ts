import { createListCounters, dropListCounters } from '@nexivo/store/list-counters';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const COUNTED = { table: 'submissions', column: 'stage' };

/** How many submissions of each stage an account has, for the totals of lists. */
export class CreateListCounters1764200000000 implements MigrationInterface {
  readonly name = 'CreateListCounters1764200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createListCounters(queryRunner, COUNTED);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropListCounters(queryRunner, COUNTED);
  }
}
