import type { Job, JobStatus } from '@nexivo/contracts/jobs';
import { JOB_FIELDS } from '@nexivo/search/job-fields';
import { derivedSearch } from '@nexivo/search/vector';
import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';

/** The driver hands out `bigint` as text. The contract admits safe integers only, so that a number holds all there are. */
const asNumber: ValueTransformer = {
  to: (value: number | null) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

/** A row of `jobs`. Its members are named as the API names them. */
@Entity('jobs')
export class JobEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('text') title!: string;
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text', { nullable: true }) department!: string | null;
  @Column('text', { nullable: true }) location_city!: string | null;
  @Column('text', { nullable: true }) location_state!: string | null;
  @Column('text', { nullable: true }) location_country!: string | null;
  @Column('text', { nullable: true }) workplace!: Job['workplace'];
  @Column('text', { nullable: true }) employment_type!: Job['employment_type'];
  @Column('int') openings!: number;
  @Column('bigint', { nullable: true, transformer: asNumber }) salary_min!: number | null;
  @Column('bigint', { nullable: true, transformer: asNumber }) salary_max!: number | null;
  @Column('text', { nullable: true }) salary_currency!: string | null;
  @Column('text') status!: JobStatus;
  @Column('text', { array: true }) tags!: string[];
  @Column('text', { nullable: true }) external_id!: string | null;
  @Column('jsonb') custom_fields!: Job['custom_fields'];
  @Column({ type: 'timestamptz', precision: 3 }) opened_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) closed_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) updated_at!: Date;
  /** What `q` searches; written, and never read. */
  @Column('tsvector', { select: false }) search?: string;
}

/** What the API shows of a row. */
export const toJob = ({ account_id: _, version: __, search: ___, ...row }: JobEntity): Job => ({
  ...row,
  opened_at: row.opened_at.toISOString(),
  closed_at: row.closed_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** For the finders, for changes, and for errors about it. */
export const JOB = {
  entity: JobEntity,
  name: 'job',
  toResource: toJob,
  derived: derivedSearch<JobEntity>(JOB_FIELDS),
  isSynchronized: true,
};
