import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events know the object that they are about. Older rows stay without: to fill them would rewrite the whole table, and they are
 * deleted within weeks. The index holds only the rows that have one, so it is empty, and built at once, when it is made.
 */
export class AddObjectToEvents1764600000000 implements MigrationInterface {
  readonly name = 'AddObjectToEvents1764600000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table events add column object_id uuid`);
    await queryRunner.query(`create index events_object on events (account_id, object_id) where object_id is not null`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table events drop column object_id`);
  }
}
