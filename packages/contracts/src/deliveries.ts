import { z } from 'zod';
import { defineCommand } from './command.js';
import { type AnyEvent, anyEvent, envelope, EVENT_RETENTION_DAYS, EVENT_TYPES, eventId, eventType } from './events.js';
import { commaSeparated, listOf, listParameters, pageDepth, pageOf } from './pagination.js';
import { defineRoute } from './route.js';
import { id, timestamp } from './text.js';
import { byWebhookId, webhook, webhookExample } from './webhooks.js';

/** How many of a delivery's attempts are shown, the last ones. */
export const ATTEMPTS_SHOWN = 100;

/** What `POST /webhooks/{id}/test` sends; nobody can subscribe to it. */
export const TEST_EVENT = 'webhook.test';

/** What `POST /webhooks/{id}/test` sends, in the form of any other event. */
export const testEvent = envelope(z.literal(TEST_EVENT), z.object({ object: webhook, previous: z.null() })).meta({
  id: 'WebhookTestEvent',
  description: 'A test, with the webhook itself as its object, without its secret',
  example: {
    id: 'evt_019ab2f87a0e7c3c9d0b0f6f2c1f6f6e',
    type: TEST_EVENT,
    created_at: '2026-11-24T09:30:00.000Z',
    account_id: '019ab2ee-0c5b-7a90-8f43-52c7a1d9e6b0',
    request_id: '019ab2f0-9e57-7a41-b6a8-7c1d4f80e2b5',
    resource_version: 1,
    data: { object: webhookExample, previous: null },
  },
});
export type TestEvent = z.output<typeof testEvent>;

/** What is sent: an event that happened, an example of one, or the test that is an event of its own. */
export const sentEvent = z
  .union([testEvent, anyEvent])
  .meta({ id: 'SentEvent', description: 'The body of a delivery' });
export type SentEvent = (AnyEvent & { test?: true | undefined }) | TestEvent;

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export const deliveryStatus = z.enum(DELIVERY_STATUSES).meta({ id: 'DeliveryStatus' });
export type DeliveryStatus = z.output<typeof deliveryStatus>;

export const DELIVERY_ORIGINS = ['event', 'replay', 'test'] as const;
export const deliveryOrigin = z.enum(DELIVERY_ORIGINS).meta({ id: 'DeliveryOrigin' });
export type DeliveryOrigin = z.output<typeof deliveryOrigin>;

export const DELIVERED_TYPES = [...EVENT_TYPES, TEST_EVENT] as const;
export const deliveredType = z.enum(DELIVERED_TYPES).meta({ id: 'DeliveredType' });

/** Why an attempt has failed. More may come: whoever reads them takes an unknown one for a failure like others. */
export const ATTEMPT_ERRORS = {
  http_status: 'the status is no success',
  redirect_not_followed: 'the answer is a redirect',
  timeout: 'no complete answer in time',
  target_not_allowed: 'the URL leads to where nothing is sent',
  dns_failed: 'the host name could not be looked up',
  connection_refused: 'nobody listens there',
  connection_failed: 'the server cannot be reached',
  connection_closed: 'the connection ended before the answer was complete',
  tls_failed: 'no TLS, or a certificate that is not accepted',
  malformed_response: 'the answer is not HTTP/1.1',
  response_headers_too_large: 'its headers are too large',
  response_too_large: 'too much came in before it was complete',
  event_expired: 'the event was no longer kept, and nothing was sent',
  request_failed: 'any other reason',
} as const;
export type AttemptError = keyof typeof ATTEMPT_ERRORS;

