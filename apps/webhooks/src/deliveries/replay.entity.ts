import type { Replay } from '@nexivo/contracts/replays';
import { Column, Entity } from 'typeorm';
import { JobEntity } from './job.entity.js';

/** A row of `replays`: a job that puts past events into the queue of a webhook. */
@Entity('replays')
export class ReplayEntity extends JobEntity {
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) until!: Date | null;
  /** What the webhook subscribed to when the replay was asked for. */
  @Column('text', { array: true }) events!: string[];
  /** The next to look at. A bigint, which the driver gives as text. */
  @Column('bigint') position!: string;
  /** The last to look at. */
  @Column('bigint') until_position!: string;
  @Column('int') events_total!: number;
  @Column('int', { default: 0 }) events_done!: number;
}

/** What the API shows of a row. */
export const toReplay = (row: ReplayEntity): Replay => ({
  id: row.id,
  webhook_id: row.webhook_id,
  since: row.since.toISOString(),
  until: row.until?.toISOString() ?? null,
  status: row.status,
  events_total: row.events_total,
  events_done: row.events_done,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  completed_at: row.completed_at?.toISOString() ?? null,
});
