import type { DeliverySummary } from '@nexivo/contracts/deliveries';
import type { Redelivery } from '@nexivo/contracts/redeliveries';
import { Column, Entity } from 'typeorm';
import { JobEntity } from './job.entity.js';

/** A row of `redeliveries`: a job that makes failed deliveries of a webhook due again. */
@Entity('redeliveries')
export class RedeliveryEntity extends JobEntity {
  @Column({ type: 'timestamptz', precision: 3 }) until!: Date;
  @Column('text', { nullable: true }) event_type!: DeliverySummary['event_type'] | null;
  /** `completed_at` and id of the delivery that was looked at last. */
  @Column({ type: 'timestamptz', precision: 3 }) after_at!: Date;
  @Column('uuid') after_id!: string;
  @Column('int') deliveries_total!: number;
  @Column('boolean', { default: true }) deliveries_total_is_exact!: boolean;
  @Column('int', { default: 0 }) deliveries_done!: number;
}

/** What the API shows of a row. */
export const toRedelivery = (row: RedeliveryEntity): Redelivery => ({
  id: row.id,
  webhook_id: row.webhook_id,
  since: row.since.toISOString(),
  until: row.until.toISOString(),
  event_type: row.event_type,
  status: row.status,
  deliveries_total: row.deliveries_total,
  deliveries_total_is_exact: row.deliveries_total_is_exact,
  deliveries_done: row.deliveries_done,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  completed_at: row.completed_at?.toISOString() ?? null,
});
