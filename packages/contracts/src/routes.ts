import { candidateRoutes } from './candidates.js';
import { jobRoutes } from './jobs.js';
import { meRoutes } from './me.js';
import { openApiRoutes } from './openapi.js';
import type { Route } from './route.js';
import { submissionRoutes } from './submissions.js';
import { eventRoutes, webhookRoutes } from './webhooks.js';

/** Every operation of the public API. */
export const routes: readonly Route[] = [
  ...Object.values(candidateRoutes),
  ...Object.values(jobRoutes),
  ...Object.values(submissionRoutes),
  ...Object.values(webhookRoutes),
  ...Object.values(eventRoutes),
  ...Object.values(meRoutes),
  ...Object.values(openApiRoutes),
];
