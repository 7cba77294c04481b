import { healthPort, serviceEnv } from '@nexivo/service/env';

/** What this service reads from its environment. */
export const submissionsEnv = { ...serviceEnv, ...healthPort };
