import { accountRoutes } from './account.js';
import { auditLogRoutes } from './audit-log.js';
import { candidateRoutes } from './candidates.js';
import { deliveryRoutes } from './deliveries.js';
import { eventRoutes } from './events.js';
import { invitationRoutes } from './invitations.js';
import { jobRoutes } from './jobs.js';
import { meRoutes } from './me.js';
import { openApiRoutes } from './openapi.js';
import { redeliveryRoutes } from './redeliveries.js';
import { replayRoutes } from './replays.js';
import type { Route } from './route.js';
import { membershipRoutes, passwordRoutes, sessionRoutes } from './sessions.js';
import { submissionRoutes } from './submissions.js';
import { tokenRoutes } from './tokens.js';
import { usageRoutes } from './usage.js';
import { userRoutes } from './users.js';
import { webhookHealthRoutes } from './webhook-health.js';
import { webhookRoutes } from './webhooks.js';

/** Every operation of the public API. */
export const routes: readonly Route[] = [
  ...Object.values(candidateRoutes),
  ...Object.values(jobRoutes),
  ...Object.values(submissionRoutes),
  ...Object.values(webhookRoutes),
  ...Object.values(webhookHealthRoutes),
  ...Object.values(deliveryRoutes),
  ...Object.values(replayRoutes),
  ...Object.values(redeliveryRoutes),
  ...Object.values(eventRoutes),
  ...Object.values(meRoutes),
  ...Object.values(accountRoutes),
  ...Object.values(usageRoutes),
  ...Object.values(auditLogRoutes),
  ...Object.values(tokenRoutes),
  ...Object.values(userRoutes),
  ...Object.values(invitationRoutes),
  ...Object.values(sessionRoutes),
  ...Object.values(membershipRoutes),
  ...Object.values(passwordRoutes),
  ...Object.values(openApiRoutes),
];
