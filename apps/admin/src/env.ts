import { serviceEnv } from '@nexivo/service/env';

/** Most commands need only the bus. */
export const adminEnv = { NATS_URL: serviceEnv.NATS_URL };

/** `load-demo` writes into the services' tables, each as the role of its service. */
export const loadDemoEnv = {
  CANDIDATES_DATABASE_URL: serviceEnv.DATABASE_URL,
  JOBS_DATABASE_URL: serviceEnv.DATABASE_URL,
  SUBMISSIONS_DATABASE_URL: serviceEnv.DATABASE_URL,
};
