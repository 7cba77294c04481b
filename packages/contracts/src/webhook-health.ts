import { z } from 'zod';
import { defineCommand } from './command.js';
import { defineRoute } from './route.js';
import { id, timestamp } from './text.js';
import { byWebhookId, webhookExample, webhookStanding } from './webhooks.js';

/** How many hours are shown, the one that is under way included. */
export const HEALTH_HOURS = 24;

const attemptsAndSuccesses = {
  attempts: z.int().min(0).meta({ description: 'Requests that came to their end' }),
  successes: z.int().min(0).meta({ description: 'Those of them that were answered with 2xx' }),
};
const latency = z.int().min(0).nullable();

const hourExample = { hour: '2026-11-24T09:00:00.000Z', attempts: 120, successes: 118 };

/** What became of the requests to a webhook lately. */
export const webhookHealth = z
  .object({
    webhook_id: id,
    since: timestamp.meta({ description: 'Where the first of the hours begins' }),
    until: timestamp.meta({ description: 'Now' }),
    ...attemptsAndSuccesses,
    latency_ms: z.object({ p50: latency, p95: latency }).meta({
      description:
        'Of all these requests, until the answer or until they were given up; at most a tenth off. `null` without any',
    }),
    ...webhookStanding,
    paused_until: timestamp
      .nullable()
      .meta({ description: 'Nothing is sent before this time, because the URL asked for a pause' }),
    hours: z
      .array(
        z.object({
          hour: timestamp.meta({ description: 'When it begins: a whole hour in UTC' }),
          ...attemptsAndSuccesses,
        }),
      )
      .meta({ description: `The last ${HEALTH_HOURS} hours, the oldest first; the last one is under way` }),
  })
  .meta({
    id: 'WebhookHealth',
    description: 'What became of the requests to a webhook in the last hours',
    example: {
      webhook_id: webhookExample.id,
      since: '2026-11-23T10:00:00.000Z',
      until: '2026-11-24T09:30:00.000Z',
      attempts: 120,
      successes: 118,
      latency_ms: { p50: 41, p95: 180 },
      failing_since: null,
      last_success_at: '2026-11-24T09:29:11.482Z',
      last_failure_at: null,
      disables_at: null,
      paused_until: null,
      hours: [hourExample],
    },
  });
export type WebhookHealth = z.output<typeof webhookHealth>;

export const webhookHealthCommands = {
  get: defineCommand({ subject: 'webhooks.get_health', input: byWebhookId, output: webhookHealth }),
};

export const webhookHealthRoutes = {
  get: defineRoute({
    operationId: 'getWebhookHealth',
    method: 'GET',
    path: '/webhooks/{id}/health',
    summary: 'See how a webhook is doing',
    description: `Attempts and successes of the last ${HEALTH_HOURS} hours, by the hour, and how fast it answers. An attempt counts in the hour in which it came to its end.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byWebhookId,
    response: webhookHealth,
    status: 200,
  }),
};
