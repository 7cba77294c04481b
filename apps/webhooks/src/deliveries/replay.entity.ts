import type { Replay, ReplayStatus } from '@nexivo/contracts/replays';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `replays`: a job that puts past events into the queue of a webhook. */
@Entity('replays')
export class ReplayEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('uuid') webhook_id!: string;
  @Column({ type: 'timestamptz', precision: 3 }) since!: Date;
  /** What the webhook subscribed to when the replay was asked for. */
  @Column('text', { array: true }) events!: string[];
  /** The next to look at. A bigint, which the driver gives as text. */
  @Column('bigint') position!: string;
  /** The last to look at. */
  @Column('bigint') until_position!: string;
  @Column('int') events_total!: number;
  @Column('int', { default: 0 }) events_done!: number;
  @Column('text') status!: ReplayStatus;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' }) updated_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) completed_at!: Date | null;
}

/** What the API shows of a row. */
export const toReplay = (row: ReplayEntity): Replay => ({
  id: row.id,
  webhook_id: row.webhook_id,
  since: row.since.toISOString(),
  status: row.status,
  events_total: row.events_total,
  events_done: row.events_done,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  completed_at: row.completed_at?.toISOString() ?? null,
});
