import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A delivery that waits for its next attempt is delayed until that is due. What replicas of the release before put off is not marked, and
 * found as before.
 */
export class DelayDeliveries1796200000210 implements MigrationInterface {
  readonly name = 'DelayDeliveries1796200000210';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table deliveries add column is_delayed boolean not null default false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table deliveries drop column is_delayed');
  }
}
