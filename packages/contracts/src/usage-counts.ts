import { z } from 'zod';
import { errorCode } from './errors.js';

const refusals = z
  .partialRecord(errorCode, z.int().min(0))
  .meta({ id: 'Refusals', description: 'Requests that were refused, by the code of the error' });

/** How many requests were let in and refused. */
export const usageCounts = {
  admitted: z
    .int()
    .min(0)
    .meta({ description: 'Requests that were let in, replays under an `Idempotency-Key` included' }),
  refused: z.int().min(0).meta({ description: 'Requests of valid tokens that were refused for plan, quota or scope' }),
  refusals,
};
