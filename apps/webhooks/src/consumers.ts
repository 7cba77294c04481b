import { EVENT_TYPES } from '@nexivo/contracts/events';
import type { EventConsumer } from '@nexivo/events/consumer';

/** Hears of everything: what an account may read and its webhooks are told of. What it has recorded it knows by id. */
export const fanOut: EventConsumer = {
  durable: 'webhooks-fan-out',
  types: EVENT_TYPES,
  batchSize: 100,
  inOrder: true,
};

/** What this service consumes; `migrate` provisions it. */
export const consumers = [fanOut];
