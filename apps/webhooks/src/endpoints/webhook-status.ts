import type { DisabledReason, WebhookStatus } from '@nexivo/contracts/webhooks';

/** Whether a webhook is told of events, and since when and why not. */
export interface StatusColumns {
  status: WebhookStatus;
  disabled_reason: DisabledReason | null;
  disabled_at: Date | null;
}

/** The status of a webhook that is created now. */
export const firstStatus = (status: WebhookStatus, now: Date): StatusColumns =>
  status === 'enabled'
    ? { status, disabled_reason: null, disabled_at: null }
    : { status, disabled_reason: 'requested', disabled_at: now };

/** The status after somebody asked for one. Asking for the current one changes nothing, not even its reason. */
export const nextStatus = (before: StatusColumns, wanted: WebhookStatus, now: Date): StatusColumns => {
  const { status, disabled_reason, disabled_at } = before.status === wanted ? before : firstStatus(wanted, now);
  return { status, disabled_reason, disabled_at };
};
