import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { replays } from '@nexivo/contracts/replays';
import { webhooks } from '@nexivo/contracts/webhooks';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { RetentionSweeper } from '../src/events/retention.sweeper.js';
import {
  type Bus,
  connectServices,
  deliveriesOf,
  happen,
  newWebhook,
  pause,
  startWebhooks,
} from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let sweeper: RetentionSweeper;

beforeAll(async () => {
  world = await startWorld();
  sweeper = (await startWebhooks(world)).get(RetentionSweeper);
  bus = await connectServices(world);
});
afterAll(async () => {
  await bus.close();
  await world.stop();
});

const count = async (table: string, accountId: string): Promise<number> => {
  const [row] = await world.sql<{ count: number }>(
    'webhooks',
    `select count(*)::int as count from ${table} where account_id = $1`,
    [accountId],
  );
  return row!.count;
};
const NOTHING = {
  deliveries: 0,
  deliveriesOfDeletedWebhooks: 0,
  deletedWebhooks: 0,
  eventPlaces: 0,
  events: 0,
  eventBodies: 0,
  attemptCounts: 0,
  redeliveries: 0,
  replays: 0,
};

it('deletes deliveries of more than 30 days with their attempts, in small batches, and nothing that is younger', async () => {
  const context = callFor();
  const { id } = await newWebhook(world, context);
  await pause(world, id);
  await happen(bus, context, 'job.created', 'job.updated', 'job.closed', 'candidate.created', 'candidate.updated');
  const rows = await deliveriesOf(world, id);
  await world.sql(
    'webhooks',
    `insert into attempts (account_id, delivery_id, number, at, latency_ms)
     select account_id, id, 1000, now(), 1 from deliveries where webhook_id = $1`,
    [id],
  );
  const age = (index: number, interval: string) =>
    world.sql(
      'webhooks',
      `update deliveries set status = 'failed', completed_at = now(), created_at = now() - $2::interval,
         updated_at = now() - interval '1 day'
       where id = $1`,
      [rows[index]!.id, interval],
    );
  for (const index of [0, 1, 2]) await age(index, '30 days 1 minute');
  await age(3, '29 days 23 hours');
  await expect(sweeper.sweep(2)).resolves.toEqual({ ...NOTHING, deliveries: 3 });
  const left = await deliveriesOf(world, id);
  expect(left.map((row) => row.id)).toEqual([rows[3]!.id, rows[4]!.id]);
  const logged = await world.sql<{ delivery_id: string }>(
    'webhooks',
    `select delivery_id from attempts where account_id = $1 and number = 1000`,
    [context.accountId],
  );
  expect(logged.map(({ delivery_id }) => delivery_id).toSorted()).toEqual(left.map((row) => row.id).toSorted());
  await expect(sweeper.sweep(2)).resolves.toEqual(NOTHING);
});

it('deletes events once no delivery can need them any more, five days after they were last shown, but for one place to go on from', async () => {
  const context = callFor();
  const events = await happen(bus, context, 'job.created', 'job.updated', 'job.closed', 'job.created');
  const age = (index: number, interval: string) =>
    world.sql('webhooks', `update events set received_at = now() - $2::interval where id = $1`, [
      events[index]!.id,
      interval,
    ]);
  await age(0, '36 days');
  await age(1, '35 days 1 minute');
  await age(2, '34 days 23 hours');
  await expect(sweeper.sweep(1)).resolves.toEqual({ ...NOTHING, events: 1, eventBodies: 1 });
  const left = await world.sql('webhooks', 'select id, body from events where account_id = $1 order by position', [
    context.accountId,
  ]);
  expect(left).toEqual([
    { id: events[1]!.id, body: null },
    { id: events[2]!.id, body: JSON.stringify(events[2]) },
    { id: events[3]!.id, body: JSON.stringify(events[3]) },
  ]);
  await expect(sweeper.sweep(1)).resolves.toEqual(NOTHING);
  // The next one to expire takes its place.
  await age(2, '35 days 1 minute');
  await expect(sweeper.sweep(1)).resolves.toEqual({ ...NOTHING, eventPlaces: 1, eventBodies: 1 });
  const last = await world.sql('webhooks', 'select id, body from events where account_id = $1 order by position', [
    context.accountId,
  ]);
  expect(last).toEqual([
    { id: events[2]!.id, body: null },
    { id: events[3]!.id, body: JSON.stringify(events[3]) },
  ]);
});

