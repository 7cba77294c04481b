import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '@nexivo/contracts/accounts';
import { anyEvent, type Event, events, listEventsInput } from '@nexivo/contracts/events';
import type { RequestContext } from '@nexivo/bus/context';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { RetentionSweeper } from '../src/events/retention.sweeper.js';
import { type Bus, connectServices, happen, newEvent, readEvents, startWebhooks } from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let sweeper: RetentionSweeper;

beforeAll(async () => {
  world = await startWorld();
  await startWebhooks(world);
  sweeper = (await startWebhooks(world)).get(RetentionSweeper);
  bus = await connectServices(world);
});
afterAll(async () => {
  await bus.close();
  await world.stop();
});

const idsOf = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id);
const age = (id: string, days: number) =>
  world.sql('webhooks', `update events set received_at = now() - $2 * interval '1 day' where id = $1`, [id, days]);

/** Reads until there is nothing more, from a place on. */
async function readToTheEnd(context: RequestContext, after?: string, query: Record<string, string> = {}) {
  const events: Event[] = [];
  for (let next = after; ;) {
    const { data, meta } = await readEvents(world, context, { ...query, ...(next !== undefined && { after: next }) });
    events.push(...(data as Event[]));
    next = meta.next_after ?? undefined;
    if (!meta.has_more) return { events, next };
  }
}

