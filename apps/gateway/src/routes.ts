import type { BusClient } from '@nexivo/bus/client';
import { candidateRoutes, candidates } from '@nexivo/contracts/candidates';
import { deliveries, deliveryRoutes } from '@nexivo/contracts/deliveries';
import { eventRoutes, events } from '@nexivo/contracts/events';
import { jobRoutes, jobs } from '@nexivo/contracts/jobs';
import { redeliveries, redeliveryRoutes } from '@nexivo/contracts/redeliveries';
import { replayRoutes, replays } from '@nexivo/contracts/replays';
import { submissionRoutes, submissions } from '@nexivo/contracts/submissions';
import { webhookHealthCommands, webhookHealthRoutes } from '@nexivo/contracts/webhook-health';
import { webhookRoutes, webhooks } from '@nexivo/contracts/webhooks';
import { type AccountServices, accountRouteList, tokenRouteList } from './account-routes.js';
import type { PersonsService } from './accounts/people/persons.service.js';
import type { AuthStore } from './auth/auth-store.js';
import type { Quotas } from './auth/quotas.js';
import { expandableSubmissionRoutes } from './expand-submissions.js';
import { bind, type BoundRoute } from './http/bind.js';
import { meRouteList } from './me.js';
import { documentRoute } from './openapi/serve-document.js';
import { memberRouteList, type PeopleServices, sessionRouteList } from './people-routes.js';

/** What the routes with logic of their own need. */
interface RouteServices extends PeopleServices, AccountServices {
  readonly bus: BusClient;
  readonly store: AuthStore;
  readonly quotas: Quotas;
  readonly persons: PersonsService;
  readonly publicUrl: string | undefined;
}

/** Every route of the API, and who answers it. */
export const routesOf = ({ bus, publicUrl, ...services }: RouteServices): BoundRoute[] => [
  bind(candidateRoutes.list, candidates.list),
  bind(candidateRoutes.create, candidates.create),
  bind(candidateRoutes.get, candidates.get),
  bind(candidateRoutes.put, candidates.put),
  bind(candidateRoutes.update, candidates.update),
  bind(candidateRoutes.delete, candidates.delete),

  bind(jobRoutes.list, jobs.list),
  bind(jobRoutes.create, jobs.create),
  bind(jobRoutes.get, jobs.get),
  bind(jobRoutes.put, jobs.put),
  bind(jobRoutes.update, jobs.update),
  bind(jobRoutes.close, jobs.close),

  ...expandableSubmissionRoutes(bus),
  bind(submissionRoutes.create, submissions.create),
  bind(submissionRoutes.history, submissions.history),
  bind(submissionRoutes.update, submissions.update),

  bind(webhookRoutes.list, webhooks.list),
  bind(webhookRoutes.create, webhooks.create),
  bind(webhookRoutes.get, webhooks.get),
  bind(webhookRoutes.update, webhooks.update),
  bind(webhookRoutes.delete, webhooks.delete),
  bind(webhookRoutes.rotateSecret, webhooks.rotateSecret),

  bind(webhookHealthRoutes.get, webhookHealthCommands.get),

  bind(deliveryRoutes.test, deliveries.test),
  bind(deliveryRoutes.list, deliveries.list),
  bind(deliveryRoutes.get, deliveries.get),
  bind(deliveryRoutes.redeliver, deliveries.redeliver),

  bind(replayRoutes.create, replays.create),
  bind(replayRoutes.get, replays.get),
  bind(replayRoutes.list, replays.list),
  bind(replayRoutes.cancel, replays.cancel),

  bind(redeliveryRoutes.count, redeliveries.count),
  bind(redeliveryRoutes.create, redeliveries.create),
  bind(redeliveryRoutes.list, redeliveries.list),
  bind(redeliveryRoutes.get, redeliveries.get),
  bind(redeliveryRoutes.cancel, redeliveries.cancel),

  bind(eventRoutes.list, events.list),
  bind(eventRoutes.get, events.get),

  ...meRouteList(services),
  ...accountRouteList(services),
  ...tokenRouteList(services),
  ...memberRouteList(services, publicUrl),
  ...sessionRouteList(services, publicUrl),
  documentRoute(publicUrl),
];
