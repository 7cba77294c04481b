import { z } from 'zod';
import { defineCommand } from './command.js';
import { anyEvent, eventId, EVENT_TYPES } from './events.js';
import { commaSeparated, listOf, listParameters, pageDepth, pageOf, pageParameters } from './pagination.js';
import { defineRoute } from './route.js';
import { id, instant, text, timestamp } from './text.js';

/** For how many days events can be read and replayed, and the log of deliveries is kept. */
export const EVENT_RETENTION_DAYS = 30;
/** Greatest number of webhooks of an account. */
export const WEBHOOKS_MAX = 100;
/** For how many hours the secret before the last rotation goes on to sign. */
export const SECRET_OVERLAP_HOURS = 24;
/** How many of a delivery's attempts are shown, the last ones. */
export const ATTEMPTS_SHOWN = 100;

/** What `POST /webhooks/{id}/test` sends; nobody can subscribe to it. */
export const TEST_EVENT = 'webhook.test';

export const WEBHOOK_STATUSES = ['enabled', 'disabled'] as const;
export const webhookStatus = z.enum(WEBHOOK_STATUSES);
export type WebhookStatus = z.output<typeof webhookStatus>;

export const DISABLED_REASONS = ['requested', 'gone', 'failing_for_5_days'] as const;
export const disabledReason = z.enum(DISABLED_REASONS);
export type DisabledReason = z.output<typeof disabledReason>;

/** A name that a webhook may subscribe to; `*` stands for all, those to come included. */
const subscribable = z.enum([...EVENT_TYPES, '*']);
export type Subscribable = z.output<typeof subscribable>;

const subscription = z
  .array(subscribable)
  .min(1)
  .transform((names) => [...new Set(names)])
  .refine((names) => names.length === 1 || !names.includes('*'), {
    error: 'must be names of events, or "*" alone for all of them',
  })
  .meta({
    description: `Names of events, without repetitions, or \`["*"]\` for all, those that the API gains later included`,
  });

const parsed = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);

/** Where deliveries go. Which hosts are allowed the webhooks service decides, for it depends on the operator. */
const targetUrl = text(2_000)
  .refine((url) => !/[\s\p{Cc}\\]/u.test(url), {
    error: 'must not contain white space, control characters or backslashes; percent-encode them',
    abort: true,
  })
  .pipe(z.url({ protocol: /^https?$/, error: 'must be an https URL, such as https://example.com/hooks' }))
  .refine((url) => !parsed(url)?.username && !parsed(url)?.password, {
    error: 'must not contain a user name or password; verify the signature of deliveries instead',
  })
  .refine((url) => !url.includes('#'), { error: 'must not have a fragment' })
  .meta({
    format: 'uri',
    description:
      '`https`, without credentials and fragment, at a public address; `http` only where the operator allows it',
  });

const example = {
  url: 'https://example.com/hooks/nexivohr',
  events: ['candidate.created', 'submission.placed'],
  description: 'Payroll',
};

/** What the example becomes. */
export const webhookExample = {
  id: '019ab2f1-3c70-7e1a-9a52-2d0f8b64c1e7',
  ...example,
  status: 'enabled',
  disabled_reason: null,
  disabled_at: null,
  created_at: '2026-11-23T12:00:00.000Z',
  updated_at: '2026-11-23T12:00:00.000Z',
} as const;
const secretExample = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD0z6PQdpVh2Q=';

