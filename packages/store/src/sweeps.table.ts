import type { QueryRunner } from 'typeorm';

/** The `sweeps` table, for the migration of every service that deletes what is old: as of when each of its sweepers last did. */
export async function createSweepsV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`create table sweeps (name text primary key, swept_at timestamptz not null)`);
}

export const dropSweepsV1 = (queryRunner: QueryRunner): Promise<void> => queryRunner.query('drop table sweeps');
