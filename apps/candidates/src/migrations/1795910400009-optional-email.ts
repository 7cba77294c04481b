import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sourced people often have no address that is known. */
export class OptionalEmail1795910400009 implements MigrationInterface {
  readonly name = 'OptionalEmail1795910400009';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table candidates alter column email drop not null');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table candidates alter column email set not null');
  }
}
