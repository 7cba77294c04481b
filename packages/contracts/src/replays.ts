import { z } from 'zod';
import { defineCommand } from './command.js';
import { EVENT_RETENTION_DAYS } from './events.js';
import { commaSeparated, listOf, listParameters, pageDepth, pageOf } from './pagination.js';
import { defineRoute } from './route.js';
import { id, instant, timestamp } from './text.js';
import { byWebhookId, webhookExample } from './webhooks.js';

export const JOB_STATUSES = ['running', 'completed', 'cancelled', 'expired'] as const;
export const jobStatus = z.enum(JOB_STATUSES).meta({ id: 'TaskStatus' });
export type JobStatus = z.output<typeof jobStatus>;

/** What cancelling a job says of one that has ended. */
export const ENDED = 'A job that has ended stays as it is, and is answered as such.';

const replayExample = {
  id: '019ab2f9-1f6d-7a8e-9c33-7b0e6d5f4a21',
  webhook_id: webhookExample.id,
  since: '2026-11-22T00:00:00.000Z',
  until: null,
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
    until: timestamp.nullable().meta({ description: '`null`: all events up to the request' }),
    status: jobStatus.meta({
      description:
        '`completed`: all events are queued as deliveries. `cancelled`: by request, or because the webhook was disabled meanwhile; what was queued is still sent. `expired`: some of the events were no longer kept when their turn came; `events_done` of them are queued.',
    }),
    events_total: z.int().min(0).meta({ description: 'How many events it is about' }),
    events_done: z.int().min(0).meta({ description: 'How many of them are queued as deliveries' }),
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
    until: instant.optional().meta({ description: 'Events up to this time; without it all up to now' }),
  })
  .meta({ id: 'CreateReplay', example: { since: replayExample.since } });

const byReplayId = byWebhookId.extend({
  replay_id: id.meta({ description: 'Id of the replay', example: replayExample.id }),
});

const listReplaysParameters = {
  ...listParameters(['created_at', 'updated_at']),
  status: commaSeparated(JOB_STATUSES).optional(),
};

export const replays = {
  create: defineCommand({
    subject: 'webhooks.replay',
    input: byWebhookId.extend(createReplayInput.shape),
    output: replay,
  }),
  get: defineCommand({ subject: 'webhooks.get_replay', input: byReplayId, output: replay }),
  list: defineCommand({
    subject: 'webhooks.list_replays',
    input: byWebhookId.extend(listReplaysParameters),
    output: pageOf(replay),
  }),
  cancel: defineCommand({ subject: 'webhooks.cancel_replay', input: byReplayId, output: replay }),
};

export const replayRoutes = {
  create: defineRoute({
    operationId: 'replayWebhook',
    method: 'POST',
    path: '/webhooks/{id}/replay',
    summary: 'Send past events again',
    description: `Makes a new delivery of every event since a time, at most ${EVENT_RETENTION_DAYS} days ago, and up to another one, that the webhook has subscribed to, whether it was delivered before or not. Their \`webhook-id\` is that of the first time, so a receiver can leave out what it has seen. It is a job: look at the \`Location\` for its progress.`,
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
  list: defineRoute({
    operationId: 'listReplays',
    method: 'GET',
    path: '/webhooks/{id}/replays',
    summary: 'List the replays of a webhook',
    description: `Those that run, and those that ended in the last ${EVENT_RETENTION_DAYS} days.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byWebhookId,
    query: z.strictObject(listReplaysParameters).refine(pageDepth.check, pageDepth.message),
    response: listOf(replay, 'ReplayList'),
    status: 200,
  }),
  cancel: defineRoute({
    operationId: 'cancelReplay',
    method: 'POST',
    path: '/webhooks/{id}/replays/{replay_id}/cancel',
    summary: 'Cancel a replay',
    description: `Nothing more is queued once this is answered; \`events_done\` says how much was, and that is still sent. ${ENDED}`,
    tag: 'Webhooks',
    scope: 'webhooks:write',
    params: byReplayId,
    response: replay,
    status: 200,
    hasETag: true,
  }),
};
