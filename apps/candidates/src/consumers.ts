import type { EventConsumer } from '@nexivo/events/consumer';

/** Hears of submissions that became `placed`. */
export const submissionPlaced: EventConsumer = {
  durable: 'candidates-submission-placed',
  types: ['submission.placed'],
};

/** What this service consumes; `migrate` provisions it. */
export const consumers = [submissionPlaced];
