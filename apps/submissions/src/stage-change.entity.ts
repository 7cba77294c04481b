import { parsePrincipal } from '@nexivo/contracts/principal';
import type { Stage, StageChange } from '@nexivo/contracts/submissions';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `submission_stage_changes`: the history of a submission, which is only ever added to. */
@Entity('submission_stage_changes')
export class StageChangeEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') submission_id!: string;
  /** The version of the submission that the change made: unique and in order without a counter of its own. */
  @PrimaryColumn('int') version!: number;
  @Column('text', { nullable: true }) from_stage!: Stage | null;
  @Column('text') to_stage!: Stage;
  /** A principal as one word. */
  @Column('text') changed_by!: string;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column({ type: 'timestamptz', precision: 3 }) at!: Date;
}

/** What the API shows of a row. */
export const toStageChange = (row: StageChangeEntity): StageChange => ({
  from: row.from_stage,
  to: row.to_stage,
  changed_by: parsePrincipal(row.changed_by),
  reason: row.reason,
  at: row.at.toISOString(),
});
