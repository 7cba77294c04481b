import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Failed deliveries are counted so far and no further: whether a job has counted them all is part of it. */
export class CapRedeliveryCounts1795982440003 implements MigrationInterface {
  readonly name = 'CapRedeliveryCounts1795982440003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'alter table redeliveries add column deliveries_total_is_exact boolean not null default true',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table redeliveries drop column deliveries_total_is_exact');
  }
}