/** One request that was made to a webhook's URL. */
export const attempt = z
  .object({
    number: z.int().min(1).meta({ description: 'From 1' }),
    at: timestamp,
    status_code: z
      .int()
      .min(100)
      .max(599)
      .nullable()
      .meta({ description: 'HTTP status of the answer; `null` if there was none' }),
    latency_ms: z.int().min(0).meta({ description: 'Until the answer, or until it was given up' }),
    error: z
      .string()
      .nullable()
      .meta({
        description: `Why it failed, a stable snake_case code; \`null\` if it succeeded. ${Object.entries(
          ATTEMPT_ERRORS,
        )
          .map(([code, reason]) => `\`${code}\`: ${reason}`)
          .join('. ')}.`,
      }),
    error_detail: z
      .string()
      .nullable()
      .meta({ description: 'The same for people; of a success it says that the answer was cut, if it was' }),
    response_body: z.string().nullable().meta({ description: 'The first 2 KiB of the answer' }),
  })
  .meta({ id: 'DeliveryAttempt', description: 'One request to the URL of a webhook' });
export type Attempt = z.output<typeof attempt>;

const deliveryExample = {
  id: '019ab2f4-58d1-7c02-8b7e-91a4d3e05f6c',
  webhook_id: webhookExample.id,
  event_id: 'evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e',
  event_type: 'candidate.created',
  origin: 'event',
  replay_id: null,
  status: 'pending',
  attempts_total: 1,
  next_attempt_at: '2026-11-23T12:00:05.400Z',
  created_at: '2026-11-23T12:00:00.010Z',
  updated_at: '2026-11-23T12:00:00.180Z',
  completed_at: null,
} as const;

const attemptExample = {
  number: 1,
  at: '2026-11-23T12:00:00.030Z',
  status_code: 500,
  latency_ms: 148,
  error: 'http_status',
  error_detail: 'answered 500',
  response_body: '{"error":"out of paper"}',
};

/** What lists show of a delivery, and the resource itself. */
export const deliveryBase = z
  .object({
    id: id.meta({ description: 'Also in the header `X-NexivoHR-Delivery`' }),
    webhook_id: id,
    event_id: eventId.meta({
      description:
        'Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too',
    }),
    event_type: deliveredType,
    origin: deliveryOrigin.meta({ description: 'What it was made for: an event that happened, a replay, or a test' }),
    replay_id: id.nullable().meta({ description: 'The replay that it belongs to' }),
    status: deliveryStatus.meta({
      description: '`pending`: will be tried, again or for the first time. `failed`: given up after the last attempt.',
    }),
    attempts_total: z.int().min(0).meta({ description: 'How often it was tried' }),
    next_attempt_at: timestamp.nullable().meta({
      description:
        'Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending`',
    }),
    created_at: timestamp,
    updated_at: timestamp,
    completed_at: timestamp.nullable().meta({ description: 'When it succeeded or was given up' }),
  })
  .meta({ id: 'DeliveryBase', description: 'What lists show of a delivery, and the resource itself' });

/** A delivery as lists show it. */
export const deliverySummary = deliveryBase
  .extend({ last_attempt: attempt.nullable().meta({ description: '`null` before the first' }) })
  .meta({
    id: 'DeliverySummary',
    description: 'An event on its way to a webhook, and the last attempt to deliver it',
    example: { ...deliveryExample, last_attempt: attemptExample },
  });
export type DeliverySummary = z.output<typeof deliverySummary>;

/** A delivery with its attempts. */
export const delivery = deliveryBase
  .extend({
    attempts: z.array(attempt).meta({ description: `In their order; of more than ${ATTEMPTS_SHOWN} the last ones` }),
  })
  .meta({
    id: 'Delivery',
    description: 'An event on its way to a webhook, and every attempt to deliver it',
    example: { ...deliveryExample, attempts: [attemptExample] },
  });
export type Delivery = z.output<typeof delivery>;

/** A delivery with what `expand` asked for. */
export const expandedDelivery = delivery
  .extend({
    event: sentEvent.nullable().optional().meta({
      description: 'With `expand=event`: what is sent, byte for byte; `null` if it is no longer kept',
    }),
  })
  .meta({
    id: 'ExpandedDelivery',
    description: 'A delivery with its attempts, and what is sent if `expand` asked for it',
    example: { ...deliveryExample, attempts: [attemptExample] },
  });
