import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@nexivo/runtime/logging';
import { eventually } from '@nexivo/testing/poll';
import { prepareSession } from '@nexivo/store/session';
import pg from 'pg';
import { toldOf } from '../src/endpoints/webhook-events.js';
import { BEGIN_CLAIM, CHOOSE, PROMOTE } from '../src/queue/claim.sql.js';
import { DeliveryStore, SESSION } from '../src/queue/delivery.store.js';
import { type DeliveryWorld, type Hook, startDeliveryWorld } from './delivery-world.js';
import { type Answering, type Receiver, startReceiver, withStatus } from './receiver.js';

const NOBODY = '00000000-0000-0000-0000-000000000000';

let deliveries: DeliveryWorld;
const started: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  deliveries = await startDeliveryWorld();
});
afterEach(async () => {
  for (const each of started.splice(0).toReversed()) await each.stop();
  await deliveries.sql('truncate deliveries cascade');
  await deliveries.sql('delete from webhooks');
});
afterAll(() => deliveries.stop());

async function receiverThat(answering?: Answering): Promise<Receiver> {
  const receiver = await startReceiver(answering);
  started.push(receiver);
  return receiver;
}

function storeOf(): DeliveryStore {
  const store = new DeliveryStore(deliveries.world.urlOf('webhooks'), createLogger('webhooks', 'fatal'), toldOf);
  started.push({ stop: () => store.close() });
  return store;
}

/** Endpoints of as many accounts, each with deliveries that were queued a minute ago; those that were tried before are delayed. */
async function fillEndpoints(count: number, { each = 1, dueInS = -60, attempts = 0 } = {}): Promise<void> {
  const template = await deliveries.hook('http://127.0.0.1:9/');
  await deliveries.sql(
    `with hook as (
       insert into webhooks (account_id, id, url, events, status, secret_key_id, secret)
       select gen_random_uuid(), uuidv7(), url, events, status, secret_key_id, secret
       from webhooks, generate_series(1, $2::int) where id = $1
       returning account_id, id
     ), health as (
       insert into endpoint_health (account_id, webhook_id) select account_id, id from hook
     )
     insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, due_at, created_at, attempts, attempts_total,
       is_delayed)
     select account_id, gen_random_uuid(), id, 'evt_' || n, 'job.closed', 'event', 'event', now() + $4 * interval '1 second',
       now() - interval '1 minute', $5, $5, $5 > 0
     from hook, generate_series(1, $3::int) n`,
    [template.id, count, each, dueInS, attempts],
  );
  await deliveries.sql('delete from webhooks where id = $1', [template.id]);
  await deliveries.sql('analyze');
}

