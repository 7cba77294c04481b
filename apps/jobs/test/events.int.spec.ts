import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventOf } from '@nexivo/contracts/events';
import { type CreateJobInput, createJobInput, type Job, type JobPatch, jobs } from '@nexivo/contracts/jobs';
import { provisionEvents } from '@nexivo/events/stream';
import type { RequestContext } from '@nexivo/bus/context';
import { connectEventStream, type EventStream, publishedBy, type StoredEvent } from '@nexivo/testing/event-stream';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { jobsService } from '../src/app.module.js';
import { consumers } from '../src/consumers.js';
import { database } from '../src/database.js';
import { jobsEnv } from '../src/env.js';

let world: World;
let stream: EventStream;

beforeAll(async () => {
  world = await startWorld();
  await world.start({
    name: 'jobs',
    env: jobsEnv,
    database,
    options: jobsService,
    provision: (natsUrl) => provisionEvents({ NATS_URL: [natsUrl] }, consumers),
  });
  stream = await connectEventStream(world.nats.urlFor('jobs'));
});
afterAll(async () => {
  await world.stop();
  await stream.close();
});

const create = (context: RequestContext, input: Partial<CreateJobInput> = {}): Promise<Job> =>
  world.bus.request(jobs.create, createJobInput.parse({ title: 'Engineer', ...input }), context);
const update = (context: RequestContext, id: string, patch: JobPatch): Promise<Job> =>
  world.bus.request(jobs.update, { id, patch }, context);
const close = (context: RequestContext, id: string): Promise<Job> => world.bus.request(jobs.close, { id }, context);
const newRequest = ({ accountId }: RequestContext): RequestContext => callFor(accountId);
const eventsOf = ({ accountId }: RequestContext): Promise<StoredEvent[]> =>
  publishedBy(world, stream, 'jobs', accountId);
const summaryOf = ({ event }: StoredEvent) => ({
  type: event.type,
  version: event.resource_version,
  previous: event.data.previous,
  request: event.request_id,
});

describe('a write', () => {
  it('is published as the contract has it: what, by which request, when, and under which id', async () => {
    const context = { ...callFor(), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const created = await create(context, {
      salary_min: 0,
      salary_max: Number.MAX_SAFE_INTEGER,
      salary_currency: 'EUR',
    });
    const [stored, ...others] = await eventsOf(context);
    expect(others).toEqual([]);
    const { event } = stored!;
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: 'job.created',
      created_at: created.created_at,
      account_id: context.accountId,
      request_id: context.requestId,
      resource_version: 1,
      data: { object: created, previous: null },
    });
    expect(eventOf('job.created').parse(event)).toEqual(event);
    expect(stored!.subject).toBe(`events.job.${created.id}.created`);
    expect(stored!.headers).toMatchObject({
      'Nats-Msg-Id': event.id,
      'Nexivo-Event-Version': '1',
      'Nexivo-Request-Id': context.requestId,
      traceparent: context.traceparent,
    });
  });

  it('is one event for each thing that happened, in its order, with what was before', async () => {
    const context = callFor();
    const created = await create(context, { custom_fields: { level: 7 } });
    const requests = Array.from({ length: 4 }, () => newRequest(context));
    const after = [
      await update(requests[0]!, created.id, { title: 'Manager', custom_fields: { level: null, team: 'core' } }),
      await close(requests[1]!, created.id),
      await update(requests[2]!, created.id, { status: 'on_hold' }),
      await update(requests[3]!, created.id, { status: 'closed', openings: 2 }),
    ] as const;
    const stored = await eventsOf(context);
    const requestIds = requests.map(({ requestId }) => requestId);
    const reopened = { status: 'closed', closed_at: after[1].closed_at, opened_at: created.opened_at };
    const closedAgain = { status: 'on_hold', closed_at: null, openings: 1 };
    expect(stored.map(summaryOf)).toEqual([
      { type: 'job.created', version: 1, previous: null, request: context.requestId },
      {
        type: 'job.updated',
        version: 2,
        previous: { title: 'Engineer', custom_fields: { level: 7 } },
        request: requestIds[0],
      },
      { type: 'job.closed', version: 3, previous: { status: 'open', closed_at: null }, request: requestIds[1] },
      { type: 'job.updated', version: 4, previous: reopened, request: requestIds[2] },
      { type: 'job.updated', version: 5, previous: closedAgain, request: requestIds[3] },
      { type: 'job.closed', version: 5, previous: closedAgain, request: requestIds[3] },
    ]);
    const objects = [created, ...after, after[3]];
    expect(stored.map(({ event }) => event.data.object)).toEqual(objects);
    expect(stored.map(({ event }) => event.created_at)).toEqual(objects.map(({ updated_at }) => updated_at));
    for (const { event, headers } of stored) {
      expect(eventOf(event.type).parse(event)).toEqual(event);
      expect(headers['Nats-Msg-Id']).toBe(event.id);
    }
    await expect(world.bus.request(jobs.get, { id: created.id }, context)).resolves.toEqual(after[3]);
  });

  it('that creates a closed job says that it was created, and no more', async () => {
    const context = callFor();
    await create(context, { status: 'closed' });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([
      { type: 'job.created', version: 1, previous: null },
    ]);
  });

  it('of many at once is published in the order of its versions, with what the one before had left', async () => {
    const context = callFor();
    const { id } = await create(context);
    await Promise.all(Array.from({ length: 30 }, (_, n) => update(newRequest(context), id, { openings: n + 2 })));
    const stored = await eventsOf(context);
    expect(stored.map(({ event }) => event.resource_version)).toEqual(Array.from({ length: 31 }, (_, n) => n + 1));
    const openings = stored.map(({ event }) => (event.data.object as Job).openings);
    expect(stored.slice(1).map(({ event }) => event.data.previous)).toEqual(
      openings.slice(0, -1).map((before) => ({ openings: before })),
    );
  });
});

