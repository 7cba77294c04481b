import type { Attempt, DeliverySummary } from '@nexivo/contracts/deliveries';
import type { Webhook } from '@nexivo/contracts/webhooks';

/** How a webhook stands: one that is tried on although it fails is not just enabled. */
export const standingOf = ({ status, failing_since }: Pick<Webhook, 'status' | 'failing_since'>): string =>
  status === 'enabled' && failing_since !== null ? 'failing' : status;

/** Why a webhook is disabled, in words. */
export function disabledReason({ disabled_reason }: Pick<Webhook, 'disabled_reason'>): string {
  switch (disabled_reason) {
    case 'requested':
      return 'Somebody disabled it.';
    case 'gone':
      return 'Its URL answered 410 Gone: it wants nothing any more.';
    case 'failing_for_5_days':
      return 'Every attempt has failed, on five days.';
    case null:
      return '';
  }
}

/** What came of an attempt, in a few words. */
export const outcomeOf = ({ status_code, error, error_detail }: Attempt): string => {
  const detail = error_detail ?? error?.replaceAll('_', ' ') ?? `answered ${status_code}`;
  return `${detail[0]!.toUpperCase()}${detail.slice(1)}`;
};

/** What a delivery was made for. */
export const originOf = ({ origin }: Pick<DeliverySummary, 'origin'>): string =>
  ({ event: 'An event', replay: 'A replay', test: 'A test' })[origin];

/** What a webhook is told of. */
export const eventsOf = ({ events }: Pick<Webhook, 'events'>): string =>
  events.includes('*') ? 'All events' : events.join(', ');
