import { z } from 'zod';
import { defineCommand } from './command.js';
import { id } from './text.js';

/** The services that keep counters for the totals of their lists. */
export const COUNTING_SERVICES = ['candidates', 'jobs', 'submissions'] as const;
export type CountingService = (typeof COUNTING_SERVICES)[number];

/** A counter that differs from a count. */
const miscount = z.object({
  account_id: id,
  value: z.string().meta({ description: 'The status or stage that is counted', example: 'available' }),
  counted: z.int().min(0).meta({ description: 'How many rows there are' }),
  kept: z.int().min(0).meta({ description: 'How many the counters say there are' }),
});
export type Miscount = z.output<typeof miscount>;

/** A part has some hundred thousand rows, or one account, which may have millions. */
const TIMEOUT_MS = 15_000;

/** Commands about the counters of one service, for operators alone. */
export const counterCommands = (service: CountingService) => ({
  /**
   * Compares the counters of the accounts behind `after` with a count, as far as one answer goes; `next` continues it, `null` at the end.
   * With `repair` those that differ are set right, and shown as they were.
   */
  check: defineCommand({
    subject: `${service}.counters.check`,
    input: z.strictObject({ repair: z.boolean(), after: id.optional() }),
    output: z.object({ miscounts: z.array(miscount), next: id.nullable() }),
    timeoutMs: TIMEOUT_MS,
  }),
});
