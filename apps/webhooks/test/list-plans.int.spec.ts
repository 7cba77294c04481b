import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestContext } from '@nexivo/bus/context';
import { deliveries } from '@nexivo/contracts/deliveries';
import { events, listEventsInput } from '@nexivo/contracts/events';
import { redeliveries } from '@nexivo/contracts/redeliveries';
import { replays } from '@nexivo/contracts/replays';
import { listWebhooksInput, webhooks } from '@nexivo/contracts/webhooks';
import { fillLog } from '@nexivo/testing/many-rows';
import { type Scan, scansOf } from '@nexivo/testing/plans';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { newWebhook, recordMany, startWebhooks } from './webhooks-under-test.js';

const LARGE = 30_000;
const SMALL = 50;
/** In a test, far more than a page, and far less than all. */
const MANY = LARGE / 20;

let world: World;
const large = callFor();
const small = callFor();
/** A webhook of each account. */
const hooks = new Map<RequestContext, string>();
/** The last event of each account but few. */
const lastRead = new Map<RequestContext, string>();

async function fill(context: RequestContext, count: number): Promise<void> {
  const { id } = await newWebhook(world, context, { status: 'disabled' });
  hooks.set(context, id);
  for (let n = 0; n < 20; n++) await newWebhook(world, context, { status: 'disabled' });
  await fillLog(world.sql, context.accountId, id, count);
  await recordMany(world, context, 5, 'job.closed');
  await recordMany(world, context, count);
  const [event] = await world.sql<{ id: string }>(
    'webhooks',
    'select id from events where account_id = $1 order by position desc offset 20 limit 1',
    [context.accountId],
  );
  lastRead.set(context, event!.id);
  await world.sql(
    'webhooks',
    `insert into replays (account_id, id, webhook_id, since, events, position, until_position, events_total, status, completed_at)
     select $1, gen_random_uuid(), $2, now(), array['*'], 1, 1, 1, case when n = 7 then 'cancelled' else 'completed' end, now()
     from generate_series(1, $3::int) n`,
    [context.accountId, id, count / 10],
  );
  await world.sql(
    'webhooks',
    `insert into redeliveries (account_id, id, webhook_id, since, until, after_at, after_id, deliveries_total, status, completed_at)
     select $1, gen_random_uuid(), $2, now(), now(), now(), gen_random_uuid(), 1,
       case when n = 7 then 'cancelled' else 'completed' end, now()
     from generate_series(1, $3::int) n`,
    [context.accountId, id, count / 10],
  );
}

beforeAll(async () => {
  world = await startWorld();
  await startWebhooks(world);
  await fill(large, LARGE);
  await fill(small, SMALL);
  await world.sql('webhooks', 'vacuum analyze');
});
afterAll(() => world.stop());

type Query = Record<string, string>;

/** Each list: the tables that it reads, its filters, and how it is asked. */
const LISTS: Record<
  string,
  { tables: string[]; filters: string[]; ask: (context: RequestContext, query: Query) => Promise<unknown> }
> = {
  webhooks: {
    tables: ['webhooks'],
    filters: Object.keys(listWebhooksInput.shape),
    ask: (context, query) => world.bus.request(webhooks.list, listWebhooksInput.parse(query), context),
  },
  deliveries: {
    tables: ['deliveries'],
    filters: Object.keys(deliveries.list.input.shape),
    ask: (context, query) =>
      world.bus.request(deliveries.list, deliveries.list.input.parse({ ...query, id: hooks.get(context)! }), context),
  },
  replays: {
    tables: ['replays'],
    filters: Object.keys(replays.list.input.shape),
    ask: (context, query) =>
      world.bus.request(replays.list, replays.list.input.parse({ ...query, id: hooks.get(context)! }), context),
  },
  redeliveries: {
    tables: ['redeliveries'],
    filters: Object.keys(redeliveries.list.input.shape),
    ask: (context, query) =>
      world.bus.request(
        redeliveries.list,
        redeliveries.list.input.parse({ ...query, id: hooks.get(context)! }),
        context,
      ),
  },
  events: {
    tables: ['events'],
    filters: Object.keys(listEventsInput.shape),
    ask: (context, query) =>
      world.bus.request(
        events.list,
        listEventsInput.parse({ ...query, ...('after' in query && { after: lastRead.get(context)! }) }),
        context,
      ),
  },
};

const FILTERS: [list: string, query: Query][] = [
  ['webhooks', {}],
  ['webhooks', { status: 'enabled' }],
  ['deliveries', {}],
  ['deliveries', { status: 'failed' }],
  ['deliveries', { event_type: 'job.closed' }],
  ['deliveries', { created_before: daysAgo(28.9) }],
  ['deliveries', { updated_after: daysAgo(0.5), sort: 'updated_at' }],
  ['replays', {}],
  ['replays', { status: 'cancelled' }],
  ['redeliveries', {}],
  ['redeliveries', { status: 'cancelled' }],
  ['events', {}],
  ['events', { type: 'job.closed' }],
  ['events', { type: 'job.closed,candidate.created' }],
  ['events', { after: '' }],
  ['events', { since: daysAgo(0.5) }],
  ['events', { sort: '-recorded_at' }],
];
const PAGING = /^(id|page|per_page|cursor|sort|(created|updated)_(after|before))$/;

it('every filter is tried', () => {
  for (const [list, { filters }] of Object.entries(LISTS)) {
    const tried = FILTERS.flatMap(([of, query]) => (of === list ? Object.keys(query) : []));
    expect(tried).toEqual(expect.arrayContaining(filters.filter((name) => !PAGING.test(name))));
  }
});

const scans = (context: RequestContext, list: string, query: Query): Promise<Scan[]> =>
  scansOf(world.urlOf('webhooks'), LISTS[list]!.tables, context.accountId, () => LISTS[list]!.ask(context, query));

describe.each(FILTERS)('%s by %j', (list, query) => {
  it('leads to what was asked for, in a large account', async () => {
    const read = await scans(large, list, query);
    expect(read.length).toBeGreaterThan(0);
    const isLong = list !== 'webhooks';
    expect(isLong ? read.filter(({ how }) => how === 'Seq Scan') : []).toEqual([]);
    // All of a list are counted as far as that is shown.
    if (Object.keys(query).length > 0 || list === 'events') expect(read.filter(({ rows }) => rows > MANY)).toEqual([]);
  });

  it('looks at no other account', async () => {
    expect((await scans(small, list, query)).filter(({ rows }) => rows > 2 * SMALL)).toEqual([]);
  });
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}