export type ExpandedDelivery = z.output<typeof expandedDelivery>;

const listDeliveriesParameters = {
  ...listParameters(['created_at', 'updated_at']),
  status: commaSeparated(DELIVERY_STATUSES).optional(),
  event_type: commaSeparated(DELIVERED_TYPES).optional(),
};

const byDeliveryId = byWebhookId.extend({
  delivery_id: id.meta({ description: 'Id of the delivery', example: deliveryExample.id }),
});

export const DELIVERY_EXPANSIONS = ['event'] as const;
const expansion = {
  expand: commaSeparated(DELIVERY_EXPANSIONS).optional().meta({
    description: '`event`: what is sent. It needs the scope that reads what the event carries. Without an `ETag`.',
  }),
};

export const testWebhookInput = z
  .strictObject({
    type: eventType.optional().meta({ description: 'Sends the documented example of this type, with `"test": true`' }),
  })
  .meta({ id: 'TestWebhook', example: { type: 'candidate.created' } });

export const deliveries = {
  test: defineCommand({
    subject: 'webhooks.test',
    input: byWebhookId.extend(testWebhookInput.shape),
    output: delivery,
  }),
  list: defineCommand({
    subject: 'webhooks.list_deliveries',
    input: byWebhookId.extend(listDeliveriesParameters),
    output: pageOf(deliverySummary),
  }),
  get: defineCommand({
    subject: 'webhooks.get_delivery',
    input: byDeliveryId.extend(expansion),
    output: expandedDelivery,
  }),
  redeliver: defineCommand({ subject: 'webhooks.redeliver', input: byDeliveryId, output: delivery }),
};

export const deliveryRoutes = {
  test: defineRoute({
    operationId: 'testWebhook',
    method: 'POST',
    path: '/webhooks/{id}/test',
    summary: 'Send a test to a webhook',
    description: `Sends an event of type \`${TEST_EVENT}\`, whatever the webhook has subscribed to, or with \`type\` the documented example of that type, marked by \`"test": true\`. It is signed, tried again and logged like any other delivery; the \`Location\` says what came of it.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byWebhookId,
    body: testWebhookInput,
    isBodyOptional: true,
    response: delivery,
    status: 201,
    hasETag: true,
    location: '/webhooks/{webhook_id}/deliveries/{id}',
    errors: ['webhook_disabled'],
    example: { type: deliveryExample.event_type },
  }),
  list: defineRoute({
    operationId: 'listDeliveries',
    method: 'GET',
    path: '/webhooks/{id}/deliveries',
    summary: 'List the deliveries of a webhook',
    description: `Those of the last ${EVENT_RETENTION_DAYS} days.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byWebhookId,
    query: z.strictObject(listDeliveriesParameters).refine(pageDepth.check, pageDepth.message),
    response: listOf(deliverySummary, 'DeliveryList'),
    status: 200,
  }),
  get: defineRoute({
    operationId: 'getDelivery',
    method: 'GET',
    path: '/webhooks/{id}/deliveries/{delivery_id}',
    summary: 'Get a delivery with its attempts',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byDeliveryId,
    query: z.strictObject(expansion),
    response: expandedDelivery,
    status: 200,
    hasETag: true,
  }),
  redeliver: defineRoute({
    operationId: 'redeliverDelivery',
    method: 'POST',
    path: '/webhooks/{id}/deliveries/{delivery_id}/redeliver',
    summary: 'Deliver once more',
    description:
      'The delivery becomes `pending` and due now, whatever came of it before, with all attempts of the schedule before it; new ones are added to its log. What is sent is the same, `webhook-id` included.',
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byDeliveryId,
    response: delivery,
    status: 200,
    hasETag: true,
    errors: ['webhook_disabled', 'event_expired'],
  }),
};
