import { healthPort, serviceEnv } from '@nexivo/runtime/env';

/** What this service reads from its environment. */
export const candidatesEnv = { ...serviceEnv, ...healthPort };