describe('the feed', () => {
  it('shows an account its events, as they were published, and says where to go on', async () => {
    const context = callFor();
    const events = await happen(bus, context, 'candidate.created', 'job.updated', 'submission.placed');
    await happen(bus, callFor(), 'job.created');
    const page = await readEvents(world, context);
    expect(page).toMatchObject({ data: events, meta: { per_page: 25, has_more: false, next_after: events[2]!.id } });
    for (const each of page.data) expect(anyEvent.parse(each)).toEqual(each);
    expect(JSON.stringify(page.data[0])).toBe(JSON.stringify(events[0]));
  });

  it('is empty for an account without events, and then there is nothing to go on from', async () => {
    await expect(readEvents(world, callFor())).resolves.toMatchObject({
      data: [],
      meta: { per_page: 25, has_more: false, next_after: null },
    });
  });

  it('says its order, since when events are kept, and whether some are missing in front of it', async () => {
    const context = callFor();
    const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
    const [event] = await happen(bus, context, 'job.created');
    const metaOf = async (query: Record<string, string>) => (await readEvents(world, context, query)).meta;
    const { kept_since, ...whole } = await metaOf({});
    expect(whole).toMatchObject({ order: 'recorded_at', has_gap: false });
    expect(kept_since! > daysAgo(30.01) && kept_since! < daysAgo(29.99)).toBe(true);
    await expect(metaOf({ since: daysAgo(29) })).resolves.toMatchObject({ has_gap: false });
    await expect(metaOf({ since: daysAgo(31) })).resolves.toMatchObject({ has_gap: true });
    await expect(metaOf({ after: event!.id })).resolves.toMatchObject({ has_gap: false });
    await expect(metaOf({ sort: '-recorded_at' })).resolves.toMatchObject({ order: '-recorded_at' });
  });

  it('goes on from any event, part by part', async () => {
    const context = callFor();
    const events = idsOf(await happen(bus, context, ...Array.from({ length: 7 }, () => 'job.created' as const)));
    const recorded = idsOf((await readToTheEnd(context)).events);
    expect(recorded.toSorted()).toEqual(events.toSorted());
    const second = await readEvents(world, context, { after: recorded[1]!, per_page: '3' });
    expect(idsOf(second.data)).toEqual(recorded.slice(2, 5));
    expect(second.meta).toMatchObject({ per_page: 3, has_more: true, next_after: recorded[4] });
    const third = await readEvents(world, context, { after: recorded[4]!, per_page: '2' });
    expect(idsOf(third.data)).toEqual(recorded.slice(5));
    expect(third.meta).toMatchObject({ per_page: 2, has_more: false, next_after: recorded[6] });
    const end = await readEvents(world, context, { after: recorded[6]! });
    expect(end).toMatchObject({ data: [], meta: { per_page: 25, has_more: false, next_after: recorded[6] } });
  });

  it('is narrowed by types, and at its end goes on behind those that were not asked for', async () => {
    const context = callFor();
    const [, closed, , last] = await happen(
      bus,
      context,
      'job.created',
      'job.closed',
      'job.created',
      'candidate.deleted',
    );
    const page = await readEvents(world, context, { type: 'job.closed' });
    expect(page).toMatchObject({ data: [closed], meta: { has_more: false, next_after: last!.id } });
    const both = await readEvents(world, context, { type: 'job.closed,candidate.deleted', per_page: '1' });
    expect(both).toMatchObject({ data: [closed], meta: { has_more: true, next_after: closed!.id } });
  });

  it('begins with what was recorded at a time or later, and goes on from there', async () => {
    const context = callFor();
    const ids = idsOf(await happen(bus, context, ...Array.from({ length: 6 }, () => 'job.created' as const)));
    const recorded = idsOf((await readToTheEnd(context)).events);
    expect(recorded.toSorted()).toEqual(ids.toSorted());
    for (const [index, id] of recorded.entries()) await age(id, 10 - index);
    const since = new Date(Date.now() - 7.5 * 86_400_000).toISOString();
    const first = await readEvents(world, context, { since, per_page: '2' });
    expect(idsOf(first.data)).toEqual(recorded.slice(3, 5));
    expect(first.meta).toMatchObject({ per_page: 2, has_more: true, next_after: recorded[4] });
    const later = await readEvents(world, context, { since: new Date(Date.now() + 60_000).toISOString() });
    expect(later).toMatchObject({ data: [], meta: { per_page: 25, has_more: false, next_after: recorded[5] } });
  });

  it('shows its newest page, the last event first, for whoever looks', async () => {
    const context = callFor();
    await happen(bus, context, 'job.created', 'job.closed', 'job.created', 'candidate.deleted');
    const recorded = idsOf((await readToTheEnd(context)).events);
    const newest = await readEvents(world, context, { sort: '-recorded_at', per_page: '3' });
    expect(idsOf(newest.data)).toEqual(recorded.slice(1).toReversed());
    expect(newest.meta).toMatchObject({ per_page: 3, has_more: true, next_after: recorded[3] });
    const closed = await readEvents(world, context, { sort: '-recorded_at', type: 'job.closed' });
    expect(closed).toMatchObject({
      data: [{ type: 'job.closed' }],
      meta: { has_more: false, next_after: recorded[3] },
    });
    await expect(readEvents(world, callFor(), { sort: '-recorded_at' })).resolves.toMatchObject({
      data: [],
      meta: { has_more: false, next_after: null },
    });
  });

  it('is asked for from one place, or newest first, and not both', () => {
    const after = `evt_${'0'.repeat(32)}`;
    for (const query of [
      { after, since: new Date().toISOString() },
      { after, sort: '-recorded_at' },
    ]) {
      expect(listEventsInput.safeParse(query).success).toBe(false);
    }
  });

  it('misses nothing and repeats nothing for a reader who goes on from the last id while two replicas record', async () => {
    const context = callFor();
    const total = 500;
    let done = false;
    const writing = (async () => {
      for (let sent = 0; sent < total; sent += 50) {
        await bus.publish(Array.from({ length: 50 }, () => newEvent(context.accountId)));
      }
      await bus.settled();
      done = true;
    })();
    const seen: string[] = [];
    let after: string | undefined;
    for (let isLast = false; !isLast;) {
      isLast = done;
      const { events, next } = await readToTheEnd(context, after, { per_page: '7' });
      seen.push(...idsOf(events));
      after = next;
    }
    await writing;
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
    const rows = await world.sql<{ id: string }>(
      'webhooks',
      'select id from events where account_id = $1 order by position',
      [context.accountId],
    );
    expect(seen).toEqual(idsOf(rows));
  });

  it('cuts a page that the bus would not carry, and never to nothing', async () => {
    const context = callFor();
    for (const _ of [1, 2]) await happen(bus, context, 'job.created', 'job.updated');
    const grow = (bytes: number) =>
      world.sql(
        'webhooks',
        `update events set body = jsonb_set(body::jsonb, '{data,object,description}', to_jsonb(repeat('x', $2)))::text
         where account_id = $1`,
        [context.accountId, bytes],
      );
    await grow(1_900_000);
    const first = await readEvents(world, context);
    expect(first.data).toHaveLength(2);
    expect(first.meta).toMatchObject({ has_more: true, next_after: first.data[1]!.id });
    expect((await readToTheEnd(context)).events).toHaveLength(4);
    await grow(5_000_000);
    expect((await readEvents(world, context, { per_page: '3' })).data).toHaveLength(1);
    expect((await readToTheEnd(context)).events).toHaveLength(4);
  });
});

