import { z } from 'zod';
import { defineCommand } from './command.js';
import { EVENT_TYPES } from './event-types.js';
import { commaSeparated, listOf, listParameters, pageDepth, pageOf } from './pagination.js';
import { readOnly } from './read-only.js';
import { defineRoute } from './route.js';
import { id, multilineText, oneUrl, text, timestamp, uriOf } from './text.js';

/** Greatest number of webhooks of an account: one that is enabled costs every event a row, written in the event's transaction. */
export const WEBHOOKS_MAX = 100;
/** For how many hours the secret before the last rotation goes on to sign. */
export const SECRET_OVERLAP_HOURS = 24;
export const WEBHOOK_STATUSES = ['enabled', 'disabled'] as const;
export const webhookStatus = z.enum(WEBHOOK_STATUSES).meta({ id: 'WebhookStatus' });
export type WebhookStatus = z.output<typeof webhookStatus>;

export const DISABLED_REASONS = ['requested', 'gone', 'failing_for_5_days'] as const;
export const disabledReason = z.enum(DISABLED_REASONS).meta({ id: 'DisabledReason' });
export type DisabledReason = z.output<typeof disabledReason>;

/** A name that a webhook may subscribe to; `*` stands for all, those to come included. */
const subscribable = z.enum([...EVENT_TYPES, '*']).meta({ id: 'Subscribable' });
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

const URL_MAX = 2_000;

/** Where deliveries go. Which hosts are allowed the webhooks service decides, for it depends on the operator. */
const targetUrl = text(URL_MAX)
  .refine(oneUrl.check, oneUrl.message)
  .refine((url) => !/[\s\p{Cc}\\]/u.test(url), {
    error: 'must not contain white space, control characters or backslashes; percent-encode them',
    abort: true,
  })
  .pipe(z.url({ protocol: /^https?$/, error: 'must be an https URL, such as https://example.com/hooks' }))
  .refine((url) => !parsed(url)?.username && !parsed(url)?.password, {
    error: 'must not contain a user name or password; verify the signature of deliveries instead',
  })
  .refine((url) => !url.includes('#'), { error: 'must not have a fragment' })
  .overwrite((url) => (parsed(url) ? uriOf(url) : url))
  .refine((url) => url.length <= URL_MAX, {
    error: `must have at most ${URL_MAX} characters, once it is percent-encoded`,
    params: { code: 'too_long' },
  })
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

/** How a webhook stands: what became of the last requests to it. */
export const webhookStanding = {
  failing_since: timestamp.nullable().meta({
    id: 'FailingSince',
    description: 'When the first of the failures since the last success was; `null` while it succeeds',
  }),
  last_success_at: timestamp.nullable().meta({
    description: 'When it last succeeded, a minute earlier at most; `null` if it never has',
  }),
  last_failure_at: timestamp.nullable().meta({
    id: 'LastFailureAt',
    description: 'When the last of the failures since the last success was; `null` while it succeeds',
  }),
  disables_at: timestamp.nullable().meta({
    id: 'DisablesAt',
    description:
      'When it is disabled at the earliest if it goes on to fail: by its tenth failure or a later one, after five times 24 hours with failures on five days (UTC). `null` while it succeeds',
  }),
};

/** What the example becomes. */
export const webhookExample = {
  id: '019ab2f1-3c70-7e1a-9a52-2d0f8b64c1e7',
  ...example,
  status: 'enabled',
  disabled_reason: null,
  disabled_at: null,
  failing_since: null,
  last_success_at: null,
  last_failure_at: null,
  disables_at: null,
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
        '`requested`: by a PATCH. `gone`: the URL answered 410. `failing_for_5_days`: nothing but failures, ten at least and on five days.',
    }),
    disabled_at: timestamp.nullable(),
    ...webhookStanding,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({
    id: 'Webhook',
    description:
      'A URL that is told of events. What became of requests to it (`failing_since`, `last_success_at`, `last_failure_at`, `disables_at`) is as of the answer and changes no `ETag`',
    example: webhookExample,
  });
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
  });
export type WebhookWithSecret = z.output<typeof webhookWithSecret>;

