import { z } from 'zod';
import type { Scope } from './accounts.js';
import { type Candidate, candidate, candidateExample } from './candidates.js';
import { defineCommand } from './command.js';
import { type Job, job, jobExample } from './jobs.js';
import { commaSeparated, pageParameters } from './pagination.js';
import { defineRoute } from './route.js';
import { type Submission, submission, submissionExample } from './submissions.js';
import { type EventType, EVENT_TYPES } from './event-types.js';
import { id, instant, timestamp } from './text.js';
import { type Webhook, webhook, webhookExample } from './webhooks.js';

export { type EventType, EVENT_TYPES } from './event-types.js';

/** For how many days events can be read and replayed, and the log of deliveries is kept. */
export const EVENT_RETENTION_DAYS = 30;

/** Id of an event: `evt_` and the 32 hexadecimal digits of a UUIDv7. The same wherever the event is seen. */
export const eventId = z
  .string()
  .regex(/^evt_[0-9a-f]{32}$/, 'must be the id of an event, such as evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e')
  .meta({ id: 'EventId', example: 'evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e' });

/** The resources that events are about: what comes before the dot. */
interface Resources {
  candidate: Candidate;
  job: Job;
  submission: Submission;
  webhook: Webhook;
}

/**
 * The members that each resource has got since events about it were first published. Older events lack them, so readers
 * may not rely on them.
 */
export const addedMembers = {
  candidate: [],
  job: [],
  submission: [],
  webhook: [],
} as const satisfies { [Name in keyof Resources]: readonly (keyof Resources[Name])[] };

/** A resource with some members optional. */
type Lacking<Shape extends z.ZodRawShape, Added> = z.ZodObject<{
  [Name in keyof Shape]: Name extends Added ? z.ZodOptional<Shape[Name]> : Shape[Name];
}>;

/**
 * A resource as events of all ages have it.
 *
 * @param added members that older events lack
 */
export function asInEvents<Shape extends z.ZodRawShape, Added extends keyof Shape>(
  resource: z.ZodObject<Shape>,
  added: readonly Added[],
): Lacking<Shape, Added> {
  const { id: name, description } = resource.meta() ?? {};
  const lacking = resource.extend(
    Object.fromEntries(added.map((member) => [member, z.optional(resource.shape[member])])),
  );
  // A resource that has got no member is the API's own, by its name in the document too.
  const inEvents: z.ZodType =
    added.length === 0
      ? resource
      : lacking.meta({
          id: `${name}InEvent`,
          description: `${description}, as an event has it: an older one may lack members`,
        });
  return inEvents as Lacking<Shape, Added>;
}

/** Each resource, as readers of events find it. */
const inEvents = {
  candidate: asInEvents(candidate, addedMembers.candidate),
  job: asInEvents(job, addedMembers.job),
  submission: asInEvents(submission, addedMembers.submission),
  webhook: asInEvents(webhook, addedMembers.webhook),
};

/**
 * What each type of event carries. The version counts changes of its shape that could break a reader; adding a member
 * is none, since readers ignore what they do not know. It travels as a header on the bus; a golden file is frozen for
 * each type and version.
 */
export const eventTypes = {
  'candidate.created': { version: 1, object: inEvents.candidate, description: 'A candidate was created.' },
  'candidate.updated': { version: 1, object: inEvents.candidate, description: 'Members of a candidate changed.' },
  'candidate.deleted': { version: 1, object: inEvents.candidate, description: 'A candidate became `inactive`.' },
  'job.created': { version: 1, object: inEvents.job, description: 'A job was created.' },
  'job.updated': { version: 1, object: inEvents.job, description: 'Members of a job changed.' },
  'job.closed': { version: 1, object: inEvents.job, description: 'A job became `closed`.' },
  'submission.created': { version: 1, object: inEvents.submission, description: 'A candidate was submitted to a job.' },
  'submission.stage_changed': {
    version: 1,
    object: inEvents.submission,
    description: 'A submission came to another stage.',
  },
  'submission.placed': {
    version: 1,
    object: inEvents.submission,
    description: 'A submission became `placed`; `submission.stage_changed` is published beside it.',
  },
  'webhook.failing': {
    version: 1,
    object: inEvents.webhook,
    description:
      "A webhook fails for the tenth time in a row, or on a second day, and will be disabled at `disables_at` if it goes on so. Told to the account's other webhooks, once until it succeeds.",
  },
  'webhook.disabled': {
    version: 1,
    object: inEvents.webhook,
    description: "A webhook became `disabled`; `disabled_reason` says why. Told to the account's other webhooks.",
  },
} as const satisfies Record<EventType, { version: number; object: z.ZodObject; description: string }>;

