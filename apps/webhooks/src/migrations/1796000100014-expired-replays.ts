import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A replay may have been overtaken by retention. A release that does not know so goes on as before. */
export class ExpiredReplays1796000100014 implements MigrationInterface {
  readonly name = 'ExpiredReplays1796000100014';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table replays drop constraint replays_status_check,
        add constraint replays_status_check check (status in ('running', 'completed', 'cancelled', 'expired'))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`update replays set status = 'cancelled' where status = 'expired'`);
    await queryRunner.query(`
      alter table replays drop constraint replays_status_check,
        add constraint replays_status_check check (status in ('running', 'completed', 'cancelled'))`);
  }
}