export const createWebhookInput = z
  .strictObject({
    url: targetUrl,
    events: subscription,
    description: multilineText(1_000).nullish(),
    status: webhookStatus.default('enabled'),
  })
  .meta({ id: 'CreateWebhook', example });
export type CreateWebhookInput = z.output<typeof createWebhookInput>;

/** Members that change with each request to the webhook. */
export const WEBHOOK_STANDING = ['failing_since', 'last_success_at', 'last_failure_at', 'disables_at'] as const;

/** Members that only the API sets. */
export const WEBHOOK_READ_ONLY = [
  'id',
  'disabled_reason',
  'disabled_at',
  ...WEBHOOK_STANDING,
  'created_at',
  'updated_at',
] as const;

export const webhookPatch = z
  .strictObject({
    url: targetUrl,
    events: subscription,
    description: multilineText(1_000).nullish(),
    status: webhookStatus,
    ...readOnly(WEBHOOK_READ_ONLY),
  })
  .partial()
  .meta({ id: 'WebhookPatch', description: 'A JSON merge patch (RFC 7396)' });
export type WebhookPatch = z.output<typeof webhookPatch>;

export const WEBHOOK_SORT_KEYS = ['created_at', 'updated_at'] as const satisfies readonly (keyof Webhook)[];

export const listWebhooksInput = z
  .strictObject({
    ...listParameters(WEBHOOK_SORT_KEYS),
    status: commaSeparated(WEBHOOK_STATUSES).optional(),
  })
  .refine(pageDepth.check, pageDepth.message);
export type ListWebhooksInput = z.output<typeof listWebhooksInput>;

/** How a webhook, and what belongs to it, is found. */
export const byWebhookId = z.strictObject({
  id: id.meta({ description: 'Id of the webhook', example: webhookExample.id }),
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
  get: defineCommand({ subject: 'webhooks.get', input: byWebhookId, output: webhook }),
  update: defineCommand({
    subject: 'webhooks.update',
    input: byWebhookId.extend({ patch: webhookPatch }),
    output: webhook,
    timeoutMs: LOOKS_UP_TIMEOUT_MS,
  }),
  delete: defineCommand({ subject: 'webhooks.delete', input: byWebhookId, output: webhook }),
  rotateSecret: defineCommand({ subject: 'webhooks.rotate_secret', input: byWebhookId, output: webhookWithSecret }),
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
    response: listOf(webhook, 'WebhookList'),
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createWebhook',
    method: 'POST',
    path: '/webhooks',
    summary: 'Create a webhook',
    description: `The URL is told of every event of the types in \`events\` from now on. The token needs the scopes that read them, such as \`candidates:read\` for \`candidate.created\`, all of them for \`["*"]\`. Keep the \`secret\` of the answer: it verifies deliveries, and is never shown again. An account has at most ${WEBHOOKS_MAX} webhooks.`,
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
    params: byWebhookId,
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
      'A JSON merge patch. While a webhook is disabled no deliveries are made for it, and those that are pending wait. `status: "enabled"` makes them go on, and counts its failures anew. What happened meanwhile a replay brings, with `disabled_at` as `since`, and what was given up before that `redeliver_failed`, with `failing_since`: keep both, because enabling clears them. More `events`, or another `url`, need the scopes that read what it is told of, as creating does.',
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byWebhookId,
    body: webhookPatch,
    response: webhook,
    status: 200,
    hasETag: true,
    example: changes,
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
    params: byWebhookId,
    response: webhook,
    status: 200,
    hasETag: true,
  }),
  rotateSecret: defineRoute({
    operationId: 'rotateWebhookSecret',
    method: 'POST',
    path: '/webhooks/{id}/rotate_secret',
    summary: 'Replace the secret of a webhook',
    description: `Answers the new secret, which is never shown again. For ${SECRET_OVERLAP_HOURS} hours the old one signs beside it: \`webhook-signature\` then holds a signature for each, the new one first, so that a receiver that knows either goes on without a gap. \`X-NexivoHR-Signature\` uses the new one at once. Rotating again within that time drops the older of the two old secrets.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byWebhookId,
    response: webhookWithSecret,
    status: 200,
    hasETag: true,
  }),
};