/** A webhook as the API shows it. */
export const webhook = z
  .object({
    id,
    url: z.string(),
    events: z.array(subscribable),
    description: z.string().nullable(),
    status: webhookStatus,
    disabled_reason: disabledReason.nullable().meta({
      description:
        '`requested`: by a PATCH. `gone`: the URL answered 410. `failing_for_5_days`: no delivery has succeeded for five days.',
    }),
    disabled_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Webhook', description: 'A URL that is told of events', example: webhookExample });
export type Webhook = z.output<typeof webhook>;

/** A webhook in the only two answers that show its secret. */
export const webhookWithSecret = webhook
  .extend({
    secret: z.string().meta({
      description:
        'What deliveries are signed with: `whsec_` and the base64 of 32 random bytes. Shown in this answer and never again.',
      example: secretExample,
    }),
  })
  .meta({
    id: 'WebhookWithSecret',
    description: 'A webhook, and the secret that its deliveries are signed with',
    example: { ...webhookExample, secret: secretExample },
  });
export type WebhookWithSecret = z.output<typeof webhookWithSecret>;

export const createWebhookInput = z
  .strictObject({
    url: targetUrl,
    events: subscription,
    description: text(1_000).nullish(),
    status: webhookStatus.default('enabled'),
  })
  .meta({ id: 'CreateWebhook', example });
export type CreateWebhookInput = z.output<typeof createWebhookInput>;

export const webhookPatch = z
  .strictObject({ url: targetUrl, events: subscription, description: text(1_000).nullish(), status: webhookStatus })
  .partial()
  .meta({ id: 'WebhookPatch', description: 'A JSON merge patch (RFC 7396): only the members sent change' });
export type WebhookPatch = z.output<typeof webhookPatch>;

export const WEBHOOK_SORT_KEYS = ['created_at', 'updated_at'] as const;

export const listWebhooksInput = z
  .strictObject({
    ...listParameters(WEBHOOK_SORT_KEYS),
    status: commaSeparated(WEBHOOK_STATUSES).optional(),
  })
  .refine(pageDepth.check, pageDepth.message);
export type ListWebhooksInput = z.output<typeof listWebhooksInput>;

/** What `POST /webhooks/{id}/test` sends, in the form of any other event. */
export const testEvent = anyEvent
  .extend({
    type: z.literal(TEST_EVENT),
    data: z.object({
      object: webhook.meta({ description: 'The webhook itself, without its secret' }),
      previous: z.null(),
    }),
  })
  .meta({
    id: 'WebhookTestEvent',
    description: 'A test, with the webhook itself as its object',
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

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export const deliveryStatus = z.enum(DELIVERY_STATUSES);
export type DeliveryStatus = z.output<typeof deliveryStatus>;

export const DELIVERY_ORIGINS = ['event', 'replay', 'test'] as const;
export const deliveryOrigin = z.enum(DELIVERY_ORIGINS);
export type DeliveryOrigin = z.output<typeof deliveryOrigin>;

export const DELIVERED_TYPES = [...EVENT_TYPES, TEST_EVENT] as const;

/** One request that was made to a webhook's URL. */
export const attempt = z
  .object({
    number: z.int().meta({ description: 'From 1' }),
    at: timestamp,
    status_code: z.int().nullable().meta({ description: 'HTTP status of the answer; `null` if there was none' }),
    latency_ms: z.int().meta({ description: 'Until the answer, or until it was given up' }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why it failed, a stable snake_case code; `null` if it succeeded' }),
    error_detail: z.string().nullable().meta({ description: 'The same for people' }),
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

/** A delivery as lists show it. */
export const deliverySummary = z
  .object({
    id: id.meta({ description: 'Also in the header `X-NexivoHR-Delivery`' }),
    webhook_id: id,
    event_id: eventId.meta({
      description:
        'Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too',
    }),
    event_type: z.enum(DELIVERED_TYPES),
    origin: deliveryOrigin.meta({ description: 'What it was made for: an event that happened, a replay, or a test' }),
    replay_id: id.nullable().meta({ description: 'The replay that it belongs to' }),
    status: deliveryStatus.meta({
      description: '`pending`: will be tried, again or for the first time. `failed`: given up after the last attempt.',
    }),
    attempts_total: z.int().meta({ description: 'How often it was tried' }),
    next_attempt_at: timestamp.nullable().meta({
      description:
        'Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending`',
    }),
    created_at: timestamp,
    updated_at: timestamp,
    completed_at: timestamp.nullable().meta({ description: 'When it succeeded or was given up' }),
  })
  .meta({ id: 'DeliverySummary', description: 'An event on its way to a webhook', example: deliveryExample });
export type DeliverySummary = z.output<typeof deliverySummary>;

/** A delivery with its attempts. */
export const delivery = deliverySummary
  .extend({
    attempts: z.array(attempt).meta({ description: `In their order; of more than ${ATTEMPTS_SHOWN} the last ones` }),
  })
  .meta({
    id: 'Delivery',
    description: 'An event on its way to a webhook, and every attempt to deliver it',
    example: { ...deliveryExample, attempts: [attemptExample] },
  });
export type Delivery = z.output<typeof delivery>;

const listDeliveriesParameters = {
  ...listParameters(['created_at', 'updated_at']),
  status: commaSeparated(DELIVERY_STATUSES).optional(),
  event_type: commaSeparated(DELIVERED_TYPES).optional(),
};

export const REPLAY_STATUSES = ['running', 'completed', 'cancelled'] as const;
export const replayStatus = z.enum(REPLAY_STATUSES);
export type ReplayStatus = z.output<typeof replayStatus>;

const replayExample = {
  id: '019ab2f9-1f6d-7a8e-9c33-7b0e6d5f4a21',
  webhook_id: webhookExample.id,
  since: '2026-11-22T00:00:00.000Z',
  status: 'running',
  events_total: 1_200,
  events_done: 500,
  created_at: '2026-11-24T09:30:00.000Z',
  updated_at: '2026-11-24T09:30:01.000Z',
  completed_at: null,
} as const;

/** A job that sends past events to a webhook again. */
export const replay = z
  .object({
    id,
    webhook_id: id,
    since: timestamp,
    status: replayStatus.meta({
      description:
        '`completed`: all events are queued as deliveries. `cancelled`: the webhook was disabled meanwhile; those that were queued wait.',
    }),
    events_total: z.int().meta({ description: 'How many events it is about' }),
    events_done: z.int().meta({ description: 'How many of them are queued as deliveries' }),
    created_at: timestamp,
    updated_at: timestamp,
    completed_at: timestamp.nullable(),
  })
  .meta({ id: 'Replay', description: 'A job that sends past events to a webhook again', example: replayExample });
export type Replay = z.output<typeof replay>;

export const createReplayInput = z
  .strictObject({
    since: instant.meta({
      description: `Events since this time, at most ${EVENT_RETENTION_DAYS} days ago`,
      example: replayExample.since,
    }),
  })
  .meta({ id: 'CreateReplay', example: { since: replayExample.since } });

const listEventsParameters = {
  after: eventId.optional().meta({
    description:
      'Events that were recorded after the one with this id: `meta.next_after` of the last answer. Without it from the oldest that is kept',
  }),
  type: commaSeparated(EVENT_TYPES).optional(),
  per_page: pageParameters.per_page.meta({
    description: 'Greatest number of events, 1 to 100. There may be fewer although more follow: only `has_more` tells',
  }),
};
export const listEventsInput = z.strictObject(listEventsParameters);
export type ListEventsInput = z.output<typeof listEventsInput>;

/** What the service answers to the reader of events. */
export const eventPage = z.object({
  data: z.array(anyEvent),
  meta: z.object({
    per_page: z.int(),
    has_more: z.boolean().meta({ description: 'Whether more events follow already' }),
    next_after: eventId.nullable().meta({
      description: 'What to send as `after` to go on, now or later; `null` as long as the account has no event',
    }),
  }),
});
export type EventPage = z.output<typeof eventPage>;

const byId = z.strictObject({ id: id.meta({ description: 'Id of the webhook', example: webhookExample.id }) });
const byDeliveryId = byId.extend({
  delivery_id: id.meta({ description: 'Id of the delivery', example: deliveryExample.id }),
});
const byReplayId = byId.extend({
  replay_id: id.meta({ description: 'Id of the replay', example: replayExample.id }),
});

/** For commands that look up the host of a URL first, which may take seconds. */
const LOOKS_UP_TIMEOUT_MS = 10_000;

export const webhooks = {
  list: defineCommand({ subject: 'webhooks.list', input: listWebhooksInput, output: pageOf(webhook) }),
  create: defineCommand({
    subject: 'webhooks.create',
    input: createWebhookInput,
    output: webhookWithSecret,
    timeoutMs: LOOKS_UP_TIMEOUT_MS,
  }),
  get: defineCommand({ subject: 'webhooks.get', input: byId, output: webhook }),
  update: defineCommand({
    subject: 'webhooks.update',
    input: byId.extend({ patch: webhookPatch }),
    output: webhook,
    timeoutMs: LOOKS_UP_TIMEOUT_MS,
  }),
  delete: defineCommand({ subject: 'webhooks.delete', input: byId, output: webhook }),
  rotateSecret: defineCommand({ subject: 'webhooks.rotate_secret', input: byId, output: webhookWithSecret }),
  test: defineCommand({ subject: 'webhooks.test', input: byId, output: delivery }),
  listDeliveries: defineCommand({
    subject: 'webhooks.list_deliveries',
    input: byId.extend(listDeliveriesParameters),
    output: pageOf(deliverySummary),
  }),
  getDelivery: defineCommand({ subject: 'webhooks.get_delivery', input: byDeliveryId, output: delivery }),
  redeliver: defineCommand({ subject: 'webhooks.redeliver', input: byDeliveryId, output: delivery }),
  replay: defineCommand({
    subject: 'webhooks.replay',
    input: byId.extend(createReplayInput.shape),
    output: replay,
  }),
  getReplay: defineCommand({ subject: 'webhooks.get_replay', input: byReplayId, output: replay }),
  listEvents: defineCommand({ subject: 'webhooks.list_events', input: listEventsInput, output: eventPage }),
};

const changes = { events: ['*'], description: null } as const;

export const webhookRoutes = {
  list: defineRoute({
    operationId: 'listWebhooks',
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    query: listWebhooksInput,
    response: listOf(webhook),
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createWebhook',
    method: 'POST',
    path: '/webhooks',
    summary: 'Create a webhook',
    description: `The URL is told of every event of the types in \`events\` from now on. Keep the \`secret\` of the answer: it verifies deliveries, and is never shown again. An account has at most ${WEBHOOKS_MAX} webhooks.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    body: createWebhookInput,
    response: webhookWithSecret,
    status: 201,
    hasETag: true,
    location: '/webhooks/{id}',
    example,
  }),
  get: defineRoute({
    operationId: 'getWebhook',
    method: 'GET',
    path: '/webhooks/{id}',
    summary: 'Get a webhook',
    description: 'Without its secret.',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byId,
    response: webhook,
    status: 200,
    hasETag: true,
  }),
  update: defineRoute({
    operationId: 'updateWebhook',
    method: 'PATCH',
    path: '/webhooks/{id}',
    summary: 'Update, disable or enable a webhook',
    description:
      'A JSON merge patch. While a webhook is disabled no deliveries are made for it, and those that are pending wait. `status: "enabled"` makes them go on, and counts its failures anew; it does not make up for what happened meanwhile. For that ask for a replay, with `disabled_at` as `since`: keep it, because enabling clears it.',
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byId,
    body: webhookPatch,
    response: webhook,
    status: 200,
    hasETag: true,
    example: changes,
    responseExample: { ...webhookExample, ...changes, updated_at: '2026-11-24T09:30:00.000Z' },
  }),
  delete: defineRoute({
    operationId: 'deleteWebhook',
    method: 'DELETE',
    path: '/webhooks/{id}',
    summary: 'Delete a webhook',
    description:
      'Answers the webhook as it last stood, disabled. It is gone from then on, with its secret, its pending deliveries and its log; a request that is under way may still arrive.',
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byId,
    response: webhook,
    status: 200,
    hasETag: true,
    responseExample: {
      ...webhookExample,
      status: 'disabled',
      disabled_reason: 'requested',
      disabled_at: '2026-11-24T09:30:00.000Z',
      updated_at: '2026-11-24T09:30:00.000Z',
    },
  }),
  rotateSecret: defineRoute({
    operationId: 'rotateWebhookSecret',
    method: 'POST',
    path: '/webhooks/{id}/rotate_secret',
    summary: 'Replace the secret of a webhook',
    description: `Answers the new secret, which is never shown again. For ${SECRET_OVERLAP_HOURS} hours the old one signs beside it: \`webhook-signature\` then holds a signature for each, the new one first, so that a receiver that knows either goes on without a gap. \`X-NexivoHR-Signature\` uses the new one at once. Rotating again within that time drops the older of the two old secrets.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byId,
    response: webhookWithSecret,
    status: 200,
    hasETag: true,
    responseExample: { ...webhookExample, updated_at: '2026-11-24T09:30:00.000Z', secret: secretExample },
  }),
  test: defineRoute({
    operationId: 'testWebhook',
    method: 'POST',
    path: '/webhooks/{id}/test',
    summary: 'Send a test to a webhook',
    description: `Sends an event of type \`${TEST_EVENT}\`, whatever the webhook has subscribed to, with the webhook itself as its object. It is signed, tried again and logged like any other delivery; look at the \`Location\` for what came of it.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byId,
    response: delivery,
    status: 201,
    hasETag: true,
    location: '/webhooks/{webhook_id}/deliveries/{id}',
    errors: ['webhook_disabled'],
    responseExample: {
      ...deliveryExample,
      event_type: TEST_EVENT,
      origin: 'test',
      attempts_total: 0,
      next_attempt_at: deliveryExample.created_at,
      updated_at: deliveryExample.created_at,
      attempts: [],
    },
  }),
  listDeliveries: defineRoute({
    operationId: 'listDeliveries',
    method: 'GET',
    path: '/webhooks/{id}/deliveries',
    summary: 'List the deliveries of a webhook',
    description: `Those of the last ${EVENT_RETENTION_DAYS} days.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byId,
    query: z.strictObject(listDeliveriesParameters).refine(pageDepth.check, pageDepth.message),
    response: listOf(deliverySummary),
    status: 200,
  }),
  getDelivery: defineRoute({
    operationId: 'getDelivery',
    method: 'GET',
    path: '/webhooks/{id}/deliveries/{delivery_id}',
    summary: 'Get a delivery with its attempts',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byDeliveryId,
    response: delivery,
    status: 200,
    hasETag: true,
  }),
  redeliver: defineRoute({
    operationId: 'redeliver',
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
    errors: ['webhook_disabled'],
  }),
  replay: defineRoute({
    operationId: 'replayWebhook',
    method: 'POST',
    path: '/webhooks/{id}/replay',
    summary: 'Send past events again',
    description: `Makes a new delivery of every event since a time, at most ${EVENT_RETENTION_DAYS} days ago, that the webhook has subscribed to, whether it was delivered before or not. Their \`webhook-id\` is that of the first time, so a receiver can leave out what it has seen. It is a job: look at the \`Location\` for its progress. They are queued bit by bit, so that new events need not wait behind them.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byId,
    body: createReplayInput,
    response: replay,
    status: 201,
    hasETag: true,
    location: '/webhooks/{webhook_id}/replays/{id}',
    errors: ['webhook_disabled'],
    example: { since: replayExample.since },
    responseExample: { ...replayExample, events_done: 0, updated_at: replayExample.created_at },
  }),
  getReplay: defineRoute({
    operationId: 'getReplay',
    method: 'GET',
    path: '/webhooks/{id}/replays/{replay_id}',
    summary: 'Get the progress of a replay',
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byReplayId,
    response: replay,
    status: 200,
    hasETag: true,
  }),
};

export const eventRoutes = {
  list: defineRoute({
    operationId: 'listEvents',
    method: 'GET',
    path: '/events',
    summary: 'Read events',
    description: `All events of the account in the last ${EVENT_RETENTION_DAYS} days, in the order in which they were recorded, byte for byte as webhooks get them: for receivers that were away, or have no URL. Go on with \`after\` = \`meta.next_after\`, at once while \`has_more\`, later otherwise; who does so misses nothing. Events of one object may come out of order where they happened at nearly the same time: the one with the greater \`resource_version\` is the later. An id that is unknown, or older than ${EVENT_RETENTION_DAYS} days, is refused with 400.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    query: listEventsInput,
    response: eventPage.extend({ links: z.object({ next: z.url().nullable() }) }),
    status: 200,
    responseExample: {
      data: [anyEvent.meta()!['example']],
      meta: { per_page: 1, has_more: true, next_after: 'evt_019ab2f37a0e7c3c9d0b0f6f2c1f6f6e' },
      links: {
        next: 'https://ats.example.com/ats/api/v1/events?per_page=1&after=evt_019ab2f37a0e7c3c9d0b0f6f2c1f6f6e',
      },
    },
  }),
};
