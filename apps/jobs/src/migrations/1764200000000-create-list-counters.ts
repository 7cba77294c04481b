import { createListCountersV1, dropListCountersV1 } from '@nexivo/store/list-counters.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const COUNTED = { table: 'jobs', column: 'status' };

/** How many jobs of each status an account has, for the totals of lists. */
export class CreateListCounters1764200000000 implements MigrationInterface {
  readonly name = 'CreateListCounters1764200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createListCountersV1(queryRunner, COUNTED);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropListCountersV1(queryRunner, COUNTED);
  }
}
