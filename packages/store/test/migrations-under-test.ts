import type { MigrationInterface, QueryRunner } from 'typeorm';
import { backfillV1, createIndexConcurrentlyV1 } from '../src/large-table.table.js';

const ROWS = 1_000;

abstract class Migration implements MigrationInterface {
  readonly name = this.constructor.name;
  abstract up(queryRunner: QueryRunner): Promise<void>;
  down = (): Promise<void> => Promise.resolve();
}

export class CreateRows1764000000000 extends Migration {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create table rows (account_id uuid, id integer, n integer, primary key (account_id, id))');
    await queryRunner.query(
      `insert into rows select '00000000-0000-0000-0000-000000000000', i, 0 from generate_series(1, ${ROWS}) as i`,
    );
  }
}

export class AddColumn1764000100000 extends Migration {
  up = (queryRunner: QueryRunner): Promise<void> => queryRunner.query('alter table rows add column more text');
}

/** Leaves the session with the limits of the server, as whatever changes them for itself may. */
export class ResetLimits1764000050000 extends Migration {
  readonly transaction = false;
  up = (queryRunner: QueryRunner): Promise<void> => queryRunner.query('reset lock_timeout');
}

/** Keeps how long statements may take. */
export class KeepTimeLimit1764000200000 extends Migration {
  up = (queryRunner: QueryRunner): Promise<void> =>
    queryRunner.query(`create table time_limit as select current_setting('statement_timeout') as value`);
}

export class IndexRows1764000300000 extends Migration {
  readonly transaction = false;
  up = (queryRunner: QueryRunner): Promise<void> =>
    createIndexConcurrentlyV1(queryRunner, 'rows_n', 'on rows (account_id, n)');
}

/** Adds one to `n`, so that a row that is done twice is seen. */
export class CountUp1764000400000 extends Migration {
  readonly transaction = false;
  up = (queryRunner: QueryRunner): Promise<void> =>
    backfillV1(queryRunner, {
      name: this.name,
      table: 'rows',
      key: { account_id: 'uuid', id: 'integer' },
      set: 'n = n + 1',
      batchRows: 100,
    });
}