it('keeps what follows a place that somebody holds, until the place can go: no reader is led past what is missing', async () => {
  const context = callFor();
  const events = await happen(bus, context, 'job.created', 'job.updated', 'job.closed');
  const ids = events.map(({ id }) => id);
  const positions = async (): Promise<unknown[]> =>
    (
      await world.sql<{ id: string }>('webhooks', 'select id from events where account_id = $1 order by position', [
        context.accountId,
      ])
    ).map(({ id }) => id);
  await world.sql('webhooks', `update events set received_at = now() - interval '36 days', body = null where id = $1`, [
    ids[0],
  ]);
  await world.sql('webhooks', `update events set received_at = now() - interval '35 days 1 minute' where id = $1`, [
    ids[1],
  ]);
  const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select 1 from events where account_id = $1 and id = $2 for update', [
      context.accountId,
      ids[0],
    ]);
    await expect(sweeper.sweep()).resolves.toEqual(NOTHING);
    expect(await positions()).toEqual(ids);
    await client.query('commit');
  } finally {
    await client.end();
  }
  await expect(sweeper.sweep()).resolves.toEqual({ ...NOTHING, eventPlaces: 1, eventBodies: 1 });
  expect(await positions()).toEqual(ids.slice(1));
});

it('does not look at silent accounts again: their last events are read once', async () => {
  await world.sql(
    'webhooks',
    `insert into events (account_id, position, id, type, created_at, received_at)
     select gen_random_uuid(), 1, 'evt_' || n, 'job.closed', now() - interval '40 days', now() - interval '40 days'
     from generate_series(1, 5000) n`,
  );
  await world.sql('webhooks', 'vacuum analyze events');
  const { statements } = sweeper as unknown as { statements: Record<string, string> };
  const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('set local enable_seqscan = off');
    for (const kind of ['eventPlaces', 'events', 'eventBodies']) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: { [key: string]: number } }] }>(
        `explain (analyze, buffers, format json) ${statements[kind]!}`,
        [1_000, new Date()],
      );
      const plan = rows[0]!['QUERY PLAN'][0].Plan;
      expect(plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!).toBeLessThan(100);
    }
    await client.query('rollback');
  } finally {
    await client.end();
  }
});

it('leaves a delivery that is still to be sent, or was just sent again, to those who look at it', async () => {
  const context = callFor();
  const { id } = await newWebhook(world, context);
  await pause(world, id);
  await happen(bus, context, 'job.created', 'job.updated', 'job.closed', 'job.created');
  const [pending, again, lost, old] = await deliveriesOf(world, id);
  const set = (row: { id: string } | undefined, columns: string): Promise<unknown> =>
    world.sql('webhooks', `update deliveries set ${columns} where id = $1`, [row!.id]);
  const ago = (days: number): string => `now() - interval '${days} days 1 minute'`;
  const ended = `status = 'succeeded', completed_at = now()`;
  await set(pending, `created_at = ${ago(34)}, updated_at = ${ago(2)}`);
  await set(again, `${ended}, created_at = ${ago(34)}, updated_at = ${ago(0)}`);
  await set(lost, `created_at = ${ago(35)}, updated_at = ${ago(2)}`);
  await set(old, `${ended}, created_at = ${ago(30)}, updated_at = ${ago(1)}`);
  await expect(sweeper.sweep()).resolves.toEqual({ ...NOTHING, deliveries: 2 });
  const left = await deliveriesOf(world, id);
  expect(left.map((row) => row.id)).toEqual([pending!.id, again!.id]);
});

it('deletes replays that ended more than 30 days ago', async () => {
  const context = callFor();
  const { id } = await newWebhook(world, context);
  const since = new Date().toISOString();
  const [old, recent] = [
    await world.bus.request(replays.create, { id, since }, context),
    await world.bus.request(replays.create, { id, since }, context),
  ];
  await world.sql('webhooks', `update replays set completed_at = now() - interval '31 days' where id = $1`, [old.id]);
  expect((await sweeper.sweep()).replays).toBe(1);
  await expect(world.bus.request(replays.get, { id, replay_id: old.id }, context)).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(world.bus.request(replays.get, { id, replay_id: recent.id }, context)).resolves.toEqual(recent);
});

it('leaves what somebody is working on for the next time, and waits for nobody', async () => {
  const context = callFor();
  const { id } = await newWebhook(world, context);
  await pause(world, id);
  await happen(bus, context, 'job.created', 'job.updated');
  const [held] = await deliveriesOf(world, id);
  await world.bus.request(webhooks.delete, { id }, context);
  const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select 1 from deliveries where id = $1 for update', [held!.id]);
    await expect(sweeper.sweep()).resolves.toEqual({ ...NOTHING, deliveriesOfDeletedWebhooks: 1 });
    await client.query('commit');
  } finally {
    await client.end();
  }
  await expect(sweeper.sweep()).resolves.toEqual({ ...NOTHING, deliveriesOfDeletedWebhooks: 1, deletedWebhooks: 1 });
  await expect(count('deliveries', context.accountId)).resolves.toBe(0);
});
