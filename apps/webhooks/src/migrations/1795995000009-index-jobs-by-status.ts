import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A list of jobs by status takes those of the status alone. */
const INDEXES = { replays_status: 'replays', redeliveries_status: 'redeliveries' };

export class IndexJobsByStatus1795995000009 implements MigrationInterface {
  readonly name = 'IndexJobsByStatus1795995000009';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, table] of Object.entries(INDEXES))
      await queryRunner.query(`create index ${name} on ${table} (account_id, webhook_id, status, created_at, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await queryRunner.query(`drop index ${name}`);
  }
}