export const eventType = z.enum(EVENT_TYPES).meta({ id: 'EventType' });

const resourceOf = (type: EventType): keyof Resources => type.split('.')[0] as keyof Resources;

/** What an event of a type carries as `data.object` when it is written. */
export type EventObject<Type extends EventType = EventType> = Type extends `${infer Name}.${string}`
  ? Name extends keyof Resources
    ? Resources[Name]
    : never
  : never;

const resourceVersion = z.int().min(0).meta({
  id: 'ResourceVersion',
  description: 'Of the object, and in its `ETag`: a later change has a greater one, events of one change have the same',
});

/** What every event has, whatever it carries. */
export const eventEnvelope = z
  .object({
    id: eventId,
    created_at: timestamp,
    account_id: id,
    request_id: z.string().meta({ description: 'Of the request that caused it; one of its own where none did' }),
    resource_version: resourceVersion,
  })
  .meta({ id: 'EventEnvelope', description: 'What every event has, whatever it carries' });

/** An event of a type, with what it carries. */
export const envelope = <Type extends z.ZodType, Data extends z.ZodType>(type: Type, data: Data) => {
  const { id: eventsId, ...others } = eventEnvelope.shape;
  return z.object({ id: eventsId, type, ...others, data });
};

const dataAbout = <Shape extends z.ZodRawShape>(object: z.ZodObject<Shape>, name: string) =>
  z
    .object({
      object,
      previous: object.partial().nullable().meta({
        description: 'What the members that changed were before, without `updated_at`; `null` for a new object',
      }),
    })
    .meta({ id: `${name}EventData`, description: '`object` is as the API showed it at that moment' });

const dataOf = {
  candidate: dataAbout(inEvents.candidate, 'Candidate'),
  job: dataAbout(inEvents.job, 'Job'),
  submission: dataAbout(inEvents.submission, 'Submission'),
  webhook: dataAbout(inEvents.webhook, 'Webhook'),
};

/** One change of a resource, as it is written: on the bus, to webhooks and in `GET /events`. */
export interface Event<Type extends EventType = EventType> {
  id: string;
  type: Type;
  created_at: string;
  account_id: string;
  request_id: string;
  resource_version: number;
  data: { object: EventObject<Type>; previous: Partial<EventObject<Type>> | null };
}

/** An event as it is read, however old it is. */
export type StoredEvent<Type extends EventType = EventType> = Omit<Event<Type>, 'data'> & {
  data: { object: z.output<(typeof eventTypes)[Type]['object']>; previous: Partial<EventObject<Type>> | null };
};

const isTest = z.literal(true).meta({ id: 'IsTest', description: 'Marks the example of a type, which never happened' });

const contractOf = (type: EventType) => {
  const data: z.ZodObject = dataOf[resourceOf(type)];
  return envelope(z.literal(type), data)
    .extend({ test: isTest.optional() })
    .meta({ id: `${pascalCase(type)}Event`, description: eventTypes[type].description });
};

/** `SubmissionStageChanged` of `submission.stage_changed`. */
export const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());

const contracts = new Map(EVENT_TYPES.map((type) => [type, contractOf(type)]));

/** An event of any type, as it is read. */
export type AnyEvent = { [Type in EventType]: StoredEvent<Type> }[EventType];

