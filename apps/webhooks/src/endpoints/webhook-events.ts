import { newId } from '@nexivo/bus/new-id';
import type { Webhook } from '@nexivo/contracts/webhooks';
import { changedFrom, type EventDraft, outboxRow } from '@nexivo/events/outbox';
import type { ToldWebhook } from '../queue/queue.types.js';
import { standingOf } from './standing.js';
import { toWebhook, type WebhookEntity } from './webhook.entity.js';

type WebhookEvent = EventDraft<'webhook.failing' | 'webhook.disabled'>;

/** What is told of a webhook that was disabled. */
export const disabledEvent = (before: Webhook, object: Webhook, version: number): WebhookEvent => ({
  type: 'webhook.disabled',
  object,
  previous: changedFrom(before, object),
  resource_version: version,
});

/** What the queue tells of a webhook, for the outbox. No request has caused it. */
export function toldOf({ type, row: columns, before, health }: ToldWebhook): unknown[] {
  const row = columns as unknown as WebhookEntity;
  const object = toWebhook(row, standingOf(health));
  // Only what is enabled is sent to.
  const enabled = { ...row, status: 'enabled', disabled_reason: null, disabled_at: null } as const;
  const previous = changedFrom(toWebhook(enabled, standingOf(before)), object);
  const draft: WebhookEvent = { type, object, previous, resource_version: row.version };
  return outboxRow({ accountId: row.account_id, requestId: newId() }, draft);
}