describe('after', () => {
  const refused = {
    code: 'validation_failed',
    errors: [{ field: 'after', code: 'unknown_event', message: expect.stringContaining('30 days') }],
  };

  const expired = { code: 'event_expired' };

  it("is refused for an id that is unknown, and for another account's, in the same words", async () => {
    const context = callFor();
    const [foreign] = await happen(bus, callFor(), 'job.created');
    await happen(bus, context, 'job.created');
    for (const after of [`evt_${randomUUID().replaceAll('-', '')}`, foreign!.id]) {
      await expect(readEvents(world, context, { after })).rejects.toMatchObject(refused);
    }
  });

  it('is refused as expired for an event that is older than what is kept, which is not shown either', async () => {
    const context = callFor();
    const [old, recent, newest] = await happen(bus, context, 'job.created', 'job.updated', 'job.closed');
    await age(old!.id, 31);
    await age(recent!.id, 30.1);
    await expect(readEvents(world, context, { after: old!.id })).rejects.toMatchObject(expired);
    expect(idsOf((await readEvents(world, context)).data)).toEqual([newest!.id]);
  });

  it('counts for as long as everything behind it is shown, however old it is: who has read all can always go on', async () => {
    const context = callFor();
    const [first, second] = await happen(bus, context, 'job.created', 'job.updated');
    await age(first!.id, 401);
    await age(second!.id, 400);
    await sweeper.sweep();
    const kept = await world.sql('webhooks', 'select id, body from events where account_id = $1', [context.accountId]);
    expect(kept).toEqual([{ id: second!.id, body: null }]);
    await expect(readEvents(world, context)).resolves.toMatchObject({ data: [], meta: { next_after: second!.id } });
    await expect(readEvents(world, context, { after: first!.id })).rejects.toMatchObject(refused);
    const [third, fourth] = await happen(bus, context, 'job.closed', 'job.created');
    const page = await readEvents(world, context, { after: second!.id });
    expect(idsOf(page.data)).toEqual([third!.id, fourth!.id]);
    await age(third!.id, 31);
    await expect(readEvents(world, context, { after: second!.id })).rejects.toMatchObject(expired);
    await expect(readEvents(world, context, { after: third!.id })).resolves.toMatchObject({ data: [fourth] });
  });
});

it('what a sweep by a wrong clock has taken is no error: who went on from there is told, and the rest is shown', async () => {
  const context = callFor();
  const [first, gone, last] = await happen(bus, context, 'job.created', 'job.updated', 'job.closed');
  await world.sql('webhooks', 'update events set body = null where id = any($1)', [[first!.id, gone!.id]]);
  await expect(readEvents(world, context)).resolves.toMatchObject({ data: [last] });
  await expect(readEvents(world, context, { after: first!.id })).rejects.toMatchObject({ code: 'event_expired' });
  await expect(readEvents(world, context, { after: gone!.id })).resolves.toMatchObject({ data: [last] });
});

/** An id that was given out at a time, and names nothing here. */
const idOf = (time: number): string => `evt_${time.toString(16).padStart(12, '0')}7${'0'.repeat(19)}`;
const DAY_MS = 86_400_000;

