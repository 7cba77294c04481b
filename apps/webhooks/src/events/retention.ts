import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/events';

/** How long events can be read and replayed and deliveries are shown, as an SQL interval. */
export const SHOWN_FOR = `interval '${EVENT_RETENTION_DAYS} days'`;

/** How long events are kept, as an SQL interval: longer by a round of attempts, so that what is queued last finds its body. */
export const EVENTS_KEPT_FOR = `interval '${EVENT_RETENTION_DAYS + 5} days'`;
