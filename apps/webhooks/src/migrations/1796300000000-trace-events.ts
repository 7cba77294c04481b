import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An event keeps its trace context, for its deliveries. Those that replicas of the release before record have none. */
export class TraceEvents1796300000000 implements MigrationInterface {
  readonly name = 'TraceEvents1796300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table events add column traceparent text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table events drop column traceparent');
  }
}
