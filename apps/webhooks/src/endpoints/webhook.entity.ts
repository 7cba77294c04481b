import type { Subscribable, Webhook, WebhookStatus } from '@nexivo/contracts/webhooks';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Standing } from './standing.js';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `webhooks`. Its members are named as the API names them; the secrets are sealed, see secrets.ts. */
@Entity('webhooks')
export class WebhookEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('text') url!: string;
  @Column('text', { array: true }) events!: Subscribable[];
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text') status!: WebhookStatus;
  @Column('text', { nullable: true }) disabled_reason!: Webhook['disabled_reason'];
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) disabled_at!: Date | null;
  @Column('text') secret_key_id!: string;
  @Column('bytea') secret!: Buffer;
  @Column('text', { nullable: true }) previous_secret_key_id!: string | null;
  @Column('bytea', { nullable: true }) previous_secret!: Buffer | null;
  /** Until when the previous secret signs, too. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) previous_secret_until!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) updated_at!: Date;
}

/** What the API shows of a row: nothing of its secrets. */
export const toWebhook = (row: WebhookEntity, standing: Standing): Webhook => ({
  id: row.id,
  url: row.url,
  events: row.events,
  description: row.description,
  status: row.status,
  disabled_reason: row.disabled_reason,
  disabled_at: row.disabled_at?.toISOString() ?? null,
  ...standing,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** How rows are found and called. */
export const WEBHOOK = { entity: WebhookEntity, name: 'webhook' };

/** @throws DomainError `webhook_disabled`, for what would send something now */
export function refuseDisabled({ status }: Pick<WebhookEntity, 'status'>): void {
  if (status === 'disabled') throw new DomainError('webhook_disabled');
}
