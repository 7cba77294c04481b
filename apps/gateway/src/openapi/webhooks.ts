import { TEST_EVENT, testEvent } from '@nexivo/contracts/deliveries';
import { eventExample } from '@nexivo/contracts/event-examples';
import { EVENT_TYPES, eventOf, pascalCase } from '@nexivo/contracts/events';
import type { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';

/** The requests that webhooks get: one for each type of event, and the test. */
export const webhookRequests = (): ZodOpenApiPathsObject =>
  Object.fromEntries([
    ...EVENT_TYPES.map((type) => [type, { post: toRequest(type, eventOf(type), eventExample(type)) }]),
    [TEST_EVENT, { post: toRequest(TEST_EVENT, testEvent, testEvent.meta()!['example']) }],
  ]);

/** What it tells of is said where its body is described. */
function toRequest(type: string, schema: z.ZodType, example: unknown): ZodOpenApiOperationObject {
  return {
    operationId: `on${pascalCase(type)}`,
    summary: type,
    tags: ['Webhooks'],
    security: [],
    parameters: WEBHOOK_HEADERS.map(({ name }) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: { required: true, content: { 'application/json': { schema, example } } },
    responses: ANSWERS,
  };
}

/** What comes of what a receiver answers. */
const ANSWERS: ZodOpenApiOperationObject['responses'] = {
  '2XX': {
    id: 'Received',
    description: 'Received. What the answer says beyond its status is logged and not acted on.',
  },
  default: {
    id: 'NotReceived',
    description:
      'Not received: it is sent again later. Redirects are not followed. 410 disables the webhook; 429, 502, 503 and 504 slow down what is sent here, and `Retry-After` is honoured.',
  },
};

/** What each of them carries. */
const WEBHOOK_HEADERS: readonly { name: string; description: string; example: string }[] = [
  {
    name: 'X-NexivoHR-Signature',
    description:
      '`sha256=` and the hexadecimal HMAC-SHA256 of the raw body, keyed with the newest secret exactly as it was shown, `whsec_` included',
    example: 'sha256=6f1f7f6c1d6c6a1b9f0f8a7f4f6b4f0f3c9b7e7a0b1a4c6d8e2f4a6b8c0d1e3f',
  },
  { name: 'X-NexivoHR-Event', description: 'The type of the event', example: 'candidate.created' },
  {
    name: 'X-NexivoHR-Delivery',
    description: 'Id of the delivery, the same on every attempt',
    example: '019ab2f4-58d1-7c02-8b7e-91a4d3e05f6c',
  },
  {
    name: 'webhook-id',
    description:
      'Id of the event, the same on every attempt, redelivery and replay: what has been seen before has it, too',
    example: 'evt_019ab2f37a0e7c3c9d0b0f6f2c1f6f6e',
  },
  {
    name: 'webhook-timestamp',
    description: 'When this attempt was made, in seconds since 1970; refuse what is older than a few minutes',
    example: '1795512600',
  },
  {
    name: 'webhook-signature',
    description:
      '`v1,` and the base64 of the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 follows `whsec_`. After a rotation one for each live secret, the newest first, separated by spaces.',
    example: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  },
];

/** Those headers as components of the document. */
export const webhookParameters = Object.fromEntries(
  WEBHOOK_HEADERS.map((header) => [
    header.name,
    { in: 'header' as const, required: true, schema: { type: 'string' as const }, ...header },
  ]),
);
