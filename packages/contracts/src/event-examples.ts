import { type AnyEvent, anyEvent, eventObjectExamples, type EventType } from './events.js';

const AT = '2026-11-24T09:30:00.000Z';

/** What changed in the examples of events that are about a change. */
const CHANGES: Partial<Record<EventType, { before: object; after: object }>> = {
  'candidate.updated': { before: { status: 'new' }, after: { status: 'screening' } },
  'candidate.deleted': { before: { status: 'new' }, after: { status: 'inactive' } },
  'job.updated': { before: { openings: 1 }, after: { openings: 2 } },
  'job.closed': { before: { status: 'open', closed_at: null }, after: { status: 'closed', closed_at: AT } },
  'submission.stage_changed': {
    before: { stage: 'screening', stage_changed_at: eventObjectExamples.submission.stage_changed_at },
    after: { stage: 'interview', stage_changed_at: AT },
  },
  'submission.placed': {
    before: { stage: 'screening', stage_changed_at: eventObjectExamples.submission.stage_changed_at, placed_at: null },
    after: { stage: 'placed', stage_changed_at: AT, placed_at: AT },
  },
  'webhook.failing': {
    before: { last_failure_at: '2026-11-23T22:10:00.000Z' },
    after: {
      failing_since: '2026-11-23T12:00:05.000Z',
      last_failure_at: AT,
      disables_at: '2026-11-28T12:00:05.000Z',
    },
  },
  'webhook.disabled': {
    before: { status: 'enabled', disabled_reason: null, disabled_at: null },
    after: { status: 'disabled', disabled_reason: 'gone', disabled_at: AT, failing_since: AT, last_failure_at: AT },
  },
};

/** The documented example of a type of event, made of the example of its object. */
export function eventExample(type: EventType): AnyEvent {
  const [resource] = type.split('.') as [keyof typeof eventObjectExamples];
  const event = anyEvent.meta()!['example'] as AnyEvent;
  const object = eventObjectExamples[resource];
  const change = CHANGES[type];
  const example = change
    ? {
        ...event,
        type,
        created_at: AT,
        resource_version: 2,
        data: { object: { ...object, ...change.after, updated_at: AT }, previous: change.before },
      }
    : { ...event, type, created_at: object.created_at, resource_version: 1, data: { object, previous: null } };
  return example as AnyEvent;
}
