import type { Attempt, Delivery, DeliveryOrigin, DeliveryStatus, DeliverySummary } from '@nexivo/contracts/deliveries';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `deliveries`, without what only the worker needs. */
@Entity('deliveries')
export class DeliveryEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('uuid') webhook_id!: string;
  @Column('text') event_id!: string;
  @Column('text') event_type!: DeliverySummary['event_type'];
  @Column('text') body_of!: 'event' | 'test';
  /** What is sent, where it is not in `events`. */
  @Column('text', { nullable: true }) test_body!: string | null;
  @Column('text') origin!: DeliveryOrigin;
  @Column('uuid', { nullable: true }) replay_id!: string | null;
  @Column('text', { default: 'pending' }) status!: DeliveryStatus;
  /** Made in this round of the schedule. */
  @Column('int', { default: 0 }) attempts!: number;
  @Column('int', { default: 0 }) attempts_total!: number;
  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' }) due_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' }) updated_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) completed_at!: Date | null;
}

/** A row of `attempts`: the log of a delivery, which is only ever added to. */
@Entity('attempts')
export class AttemptEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') delivery_id!: string;
  /** From 1, over all rounds. */
  @PrimaryColumn('int') number!: number;
  @Column({ type: 'timestamptz', precision: 3 }) at!: Date;
  @Column('int', { nullable: true }) status_code!: number | null;
  @Column('int') latency_ms!: number;
  @Column('text', { nullable: true }) response_body!: string | null;
  @Column('text', { nullable: true }) error!: string | null;
  @Column('text', { nullable: true }) error_detail!: string | null;
}

const common = (row: DeliveryEntity): Omit<DeliverySummary, 'last_attempt'> => ({
  id: row.id,
  webhook_id: row.webhook_id,
  event_id: row.event_id,
  event_type: row.event_type,
  origin: row.origin,
  replay_id: row.replay_id,
  status: row.status,
  attempts_total: row.attempts_total,
  next_attempt_at: row.status === 'pending' ? row.due_at.toISOString() : null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  completed_at: row.completed_at?.toISOString() ?? null,
});

/** What a list shows of a delivery. */
export const toDeliverySummary = (row: DeliveryEntity, last: AttemptEntity | undefined): DeliverySummary => ({
  ...common(row),
  last_attempt: last ? toAttempt(last) : null,
});

/** What the API shows of one delivery. */
export const toDelivery = (row: DeliveryEntity, attempts: readonly AttemptEntity[]): Delivery => ({
  ...common(row),
  attempts: attempts.map(toAttempt),
});

const toAttempt = ({ account_id: _, delivery_id: __, at, ...row }: AttemptEntity): Attempt => ({
  number: row.number,
  at: at.toISOString(),
  status_code: row.status_code,
  latency_ms: row.latency_ms,
  error: row.error,
  error_detail: row.error_detail,
  response_body: row.response_body,
});
