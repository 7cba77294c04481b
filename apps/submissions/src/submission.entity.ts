import type { Stage, Submission } from '@nexivo/contracts/submissions';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `submissions`. Its members are named as the API names them. */
@Entity('submissions')
export class SubmissionEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('uuid') job_id!: string;
  @Column('uuid') candidate_id!: string;
  @Column('text') stage!: Stage;
  @Column('text', { nullable: true }) notes!: string | null;
  @Column('text', { nullable: true }) source!: string | null;
  @Column('text', { nullable: true }) rejection_reason!: string | null;
  @Column({ type: 'timestamptz', precision: 3 }) stage_changed_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) placed_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) rejected_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) updated_at!: Date;
}

/** What the API shows of a row. */
export const toSubmission = ({ account_id: _, version: __, ...row }: SubmissionEntity): Submission => ({
  ...row,
  stage_changed_at: row.stage_changed_at.toISOString(),
  placed_at: row.placed_at?.toISOString() ?? null,
  rejected_at: row.rejected_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** For the finders, for changes, and for errors about it. */
export const SUBMISSION = {
  entity: SubmissionEntity,
  name: 'submission',
  toResource: toSubmission,
  isSynchronized: true,
};
