import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type Candidate,
  type CandidatePatch,
  candidates,
  createCandidateInput,
  type CreateCandidateInput,
} from '@nexivo/contracts/candidates';
import { eventOf } from '@nexivo/contracts/events';
import { provisionEvents } from '@nexivo/events/stream';
import type { RequestContext } from '@nexivo/bus/context';
import { connectEventStream, type EventStream, publishedBy, type StoredEvent } from '@nexivo/testing/event-stream';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { candidatesService } from '../src/app.module.js';
import { CandidatesService } from '../src/candidates.service.js';
import { consumers } from '../src/consumers.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;
let app: NestFastifyApplication;
let stream: EventStream;

beforeAll(async () => {
  world = await startWorld();
  app = await world.start({
    name: 'candidates',
    env: candidatesEnv,
    database,
    options: candidatesService,
    provision: (natsUrl) => provisionEvents({ NATS_URL: [natsUrl] }, consumers),
  });
  stream = await connectEventStream(world.nats.urlFor('candidates'));
});
afterAll(async () => {
  await world.stop();
  await stream.close();
});

const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };
const create = (context: RequestContext, input: Partial<CreateCandidateInput> = {}): Promise<Candidate> =>
  world.bus.request(candidates.create, createCandidateInput.parse({ ...jane, ...input }), context);
const update = (context: RequestContext, id: string, patch: CandidatePatch): Promise<Candidate> =>
  world.bus.request(candidates.update, { id, patch }, context);
const remove = (context: RequestContext, id: string): Promise<Candidate> =>
  world.bus.request(candidates.delete, { id }, context);
const newRequest = ({ accountId }: RequestContext): RequestContext => callFor(accountId);

const eventsOf = ({ accountId }: RequestContext): Promise<StoredEvent[]> =>
  publishedBy(world, stream, 'candidates', accountId);
const summaryOf = ({ event }: StoredEvent) => ({
  type: event.type,
  version: event.resource_version,
  previous: event.data.previous,
  request: event.request_id,
});

describe('a write', () => {
  it('is published as the contract has it: what, by which request, when, and under which id', async () => {
    const context = { ...callFor(), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const created = await create(context, { skills: ['C++'], custom_fields: { level: 7 } });
    const [stored, ...others] = await eventsOf(context);
    expect(others).toEqual([]);
    const { event } = stored!;
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: 'candidate.created',
      created_at: created.created_at,
      account_id: context.accountId,
      request_id: context.requestId,
      resource_version: 1,
      data: { object: created, previous: null },
    });
    expect(eventOf('candidate.created').parse(event)).toEqual(event);
    expect(stored!.subject).toBe(`events.candidate.${created.id}.created`);
    expect(stored!.headers).toMatchObject({
      'Nats-Msg-Id': event.id,
      'Nexivo-Event-Version': '1',
      'Nexivo-Request-Id': context.requestId,
      traceparent: context.traceparent,
    });
  });

  it('is one event for each thing that happened, in its order, with what was before', async () => {
    const context = callFor();
    const created = await create(context, { city: 'Bonn' });
    const requests = Array.from({ length: 4 }, () => newRequest(context));
    const after = [
      await update(requests[0]!, created.id, { city: null, tags: ['vip'] }),
      await remove(requests[1]!, created.id),
      await update(requests[2]!, created.id, { status: 'available' }),
      await update(requests[3]!, created.id, { status: 'inactive', city: 'Köln' }),
    ];
    const stored = await eventsOf(context);
    const requestIds = requests.map(({ requestId }) => requestId);
    expect(stored.map(summaryOf)).toEqual([
      { type: 'candidate.created', version: 1, previous: null, request: context.requestId },
      { type: 'candidate.updated', version: 2, previous: { city: 'Bonn', tags: [] }, request: requestIds[0] },
      { type: 'candidate.deleted', version: 3, previous: { status: 'new' }, request: requestIds[1] },
      { type: 'candidate.updated', version: 4, previous: { status: 'inactive' }, request: requestIds[2] },
      {
        type: 'candidate.updated',
        version: 5,
        previous: { status: 'available', city: null },
        request: requestIds[3],
      },
      {
        type: 'candidate.deleted',
        version: 5,
        previous: { status: 'available', city: null },
        request: requestIds[3],
      },
    ]);
    const objects = [created, ...after, after.at(-1)];
    expect(stored.map(({ event }) => event.data.object)).toEqual(objects);
    expect(stored.map(({ event }) => event.created_at)).toEqual(objects.map((object) => object!.updated_at));
    for (const { event, headers } of stored) {
      expect(eventOf(event.type).parse(event)).toEqual(event);
      expect(headers['Nats-Msg-Id']).toBe(event.id);
    }
    await expect(world.bus.request(candidates.get, { id: created.id }, context)).resolves.toEqual(after.at(-1));
  });

  it('of many at once is published in the order of its versions, with what the one before had left', async () => {
    const context = callFor();
    const { id } = await create(context);
    await Promise.all(Array.from({ length: 30 }, (_, n) => update(newRequest(context), id, { phone: `${n}` })));
    const stored = await eventsOf(context);
    expect(stored.map(({ event }) => event.resource_version)).toEqual(Array.from({ length: 31 }, (_, n) => n + 1));
    const phones = stored.map(({ event }) => (event.data.object as Candidate).phone);
    expect(stored.slice(1).map(({ event }) => event.data.previous)).toEqual(
      phones.slice(0, -1).map((phone) => ({ phone })),
    );
  });
});