describe('nothing is published', () => {
  it('of a patch or a closing that changes nothing', async () => {
    const context = callFor();
    const created = await create(context, { status: 'closed', tags: ['a'] });
    await expect(update(context, created.id, {})).resolves.toEqual(created);
    await expect(update(context, created.id, { status: 'closed', tags: ['a'] })).resolves.toEqual(created);
    await expect(close(context, created.id)).resolves.toEqual(created);
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([{ type: 'job.created' }]);
  });

  it('of a write that is refused or rolled back', async () => {
    const context = callFor();
    const first = await create(context, { external_id: 'A-1' });
    const second = await create(context, { external_id: 'A-2' });
    const stale = { ...context, ifMatch: [7] };
    const refused: [string, () => Promise<unknown>][] = [
      ['duplicate_external_id', () => create(context, { external_id: 'A-1' })],
      ['duplicate_external_id', () => update(context, second.id, { external_id: 'A-1', openings: 2 })],
      ['validation_failed', () => create(context, { salary_min: 1 })],
      ['validation_failed', () => update(context, first.id, { salary_min: 1 })],
      ['not_found', () => update(callFor(), first.id, { openings: 2 })],
      ['not_found', () => close(callFor(), first.id)],
      ['precondition_failed', () => exchange(world.bus, jobs.update, { id: first.id, patch: { openings: 2 } }, stale)],
    ];
    for (const [code, write] of refused) await expect(write()).rejects.toMatchObject({ code });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([{ type: 'job.created' }, { type: 'job.created' }]);
  });

  it('of a write that is answered again under its key, also when many come at once', async () => {
    const context = callFor();
    const keyed = { ...context, idempotencyKey: randomUUID() };
    const input = createJobInput.parse({ title: 'Engineer' });
    await Promise.allSettled(Array.from({ length: 10 }, () => exchange(world.bus, jobs.create, input, keyed)));
    const { body, isReplay } = await exchange(world.bus, jobs.create, input, sentAgain(keyed));
    expect(isReplay).toBe(true);
    const closing = { ...context, idempotencyKey: randomUUID() };
    const patch = { id: body.id, patch: { status: 'closed' as const } };
    const first = await exchange(world.bus, jobs.update, patch, closing);
    const again = await exchange(world.bus, jobs.update, patch, sentAgain(closing));
    expect(again).toEqual({ ...first, isReplay: true, isCreated: false });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([
      { type: 'job.created', request: keyed.requestId },
      { type: 'job.updated', request: closing.requestId },
      { type: 'job.closed', request: closing.requestId },
    ]);
  });
});

/** The same write in another request. */
const sentAgain = (context: RequestContext): RequestContext => ({ ...context, requestId: randomUUID() });
