import type { EventConsumer } from '@nexivo/events/consumer';

/** What this service consumes: nothing, it only publishes. */
export const consumers: readonly EventConsumer[] = [];
