import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that no list reads a whole account: one index for each order, and one for the filter by stage beside an order. */
const INDEXES = {
  submissions_stage: '(account_id, stage, created_at, id)',
  submissions_stage_changed_at: '(account_id, stage_changed_at, id)',
};

export class IndexLists1764200100000 implements MigrationInterface {
  readonly name = 'IndexLists1764200100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, on] of Object.entries(INDEXES))
      await queryRunner.query(`create index ${name} on submissions ${on}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await queryRunner.query(`drop index ${name}`);
  }
}