describe('nothing is published', () => {
  it('of a patch or a deletion that changes nothing', async () => {
    const context = callFor();
    const created = await create(context, { status: 'inactive', skills: ['C++'] });
    await expect(update(context, created.id, {})).resolves.toEqual(created);
    await expect(update(context, created.id, { phone: null, skills: ['C++'] })).resolves.toEqual(created);
    await expect(remove(context, created.id)).resolves.toEqual(created);
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([{ type: 'candidate.created' }]);
  });

  it('of a write that is refused or rolled back', async () => {
    const context = callFor();
    const first = await create(context, { external_id: 'A-1' });
    const second = await create(context, { external_id: 'A-2' });
    const tooMany = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`field${n}`, n]));
    const stale = { ...context, ifMatch: [7] };
    const refused: [string, () => Promise<unknown>][] = [
      ['duplicate_external_id', () => create(context, { external_id: 'A-1' })],
      ['duplicate_external_id', () => update(context, second.id, { external_id: 'A-1', city: 'Bonn' })],
      ['validation_failed', () => update(context, first.id, { custom_fields: tooMany })],
      ['not_found', () => update(callFor(), first.id, { city: 'Bonn' })],
      ['not_found', () => remove(callFor(), first.id)],
      ['precondition_failed', () => exchange(world.bus, candidates.delete, { id: first.id }, stale)],
    ];
    for (const [code, write] of refused) await expect(write()).rejects.toMatchObject({ code });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([
      { type: 'candidate.created' },
      { type: 'candidate.created' },
    ]);
  });

  it('of a write that fails as late as its commit', async () => {
    const context = callFor();
    const { id } = await create(context);
    await world.sql(
      'candidates',
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`,
    );
    await world.sql(
      'candidates',
      `create constraint trigger refuse after update on candidates deferrable initially deferred
       for each row when (new.city = 'Nowhere') execute function refuse()`,
    );
    await expect(update(context, id, { city: 'Nowhere' })).rejects.toMatchObject({ code: 'internal_error' });
    await update(context, id, { city: 'Bonn' });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([
      { type: 'candidate.created', version: 1 },
      { type: 'candidate.updated', version: 2, previous: { city: null } },
    ]);
  });

  it('of a write that is answered again under its key, also when many come at once', async () => {
    const context = callFor();
    const keyed = { ...context, idempotencyKey: randomUUID() };
    const input = createCandidateInput.parse(jane);
    await Promise.allSettled(Array.from({ length: 10 }, () => exchange(world.bus, candidates.create, input, keyed)));
    const { body, isReplay } = await exchange(world.bus, candidates.create, input, sentAgain(keyed));
    expect(isReplay).toBe(true);
    const leaving = { ...context, idempotencyKey: randomUUID() };
    const patch = { id: body.id, patch: { status: 'inactive' as const } };
    const first = await exchange(world.bus, candidates.update, patch, leaving);
    const again = await exchange(world.bus, candidates.update, patch, sentAgain(leaving));
    expect(again).toEqual({ ...first, isReplay: true, isCreated: false });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([
      { type: 'candidate.created', request: keyed.requestId },
      { type: 'candidate.updated', request: leaving.requestId },
      { type: 'candidate.deleted', request: leaving.requestId },
    ]);
  });
});

it('a write needs no bus: what is written without one is published once it is back, in order and by itself', async () => {
  const service = app.get(CandidatesService, { strict: false });
  const context = callFor();
  await world.nats.process.stop();
  const { body } = await service.create(context, createCandidateInput.parse(jane));
  for (let n = 0; n < 30; n++) await service.update(context, { id: body.id, patch: { phone: `${n}` } });
  await service.delete(context, { id: body.id });
  const text = 'select count(*)::int as waiting from outbox where account_id = $1 and published_at is null';
  await expect(world.sql('candidates', text, [context.accountId])).resolves.toEqual([{ waiting: 32 }]);

  await world.nats.process.start();
  const stored = await eventsOf(context);
  expect(stored.map(({ event }) => event.resource_version)).toEqual(Array.from({ length: 32 }, (_, n) => n + 1));
  expect(stored.at(-1)!.event.type).toBe('candidate.deleted');
});

/** The same write in another request. */
const sentAgain = (context: RequestContext): RequestContext => ({ ...context, requestId: randomUUID() });
