import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { redeliveries } from '@nexivo/contracts/redeliveries';
import { replays } from '@nexivo/contracts/replays';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import { eventually } from '@nexivo/testing/poll';
import { redeliverAfter } from '@nexivo/testing/redelivery';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { fanOut } from '../src/consumers.js';
import {
  type Bus,
  connectServices,
  deliveriesOf,
  newEvent,
  newWebhook,
  readEvents,
  recordMany,
} from './webhooks-under-test.js';

let world: World;
let service: ManagedProcess;
let bus: Bus;

beforeAll(async () => {
  world = await startWorld();
  service = await world.spawn('webhooks');
  await redeliverAfter(world.nats.urlFor('migrate'), fanOut.durable, 2_000);
  bus = await connectServices(world);
});
afterAll(async () => {
  await bus.close();
  await world.stop();
});

/** Keeps the service from writing to a table until it is let go. */
async function holdBack(table: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
  await client.connect();
  await client.query(`begin; lock table ${table} in exclusive mode`);
  return client;
}

/** Until the fan-out waits in its transaction. */
const heldBack = (): Promise<void> =>
  eventually(async () => {
    const waiting = await world.sql(
      'webhooks',
      `select 1 from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%with incoming as%'`,
    );
    expect(waiting).toHaveLength(1);
  });

async function restart(): Promise<void> {
  await eventually(() => expect(service.pid).toBeUndefined());
  await service.start();
}

/** A host that nobody has: what is queued for it stays queued. */
const NOWHERE = 'https://receiver.invalid/';

it('a fan-out killed after its commit and before its acknowledgement has queued each event once for each webhook, and so it stays', async () => {
  const context = callFor();
  const hooks = await Promise.all(
    ['job.created', 'candidate.created', '*'].map((name) => insertWebhook(context.accountId, name)),
  );
  const events = Array.from({ length: 20 }, (_, index) =>
    newEvent(context.accountId, index % 2 === 0 ? 'job.created' : 'candidate.created'),
  );
  const lock = await holdBack('events');
  await bus.publish(events);
  await heldBack();
  // The bus takes nothing more, so the acknowledgement cannot leave; the commit can.
  world.nats.process.kill('SIGSTOP');
  await lock.end();
  await eventually(async () => expect((await deliveriesOf(world, hooks[2]!)).length).toBeGreaterThan(0));
  service.kill('SIGKILL');
  await eventually(() => expect(service.pid).toBeUndefined());
  world.nats.process.kill('SIGCONT');

  await restart();
  await bus.settled();
  for (const [index, hook] of hooks.entries()) {
    const queued = (await deliveriesOf(world, hook)).map(({ event_id }) => event_id);
    const expected = events.filter((_, position) => index === 2 || position % 2 === index).map(({ id }) => id);
    expect(queued.toSorted()).toEqual(expected.toSorted());
  }
  const { data } = await readEvents(world, context);
  expect(data.map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
});

it('a fan-out killed before its commit has done nothing, and does it after its restart', async () => {
  const context = callFor();
  const hook = await insertWebhook(context.accountId, '*');
  const lock = await holdBack('events');
  const event = newEvent(context.accountId);
  await bus.publish([event]);
  await heldBack();
  service.kill('SIGKILL');
  await lock.end();
  await restart();
  await bus.settled();
  await expect(deliveriesOf(world, hook)).resolves.toMatchObject([{ event_id: event.id }]);
  const positions = await world.sql('webhooks', 'select position from events where account_id = $1', [
    context.accountId,
  ]);
  expect(positions).toEqual([{ position: '1' }]);
});

it('a replay whose service is killed again and again queues each event once, and comes to its end', async () => {
  const context = callFor();
  const total = 2_500;
  const hook = await insertWebhook(context.accountId, '*');
  await recordMany(world, context, total);
  const since = new Date(Date.now() - 60_000).toISOString();
  const job = await eventually(() => world.bus.request(replays.create, { id: hook, since }, context));
  const progress = async (): Promise<number> => {
    // What is queued counts as delivered here, so that the replay goes on.
    await world.sql(
      'webhooks',
      `update deliveries set status = 'succeeded', completed_at = now()
       where webhook_id = $1 and status = 'pending' and lease_token is null`,
      [hook],
    );
    const [row] = await world.sql<{ events_done: number }>(
      'webhooks',
      'select events_done from replays where id = $1',
      [job.id],
    );
    return row!.events_done;
  };
  for (const done of [500, 1_500]) {
    await eventually(async () => expect(await progress()).toBeGreaterThanOrEqual(done), { everyMs: 1 });
    service.kill('SIGKILL');
    await restart();
  }
  await eventually(async () => expect(await progress()).toBe(total));
  const ended = await world.bus.request(replays.get, { id: hook, replay_id: job.id }, context);
  expect(ended).toMatchObject({ status: 'completed', events_total: total, events_done: total });
  const queued = (await deliveriesOf(world, hook)).map(({ event_id }) => event_id);
  expect(queued).toHaveLength(total);
  expect(new Set(queued).size).toBe(total);
});

it('a bulk redelivery of which a replica is killed is ended by another, and makes each delivery due once', async () => {
  const context = callFor();
  const total = 5_000;
  const hook = await insertWebhook(context.accountId, '*');
  await world.sql(
    'webhooks',
    `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, test_body, origin, status, completed_at)
     select $1, gen_random_uuid(), $2, 'evt_1', 'job.created', 'test', '{}', 'test', 'failed', now() from generate_series(1, $3::int)`,
    [context.accountId, hook, total],
  );
  const other = await world.spawn('webhooks');
  const since = new Date(Date.now() - 60_000).toISOString();
  const job = await world.bus.request(redeliveries.create, { id: hook, since }, context);
  expect(job.deliveries_total).toBe(total);
  const progress = async (): Promise<number> => {
    // What is due counts as delivered here, so that the job goes on.
    await world.sql(
      'webhooks',
      `update deliveries set status = 'succeeded', completed_at = now()
       where webhook_id = $1 and status = 'pending' and lease_token is null`,
      [hook],
    );
    const [row] = await world.sql<{ deliveries_done: number }>(
      'webhooks',
      'select deliveries_done from redeliveries where id = $1',
      [job.id],
    );
    return row!.deliveries_done;
  };
  await eventually(async () => expect(await progress()).toBeGreaterThan(0), { everyMs: 1 });
  service.kill('SIGKILL');
  expect(await progress()).toBeLessThan(total);
  await eventually(async () => expect(await progress()).toBe(total), { everyMs: 1 });
  // It finds out that nothing is left when it looks for more.
  await eventually(async () =>
    expect(await world.bus.request(redeliveries.get, { id: hook, redelivery_id: job.id }, context)).toMatchObject({
      status: 'completed',
      deliveries_total: total,
      deliveries_done: total,
    }),
  );
  // One more version for having been made due: attempts at a host that nobody has add to it only later.
  const versions = await world.sql<{ times: number }>(
    'webhooks',
    `select count(*)::int as times from deliveries where webhook_id = $1 and version - attempts_total <> 2`,
    [hook],
  );
  expect(versions).toEqual([{ times: 0 }]);
  await other.stop();
  await restart();
});

async function insertWebhook(accountId: string, name: string): Promise<string> {
  const { id } = await newWebhook(world, callFor(accountId), { url: NOWHERE, events: [name as '*'] });
  return id;
}
