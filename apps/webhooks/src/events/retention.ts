import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/webhooks';

/** How long events can be read and replayed, and deliveries are shown, for Postgres. */
export const SHOWN_FOR = `interval '${EVENT_RETENTION_DAYS} days'`;

/** Longer than every attempt of a delivery takes: what was queued on the last day still finds its body. */
export const EVENTS_KEPT_FOR = `interval '${EVENT_RETENTION_DAYS + 5} days'`;