/** The contract of one type of event: what its readers may rely on, however old an event is. */
export const eventOf = (type: EventType) => contracts.get(type)!;

const [first, ...others] = EVENT_TYPES.map(eventOf);

/** Any event, told from others by its type. */
export const anyEvent: z.ZodType<AnyEvent> = (
  z.discriminatedUnion('type', [first!, ...others]) as unknown as z.ZodType<AnyEvent>
).meta({
  id: 'WebhookEvent',
  description: 'One change of a resource; `type` says of which kind',
  example: {
    id: 'evt_019ab2f37a0e7c3c9d0b0f6f2c1f6f6e',
    type: 'candidate.updated',
    created_at: '2026-11-24T09:30:00.000Z',
    account_id: '019ab2ee-0c5b-7a90-8f43-52c7a1d9e6b0',
    request_id: '019ab2f0-9e57-7a41-b6a8-7c1d4f80e2b5',
    resource_version: 2,
    data: {
      object: { ...candidateExample, status: 'screening', updated_at: '2026-11-24T09:30:00.000Z' },
      previous: { status: 'new' },
    },
  },
});

/**
 * Where an event is published on the bus. The object's id is part of it, so that the events of one object, which may be a
 * person, can be told from all others.
 */
export const eventSubject = (type: EventType, objectId: string): string => {
  const [kind, what] = type.split('.');
  return `events.${kind}.${objectId}.${what}`;
};

/** All subjects under which the stream may hold events of a type, as filters of a consumer. */
export const eventFilters = (type: EventType): string[] => [eventSubject(type, '*'), subjectBeforeIds(type)];

/** Where releases up to 0.1 published. Goes once no stream and no inbox can hold such a message any more. */
const subjectBeforeIds = (type: EventType): string => `events.${type}`;

/** What the subject of an event names: its type, which need not be one that this release knows, and its object. */
export interface NamedBySubject {
  readonly type: string;
  /** Undefined where releases up to 0.1 published it. */
  readonly objectId?: string | undefined;
}

/** Reads the subject of an event; undefined if it is none. */
export function parseEventSubject(subject: string): NamedBySubject | undefined {
  const [, kind, objectId, what] = /^events\.([^.]+)(?:\.([^.]+))?\.([^.]+)$/.exec(subject) ?? [];
  return kind === undefined ? undefined : { type: `${kind}.${what}`, objectId };
}

/** An object of each kind, for the reference and for tests. */
export const eventObjectExamples = {
  candidate: candidateExample,
  job: jobExample,
  submission: submissionExample,
  webhook: webhookExample,
} satisfies Record<keyof Resources, object>;

const EVENT_SORTS = ['recorded_at', '-recorded_at'] as const;

export const listEventsInput = z
  .strictObject({
    after: eventId.optional().meta({
      description:
        'Events that were recorded after the one with this id: `meta.next_after` of the last answer. Without it from the oldest that is kept',
    }),
    since: instant.optional().meta({
      description:
        'Events that were recorded at this time or later, to begin with; go on with `after`. An event is recorded shortly after it was made',
    }),
    sort: z.enum(EVENT_SORTS).default('recorded_at').meta({
      description:
        '`-recorded_at`: the newest events, the last one first. That is one page: there is no place to go on from but its newest event',
    }),
    type: commaSeparated(EVENT_TYPES).optional(),
    per_page: pageParameters.per_page.meta({
      description:
        'Greatest number of events, 1 to 100. There may be fewer although more follow: only `has_more` tells',
    }),
  })
  .refine(({ after, since }) => after === undefined || since === undefined, {
    path: ['since'],
    error: 'must not be sent along with after, which says where to go on',
  })
  .refine(({ after, sort }) => after === undefined || sort === 'recorded_at', {
    path: ['sort'],
    error: 'must be recorded_at along with after: what follows an event is read in the order in which it was recorded',
  });
export type ListEventsInput = z.output<typeof listEventsInput>;

