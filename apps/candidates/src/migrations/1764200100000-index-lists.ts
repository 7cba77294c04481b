import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * So that no list reads a whole account: one index for each order, one for the filter that most lists have beside an order, and
 * one for all other filters together, in which Postgres intersects those that a list has. Its list of rows still to be sorted
 * in is kept short, because every query reads it.
 */
const INDEXES = {
  candidates_status: '(account_id, status, created_at, id)',
  candidates_last_name: '(account_id, last_name, id)',
  candidates_first_name: '(account_id, first_name, id)',
  candidates_email_order: '(account_id, email, id)',
  candidates_filters: 'using gin (account_id, city, state, source, skills, tags) with (gin_pending_list_limit = 256)',
};

export class IndexLists1764200100000 implements MigrationInterface {
  readonly name = 'IndexLists1764200100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, on] of Object.entries(INDEXES))
      await queryRunner.query(`create index ${name} on candidates ${on}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await queryRunner.query(`drop index ${name}`);
  }
}
