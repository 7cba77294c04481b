import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type Event,
  type EventObject,
  eventObjectExamples,
  events,
  type EventType,
  type ListEventsInput,
  listEventsInput,
} from '@nexivo/contracts/events';
import {
  createWebhookInput,
  type CreateWebhookInput,
  webhooks,
  type WebhookWithSecret,
} from '@nexivo/contracts/webhooks';
import { provisionEvents } from '@nexivo/events/stream';
import type { RequestContext } from '@nexivo/bus/context';
import { connectEventStream, type EventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { callFor, type World } from '@nexivo/testing/world';
import { webhooksService } from '../src/app.module.js';
import { consumers, fanOut } from '../src/consumers.js';
import { database } from '../src/database.js';
import { webhooksEnv } from '../src/env.js';

/** Starts a replica of the service that may send to receivers on this machine. */
export const startWebhooks = (world: World, extraEnv: Record<string, string> = {}): Promise<NestFastifyApplication> =>
  world.start(
    {
      name: 'webhooks',
      env: webhooksEnv,
      database,
      options: webhooksService,
      provision: (natsUrl) => provisionEvents({ NATS_URL: [natsUrl] }, consumers),
    },
    { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true', ...extraEnv },
  );

/** Where nobody listens: deliveries stay pending. */
export const NOBODY = 'http://127.0.0.1:9/';

export const newWebhook = (
  world: World,
  context: RequestContext,
  input: Partial<CreateWebhookInput> = {},
): Promise<WebhookWithSecret> =>
  world.bus.request(webhooks.create, createWebhookInput.parse({ url: NOBODY, events: ['*'], ...input }), context);

/** Has nothing sent to webhooks, so that the worker has no hold of their deliveries. */
export const pause = (world: World, ...ids: string[]): Promise<unknown> =>
  world.sql(
    'webhooks',
    `update endpoint_health set paused_until = now() + interval '1 hour' where webhook_id = any($1)`,
    [ids],
  );

/** An event of a type, of an object of its own. */
export function newEvent(accountId: string, type: EventType = 'candidate.created'): Event {
  const [resource] = type.split('.') as [keyof typeof eventObjectExamples];
  return {
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    type,
    created_at: new Date().toISOString(),
    account_id: accountId,
    request_id: randomUUID(),
    resource_version: 1,
    data: { object: { ...eventObjectExamples[resource], id: randomUUID() } as EventObject, previous: null },
  };
}

/** The services that publish, and the consumer under test, as the bus sees them. */
export interface Bus {
  /** Stores events in the stream, in order, as their services would. */
  publish(events: readonly Event[], headers?: Record<string, string>): Promise<void>;
  /** Until the fan-out has settled all that was published. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function connectServices(world: World): Promise<Bus> {
  const [candidate, job, submission, consumer] = await Promise.all(
    (['candidates', 'jobs', 'submissions', 'webhooks'] as const).map((user) =>
      connectEventStream(world.nats.urlFor(user)),
    ),
  );
  const publishers: Record<string, EventStream> = {
    candidate: candidate!,
    job: job!,
    submission: submission!,
    webhook: consumer!,
  };
  let last = 0;
  return {
    publish: async (events, headers) => {
      for (const event of events) last = await publishers[event.type.split('.')[0]!]!.publish(event, headers);
    },
    settled: () =>
      eventually(async () => {
        const floor = await consumer!.settledBy(fanOut.durable);
        if (floor < last) throw new Error(`${floor} of ${last} are settled`);
      }),
    close: async () => {
      await Promise.all([candidate, job, submission, consumer].map((each) => each!.close()));
    },
  };
}

/** Has an event of each type happen, one after the other, each recorded before the next. */
export async function happen(bus: Bus, { accountId }: RequestContext, ...types: EventType[]): Promise<Event[]> {
  const events = types.map((type) => newEvent(accountId, type));
  for (const event of events) {
    await bus.publish([event]);
    await bus.settled();
  }
  return events;
}

/** Records many events at once, as the fan-out does. */
export async function recordMany(
  world: World,
  { accountId }: RequestContext,
  count: number,
  type: EventType = 'job.created',
): Promise<void> {
  await world.sql(
    'webhooks',
    `with place as (
       insert into event_positions (account_id, last) values ($1, $2)
       on conflict (account_id) do update set last = event_positions.last + excluded.last returning last - $2 as before
     )
     insert into events (account_id, position, id, type, created_at, body)
     select $1, before + n, 'evt_' || replace(uuidv7()::text, '-', ''), $3, now(), '{}' from place, generate_series(1, $2::int) n`,
    [accountId, count, type],
  );
}

/** One part of the feed. */
export const readEvents = (world: World, context: RequestContext, query: Record<string, string> = {}) => {
  const input: ListEventsInput = listEventsInput.parse(query);
  return world.bus.request(events.list, input, context);
};

/** What is queued for a webhook. */
export interface DeliveryRow {
  id: string;
  event_id: string;
  event_type: string;
  origin: string;
  status: string;
  attempts_total: number;
}
export const deliveriesOf = (world: World, webhookId: string): Promise<DeliveryRow[]> =>
  world.sql<DeliveryRow & Record<string, unknown>>(
    'webhooks',
    `select id, event_id, event_type, origin, status, attempts_total from deliveries where webhook_id = $1 order by id`,
    [webhookId],
  );

/** A call on behalf of the same account, by another request. */
export const again = ({ accountId }: RequestContext): RequestContext => callFor(accountId);
