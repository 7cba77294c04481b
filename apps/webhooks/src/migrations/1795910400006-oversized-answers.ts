import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether an endpoint's last success was cut because it was too large: it is degraded until one is not. */
export class OversizedAnswers1795910400006 implements MigrationInterface {
  readonly name = 'OversizedAnswers1795910400006';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table endpoint_health add column is_oversized boolean not null default false`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table endpoint_health drop column is_oversized`);
  }
}
