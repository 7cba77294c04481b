import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The feed of an account is narrowed by type, by whoever asks or by what his token may read, in the order in which it is shown. */
export class IndexEventsByType1795982430003 implements MigrationInterface {
  readonly name = 'IndexEventsByType1795982430003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create index events_type on events (account_id, type, position)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index events_type');
  }
}
