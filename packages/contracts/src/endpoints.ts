import { z } from 'zod';
import { defineCommand } from './command.js';
import { id, timestamp } from './text.js';

/** From here on, at the 95th percentile or by a request that is under way, an endpoint is slow. */
export const SLOW_ENDPOINT_MS = 2_000;
/** Deliveries of a webhook that wait are counted so far. */
export const PENDING_COUNTED = 10_000;

/** A webhook that gives its account trouble. Where it leads to is the customer's. */
const endpoint = z.object({
  account_id: id,
  webhook_id: id,
  failing_since: timestamp.nullable(),
  failures: z.int().min(0).meta({ description: 'Since then' }),
  last_success_at: timestamp.nullable(),
  paused_until: timestamp.nullable(),
  attempts: z.int().min(0).meta({ description: 'In this hour and the one before it' }),
  latency_p95_ms: z.int().min(0).nullable().meta({ description: 'Of those; a tenth off at most' }),
  slow_requests: z
    .int()
    .min(0)
    .meta({ description: `Under way for longer than ${SLOW_ENDPOINT_MS} ms` }),
  pending: z
    .int()
    .min(0)
    .max(PENDING_COUNTED)
    .meta({ description: `Deliveries that are not over, counted to ${PENDING_COUNTED}` }),
  oldest_due_s: z.number().min(0).meta({ description: 'For how long the first of them has been due; 0 if none is' }),
});
export type Endpoint = z.output<typeof endpoint>;

/** Every webhook is looked at. */
const TIMEOUT_MS = 15_000;

/** Commands about all accounts' webhooks, for operators alone. */
export const endpointCommands = {
  /** Those that fail, for longest first; or those that are slow, the slowest first. Disabled ones are neither. */
  list: defineCommand({
    subject: 'webhooks.endpoints.list',
    input: z.strictObject({ which: z.enum(['failing', 'slow']), limit: z.int().min(1).max(1_000) }),
    output: z.object({ data: z.array(endpoint) }),
    timeoutMs: TIMEOUT_MS,
  }),
};
