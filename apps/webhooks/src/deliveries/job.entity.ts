import type { JobStatus } from '@nexivo/contracts/replays';
import { Column, type EntityManager, PrimaryColumn } from 'typeorm';

/** The columns of every job that works for a webhook, bit by bit. */
export abstract class JobEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('uuid') webhook_id!: string;
  @Column({ type: 'timestamptz', precision: 3 }) since!: Date;
  @Column('text') status!: JobStatus;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' }) updated_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) completed_at!: Date | null;
}

/** Jobs that put work into the queues of webhooks, bit by bit. */
export interface JobKind<Row extends JobEntity> {
  readonly table: string;
  /** Does at most so much more of a job that is locked, and writes down how far it is. */
  advance(tx: EntityManager, job: Row, limit: number): Promise<void>;
}

/** The columns of a job that begins now. */
export const firstState = (
  now: Date,
  total: number,
): Pick<JobEntity, 'status' | 'created_at' | 'updated_at' | 'completed_at'> => ({
  status: total > 0 ? 'running' : 'completed',
  created_at: now,
  updated_at: now,
  completed_at: total > 0 ? null : now,
});
