import { createListCountersV1, dropListCountersV1 } from '@nexivo/store/list-counters.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const COUNTED = { table: 'candidates', column: 'status' };

/** How many candidates of each status an account has, for the totals of lists. */
export class CreateListCounters1764200000000 implements MigrationInterface {
  readonly name = 'CreateListCounters1764200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createListCountersV1(queryRunner, COUNTED);
    // The time of the insert, not of its transaction's begin: whoever reads on from a time relies on it (visibility-horizon.ts).
    for (const column of ['created_at', 'updated_at']) {
      await queryRunner.query(`alter table candidates alter column ${column} set default statement_timestamp()`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const column of ['created_at', 'updated_at']) {
      await queryRunner.query(`alter table candidates alter column ${column} set default now()`);
    }
    await dropListCountersV1(queryRunner, COUNTED);
  }
}
