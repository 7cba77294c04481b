/** The types of events, as `events.ts` tells what each is. They are named apart, since webhooks subscribe to them and are told of, too. */
export const EVENT_TYPES = [
  'candidate.created',
  'candidate.updated',
  'candidate.deleted',
  'job.created',
  'job.updated',
  'job.closed',
  'submission.created',
  'submission.stage_changed',
  'submission.placed',
  'webhook.failing',
  'webhook.disabled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