interface PlanNode {
  'Subplan Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** How many blocks the statements of one claim look at. */
async function blocksOfClaim(): Promise<number> {
  const client = new pg.Client({ connectionString: deliveries.world.urlOf('webhooks') });
  await client.connect();
  try {
    await prepareSession(client, SESSION);
    await client.query(BEGIN_CLAIM);
    let blocks = 0;
    for (const [text, values] of [
      [PROMOTE, []],
      [CHOOSE, [256, 192, 64, 8, NOBODY, NOBODY, [], [], []]],
    ] as const) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, buffers, format json) ${text}`,
        values as unknown as unknown[],
      );
      const plan = rows[0]!['QUERY PLAN'][0].Plan;
      blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    }
    await client.query('rollback');
    return blocks;
  } finally {
    await client.end();
  }
}

const limits = (all: number) => ({ all, healthy: all, degraded: 1, perEndpoint: 8, underWay: new Map() });
const claimedOf = async (store: DeliveryStore, all: number): Promise<string[]> =>
  (await store.claim(limits(all))).claimed.map(({ webhookId }) => webhookId);

describe('retries that are not due yet', () => {
  it('cost a claim nothing: it looks at as much beside 20,000 endpoints that wait as beside none', async () => {
    await fillEndpoints(1, { dueInS: 7_200, attempts: 3 });
    const alone = await blocksOfClaim();
    await fillEndpoints(20_000, { dueInS: 7_200, attempts: 3 });
    expect(await blocksOfClaim()).toBeLessThanOrEqual(alone + 50);
  });

  it('do not keep a new delivery waiting, though its endpoint comes after all of theirs', async () => {
    await fillEndpoints(3_000, { dueInS: 7_200, attempts: 3 });
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    expect(await claimedOf(storeOf(), 8)).toEqual([hook.id]);
  });

  it('are sent when they are due, again and again, and are over when one succeeds', async () => {
    let status = 500;
    const receiver = await receiverThat((received, response) => withStatus(status)(received, response));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    const replica = deliveries.replica();
    const delayed = async (): Promise<unknown[]> =>
      (
        await deliveries.sql<{ is_delayed: boolean; attempts: number; status: string }>(
          'select is_delayed, attempts, status from deliveries where webhook_id = $1',
          [hook.id],
        )
      ).map(({ is_delayed, attempts, status: state }) => [is_delayed, attempts, state]);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await eventually(async () => expect(await delayed()).toEqual([[true, attempt, 'pending']]));
      await deliveries.sql('update deliveries set due_at = now() where webhook_id = $1', [hook.id]);
    }
    await eventually(async () => expect(await delayed()).toEqual([[true, 4, 'pending']]));
    status = 204;
    await deliveries.sql('update deliveries set due_at = now() where webhook_id = $1', [hook.id]);
    await eventually(async () => expect(await delayed()).toEqual([[false, 5, 'succeeded']]));
    await replica.stop();
  });

  it('of a release that did not mark them are sent when they are due', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook, 1, { dueInS: 3_600, attempts: 2 });
    const store = storeOf();
    expect(await claimedOf(store, 8)).toEqual([]);
    await deliveries.sql('update deliveries set due_at = now() where webhook_id = $1', [hook.id]);
    expect(await claimedOf(store, 8)).toEqual([hook.id]);
  });
});

describe('a backlog of many accounts', () => {
  it('lets the first attempt at a quiet endpoint go first', async () => {
    await fillEndpoints(3_000, { each: 5 });
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    expect(await claimedOf(storeOf(), 8)).toContain(hook.id);
  });

  it('leaves a quiet endpoint all that it got since the claim before, so that none of it becomes a backlog', async () => {
    await fillEndpoints(3_000, { each: 3 });
    const hook = await deliveries.hook('http://127.0.0.1:9/');
    await deliveries.queue(hook, 6);
    await deliveries.sql('update deliveries set due_at = clock_timestamp() where webhook_id = $1', [hook.id]);
    const claimed = await claimedOf(storeOf(), 16);
    expect(claimed.filter((id) => id === hook.id)).toHaveLength(6);
    expect(claimed).toHaveLength(16);
  });

  it('gets a part of each claim, however many new deliveries there are', async () => {
    const old = Array.from({ length: 20 }, () => deliveries.hook('http://127.0.0.1:9/', { accountId: randomUUID() }));
    const backlog = await Promise.all(old);
    for (const hook of backlog) await deliveries.queue(hook, 3, { dueInS: -60 });
    const quiet: Hook[] = [];
    for (let n = 0; n < 40; n++) {
      const hook = await deliveries.hook('http://127.0.0.1:9/');
      await deliveries.queue(hook);
      quiet.push(hook);
    }
    await deliveries.sql(
      `update deliveries set due_at = clock_timestamp() where due_at > now() - interval '30 seconds'`,
    );
    const claimed = await claimedOf(storeOf(), 16);
    const isOf = (hooks: readonly Hook[]): number =>
      claimed.filter((id) => hooks.some((hook) => hook.id === id)).length;
    expect([isOf(quiet), isOf(backlog)]).toEqual([12, 4]);
  });
});