describe('one event', () => {
  const get = (context: RequestContext, id: string) => exchange(world.bus, events.get, { id }, context);

  it('is shown as it was published, at a version that never changes', async () => {
    const context = callFor();
    const [event] = await happen(bus, context, 'submission.placed');
    const { body, version } = await get(context, event!.id);
    expect(JSON.stringify(body)).toBe(JSON.stringify(event));
    expect(version).toBe(1);
  });

  it("is not found if it is unknown, or another account's, in the same words", async () => {
    const [foreign] = await happen(bus, callFor(), 'job.created');
    for (const id of [foreign!.id, idOf(Date.now() - DAY_MS), `evt_${'0'.repeat(12)}4${'0'.repeat(19)}`]) {
      await expect(get(callFor(), id)).rejects.toMatchObject({
        code: 'not_found',
        detail: 'There is no such event.',
      });
    }
  });

  it('has expired once it is no longer shown, and so it stays when nothing is left of it', async () => {
    const context = callFor();
    const [event] = await happen(bus, context, 'job.created');
    await age(event!.id, 29.9);
    await expect(get(context, event!.id)).resolves.toMatchObject({ body: event });
    await age(event!.id, 30.1);
    await expect(get(context, event!.id)).rejects.toMatchObject({ code: 'event_expired' });
    const [gone, recent] = [30.1, 29.9].map((days) => idOf(Date.now() - days * DAY_MS));
    await expect(get(context, gone!)).rejects.toMatchObject({ code: 'event_expired' });
    await expect(readEvents(world, context, { after: gone! })).rejects.toMatchObject({
      code: 'event_expired',
      detail: expect.stringMatching(/begin with since=\d{4}-\d\d-\d\dT/),
    });
    await expect(get(context, recent!)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a token that may read webhooks', () => {
  const reader = (accountId: string, ...scopes: Scope[]): RequestContext => ({
    ...callFor(accountId),
    scopes: ['webhooks:read', ...scopes],
  });

  it('is shown only events that it may read, and goes on behind those that it may not', async () => {
    const context = callFor();
    const [created, job, placed, last] = await happen(
      bus,
      context,
      'candidate.created',
      'job.created',
      'submission.placed',
      'candidate.updated',
    );
    const jobs = reader(context.accountId, 'jobs:read');
    await expect(readEvents(world, jobs)).resolves.toMatchObject({
      data: [job],
      meta: { per_page: 25, has_more: false, next_after: last!.id },
    });
    await expect(readEvents(world, jobs, { after: last!.id })).resolves.toMatchObject({ data: [] });
    await expect(readEvents(world, reader(context.accountId))).resolves.toMatchObject({
      data: [],
      meta: { has_more: false, next_after: last!.id },
    });
    const all = reader(context.accountId, 'candidates:read', 'jobs:read', 'submissions:read');
    expect(idsOf((await readEvents(world, all)).data)).toEqual(idsOf([created!, job!, placed!, last!]));
    const two = reader(context.accountId, 'submissions:read', 'candidates:read');
    const paged = await readEvents(world, two, { per_page: '1', after: created!.id });
    expect(paged).toMatchObject({ data: [placed], meta: { has_more: true, next_after: placed!.id } });
  });

  it('is refused what it asks for by type or id and may not read, with the scope that it lacks', async () => {
    const context = callFor();
    const [candidate, job] = await happen(bus, context, 'candidate.created', 'job.created');
    const jobs = reader(context.accountId, 'jobs:read', 'candidates:write');
    const lacking = (...scopes: Scope[]) => ({
      code: 'insufficient_scope',
      detail: expect.stringContaining(` ${scopes.join(', ')} `),
    });
    await expect(readEvents(world, jobs, { type: 'job.created,candidate.created' })).rejects.toMatchObject(
      lacking('candidates:read'),
    );
    await expect(readEvents(world, jobs, { type: 'submission.placed,candidate.created' })).rejects.toMatchObject(
      lacking('submissions:read', 'candidates:read'),
    );
    const get = ({ id }: Event) => world.bus.request(events.get, { id }, jobs);
    await expect(get(candidate!)).rejects.toMatchObject(lacking('candidates:read'));
    await expect(get(job!)).resolves.toEqual(job);
  });
});