/** What the service answers to the reader of events. */
export const eventPage = z.object({
  data: z.array(anyEvent),
  meta: z.object({
    per_page: z.int().min(0),
    has_more: z.boolean().meta({
      description: 'Whether more events follow already; with `sort=-recorded_at` whether there are older ones',
    }),
    next_after: eventId.nullable().meta({
      description: 'What to send as `after` to go on, now or later; `null` as long as the account has no event',
    }),
    order: z.enum(EVENT_SORTS).optional().meta({
      description: 'The order of this page. By `recorded_at` events of one object come in the order of its versions',
    }),
    kept_since: timestamp.optional().meta({
      description: `Events that were recorded earlier are no longer kept: ${EVENT_RETENTION_DAYS} days before now. An \`after\` of one that is gone is a 410`,
    }),
    has_gap: z.boolean().optional().meta({
      description:
        'Whether events may be missing in front of this page, since `since` is earlier than `kept_since`. Behind an `after` there is no gap',
    }),
  }),
});
export type EventPage = z.output<typeof eventPage>;

const byEventId = z.strictObject({ id: eventId.meta({ description: 'Id of the event' }) });

/** The commands of the feed of events, which the webhooks service keeps. */
export const events = {
  list: defineCommand({ subject: 'webhooks.list_events', input: listEventsInput, output: eventPage }),
  get: defineCommand({ subject: 'webhooks.get_event', input: byEventId, output: anyEvent }),
};

/** The scope that reads what events of a type carry. */
export const readScopeOf = (type: EventType): Scope => `${resourceOf(type)}s:read`;

const SCOPES_OF_EVENTS =
  'Events of candidates need `candidates:read` as well, those of jobs `jobs:read`, those of submissions `submissions:read`, and those of webhooks no other';

export const eventRoutes = {
  list: defineRoute({
    operationId: 'listEvents',
    method: 'GET',
    path: '/events',
    summary: 'Read events',
    description: `All events of the account in the last ${EVENT_RETENTION_DAYS} days (since \`meta.kept_since\`), in the order of their recording, byte for byte as webhooks get them. Go on with \`after\` = \`meta.next_after\`, at once while \`has_more\`, later otherwise; who does so misses nothing. Events of one object come in the order of its versions, unlike deliveries. (What the bus has lost comes again when that is noticed, after later ones: go by the greater \`resource_version\`.) An unknown id is a 400, one older than ${EVENT_RETENTION_DAYS} days a 410. To begin at a time, send \`since\`; \`sort=-recorded_at\` shows the newest page, for people who look.

${SCOPES_OF_EVENTS}; others are left out, and to ask for them by \`type\` is refused with 403.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    errors: ['event_expired'],
    query: listEventsInput,
    response: eventPage.extend({ links: z.object({ next: z.url().nullable() }) }).meta({ id: 'EventList' }),
    status: 200,
    responseExample: {
      data: [anyEvent.meta()!['example']],
      meta: {
        per_page: 1,
        has_more: true,
        next_after: 'evt_019ab2f37a0e7c3c9d0b0f6f2c1f6f6e',
        order: 'recorded_at',
        kept_since: '2026-10-24T12:00:00.000Z',
        has_gap: false,
      },
      links: {
        next: 'https://ats.example.com/ats/api/v1/events?per_page=1&after=evt_019ab2f37a0e7c3c9d0b0f6f2c1f6f6e',
      },
    },
  }),
  get: defineRoute({
    operationId: 'getEvent',
    method: 'GET',
    path: '/events/{id}',
    summary: 'Get an event',
    description: `As it was sent to webhooks, byte for byte. An event never changes. One that is older than ${EVENT_RETENTION_DAYS} days is gone: 410. It needs the read scope of what it carries as well, as in the list.`,
    tag: 'Webhooks',
    scope: 'webhooks:read',
    params: byEventId,
    response: anyEvent,
    status: 200,
    hasETag: true,
    errors: ['event_expired'],
  }),
};
