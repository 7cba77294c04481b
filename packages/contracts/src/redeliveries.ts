import { z } from 'zod';
import { defineCommand } from './command.js';
import { deliveredType } from './deliveries.js';
import { EVENT_RETENTION_DAYS } from './events.js';
import { commaSeparated, listOf, listParameters, pageDepth, pageOf } from './pagination.js';
import { ENDED, JOB_STATUSES, jobStatus } from './replays.js';
import { defineRoute } from './route.js';
import { id, instant, timestamp } from './text.js';
import { byWebhookId, webhookExample } from './webhooks.js';

/** Failed deliveries are counted so far and no further. */
export const FAILED_COUNTED_MAX = 50_000;

const selectionExample = {
  since: '2026-11-22T00:00:00.000Z',
  until: '2026-11-24T09:30:00.000Z',
  event_type: null,
} as const;

const redeliveryExample = {
  id: '019ab2f9-8c1e-7d52-b7a4-2f9e6c0d5b83',
  webhook_id: webhookExample.id,
  ...selectionExample,
  status: 'running',
  deliveries_total: 1_200,
  deliveries_total_is_exact: true,
  deliveries_done: 500,
  created_at: '2026-11-24T09:30:01.000Z',
  updated_at: '2026-11-24T09:30:02.000Z',
  completed_at: null,
} as const;

/** Which failed deliveries are meant: those that were given up from one time to another, both included. */
const selection = {
  since: timestamp,
  until: timestamp.meta({ description: 'The time of the request, if none was given or it was in the future' }),
  event_type: deliveredType.nullable().meta({ description: '`null`: deliveries of all types' }),
};

/** How many failed deliveries a bulk redelivery is about. */
export const failedDeliveries = z
  .object({
    ...selection,
    deliveries: z.int().min(0).meta({ description: 'How many there are' }),
    deliveries_is_exact: z.boolean().meta({
      description: `\`false\` where counting stopped at ${FAILED_COUNTED_MAX}: there are more than \`deliveries\``,
    }),
  })
  .meta({
    id: 'FailedDeliveries',
    description: 'How many deliveries have failed in a time',
    example: { ...selectionExample, deliveries: 1_200, deliveries_is_exact: true },
  });
export type FailedDeliveries = z.output<typeof failedDeliveries>;

/** A job that delivers once more what has failed. */
export const redelivery = z
  .object({
    id,
    webhook_id: id,
    ...selection,
    status: jobStatus.meta({
      description:
        '`completed`: all are due. `cancelled`: by request, or because the webhook was disabled meanwhile; those that were made due stay so.',
    }),
    deliveries_total: z.int().min(0).meta({ description: 'How many there were when it was asked for' }),
    deliveries_total_is_exact: z.boolean().meta({
      description: `\`false\` where counting stopped at ${FAILED_COUNTED_MAX}: the job is about more, and \`deliveries_total\` grows with what is done`,
    }),
    deliveries_done: z.int().min(0).meta({
      description:
        'How many of them it has made due; in the end fewer than `deliveries_total` only where somebody else was faster, or some were too old meanwhile',
    }),
    created_at: timestamp,
    updated_at: timestamp,
    completed_at: timestamp.nullable(),
  })
  .meta({
    id: 'Redelivery',
    description: 'A job that delivers once more what has failed',
    example: redeliveryExample,
  });
export type Redelivery = z.output<typeof redelivery>;

const since = instant.meta({
  description: `Given up since this time, at most ${EVENT_RETENTION_DAYS} days ago`,
  example: selectionExample.since,
});
const event_type = deliveredType.optional().meta({ description: 'Deliveries of this type alone' });
const until = instant.optional().meta({ description: 'Given up until this time; without it until now' });

export const redeliverFailedInput = z
  .strictObject({ since, until, event_type })
  .meta({ id: 'RedeliverFailed', example: { since: selectionExample.since, until: selectionExample.until } });

const byRedeliveryId = byWebhookId.extend({
  redelivery_id: id.meta({ description: 'Id of the bulk redelivery', example: redeliveryExample.id }),
});
const listParametersOfJobs = {
  ...listParameters(['created_at', 'updated_at']),
  status: commaSeparated(JOB_STATUSES).optional(),
};

export const redeliveries = {
  count: defineCommand({
    subject: 'webhooks.count_failed',
    input: byWebhookId.extend(redeliverFailedInput.shape),
    output: failedDeliveries,
  }),
  create: defineCommand({
    subject: 'webhooks.redeliver_failed',
    input: byWebhookId.extend(redeliverFailedInput.shape),
    output: redelivery,
  }),
  list: defineCommand({
    subject: 'webhooks.list_redeliveries',
    input: byWebhookId.extend(listParametersOfJobs),
    output: pageOf(redelivery),
  }),
  get: defineCommand({ subject: 'webhooks.get_redelivery', input: byRedeliveryId, output: redelivery }),
  cancel: defineCommand({ subject: 'webhooks.cancel_redelivery', input: byRedeliveryId, output: redelivery }),
};

export const redeliveryRoutes = {
  count: defineRoute({
    operationId: 'countFailedDeliveries',
    method: 'GET',
    path: '/webhooks/{id}/redeliver_failed',
    summary: 'Count what has failed',
    description:
      'How many deliveries a POST to the same path would make due, and changes nothing. A POST with the `until` of the answer is about none but these: what fails meanwhile is given up later.',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byWebhookId,
    query: redeliverFailedInput,
    response: failedDeliveries,
    status: 200,
  }),
  create: defineRoute({
    operationId: 'redeliverFailed',
    method: 'POST',
    path: '/webhooks/{id}/redeliver_failed',
    summary: 'Deliver once more all that has failed',
    description:
      'Begins a new round of attempts for every delivery of this webhook that has `failed` at this moment and was given up between `since` and `until`, as `redeliver` does for one. Pending and succeeded ones are left alone, and so is what fails later. Nothing is sent twice by one job. It is a job: look at the `Location` for its progress.',
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byWebhookId,
    body: redeliverFailedInput,
    response: redelivery,
    status: 201,
    hasETag: true,
    location: '/webhooks/{webhook_id}/redeliveries/{id}',
    errors: ['webhook_disabled'],
    example: { since: selectionExample.since, until: selectionExample.until },
  }),
  list: defineRoute({
    operationId: 'listRedeliveries',
    method: 'GET',
    path: '/webhooks/{id}/redeliveries',
    summary: 'List the bulk redeliveries of a webhook',
    description: `Those that run, and those that ended in the last ${EVENT_RETENTION_DAYS} days.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byWebhookId,
    query: z.strictObject(listParametersOfJobs).refine(pageDepth.check, pageDepth.message),
    response: listOf(redelivery, 'RedeliveryList'),
    status: 200,
  }),
  get: defineRoute({
    operationId: 'getRedelivery',
    method: 'GET',
    path: '/webhooks/{id}/redeliveries/{redelivery_id}',
    summary: 'Get the progress of a bulk redelivery',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byRedeliveryId,
    response: redelivery,
    status: 200,
    hasETag: true,
  }),
  cancel: defineRoute({
    operationId: 'cancelRedelivery',
    method: 'POST',
    path: '/webhooks/{id}/redeliveries/{redelivery_id}/cancel',
    summary: 'Cancel a bulk redelivery',
    description: `No more is made due once this is answered; \`deliveries_done\` says how many were, and they are still sent. ${ENDED}`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byRedeliveryId,
    response: redelivery,
    status: 200,
    hasETag: true,
  }),
};
