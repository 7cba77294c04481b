import { serviceEnv } from '@nexivo/service/env';

/** The operators' command needs only the bus. */
export const adminEnv = { NATS_URL: serviceEnv.NATS_URL };
