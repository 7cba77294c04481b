import { z } from 'zod';
import { defineCommand } from './command.js';
import { EVENT_RETENTION_DAYS } from './events.js';
import { defineRoute } from './route.js';
import { id, instant, timestamp } from './text.js';
import { byWebhookId, webhookExample } from './webhooks.js';

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

const byReplayId = byWebhookId.extend({
  replay_id: id.meta({ description: 'Id of the replay', example: replayExample.id }),
});

export const replays = {
  create: defineCommand({
    subject: 'webhooks.replay',
    input: byWebhookId.extend(createReplayInput.shape),
    output: replay,
  }),
  get: defineCommand({ subject: 'webhooks.get_replay', input: byReplayId, output: replay }),
};

export const replayRoutes = {
  create: defineRoute({
    operationId: 'replayWebhook',
    method: 'POST',
    path: '/webhooks/{id}/replay',
    summary: 'Send past events again',
    description: `Makes a new delivery of every event since a time, at most ${EVENT_RETENTION_DAYS} days ago, that the webhook has subscribed to, whether it was delivered before or not. Their \`webhook-id\` is that of the first time, so a receiver can leave out what it has seen. It is a job: look at the \`Location\` for its progress. They are queued bit by bit, so that new events need not wait behind them.`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byWebhookId,
    body: createReplayInput,
    response: replay,
    status: 201,
    hasETag: true,
    location: '/webhooks/{webhook_id}/replays/{id}',
    errors: ['webhook_disabled'],
    example: { since: replayExample.since },
    responseExample: { ...replayExample, events_done: 0, updated_at: replayExample.created_at },
  }),
  get: defineRoute({
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
