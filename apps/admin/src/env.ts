import { serviceEnv } from '@nexivo/service/env';

/** The commands need the bus and nothing else. */
export const adminEnv = { NATS_URL: serviceEnv.NATS_URL };
