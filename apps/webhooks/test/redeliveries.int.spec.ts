import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestContext } from '@nexivo/bus/context';
import type { InputOf } from '@nexivo/contracts/command';
import { deliveries } from '@nexivo/contracts/deliveries';
import {
  FAILED_COUNTED_MAX,
  redeliveries,
  type Redelivery,
  redelivery as redeliverySchema,
} from '@nexivo/contracts/redeliveries';
import { webhooks } from '@nexivo/contracts/webhooks';
import { scansOf } from '@nexivo/testing/plans';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { again, NOBODY, newWebhook, startWebhooks } from './webhooks-under-test.js';

let world: World;
let receiver: Receiver;

beforeAll(async () => {
  world = await startWorld();
  // Two replicas: both work on every job.
  await startWebhooks(world);
  await startWebhooks(world);
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.stop();
  await world.stop();
});

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

type Selection = Omit<InputOf<typeof redeliveries.create>, 'id'>;
const ask = (context: RequestContext, id: string, selection: Selection) =>
  exchange(world.bus, redeliveries.create, { id, ...selection }, context);
const count = (context: RequestContext, id: string, selection: Selection) =>
  world.bus.request(redeliveries.count, { id, ...selection }, context);
const get = (context: RequestContext, { id, webhook_id }: Pick<Redelivery, 'id' | 'webhook_id'>) =>
  world.bus.request(redeliveries.get, { id: webhook_id, redelivery_id: id }, context);
const cancel = (context: RequestContext, { id, webhook_id }: Redelivery) =>
  exchange(world.bus, redeliveries.cancel, { id: webhook_id, redelivery_id: id }, context);
const ended = (context: RequestContext, job: Redelivery): Promise<Redelivery> =>
  eventually(async () => {
    const now = await get(context, job);
    expect(now.status).not.toBe('running');
    return now;
  });

/** A webhook to which nothing is sent for now, so that what is queued for it stays as it is. */
async function pausedWebhook(context: RequestContext, url = NOBODY): Promise<string> {
  const { id } = await newWebhook(world, context, { url });
  await world.sql(
    'webhooks',
    `update endpoint_health set paused_until = now() + interval '1 hour' where webhook_id = $1`,
    [id],
  );
  return id;
}

/** Puts deliveries into the log, given up so long ago, a millisecond apart. */
async function insert(
  { accountId }: RequestContext,
  webhookId: string,
  rows: number,
  {
    status = 'failed',
    type = 'job.created',
    agoMs = MINUTE_MS,
  }: { status?: string; type?: string; agoMs?: number } = {},
): Promise<string[]> {
  const inserted = await world.sql<{ id: string }>(
    'webhooks',
    `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, test_body, origin, status, attempts,
       attempts_total, completed_at, due_at)
     select $1, gen_random_uuid(), $2, 'evt_' || replace(gen_random_uuid()::text, '-', ''), $3, 'test', '{}', 'test', $4, 10, 10,
       case when $4 <> 'pending' then now() - ($5::int - n) * interval '1 ms' end, now() + interval '1 hour'
     from generate_series(1, $6::int) n returning id`,
    [accountId, webhookId, type, status, agoMs, rows],
  );
  return inserted.map(({ id }) => id);
}

/** Ids of the deliveries of a webhook, by status. */
async function idsOf(webhookId: string, status: string): Promise<string[]> {
  const rows = await world.sql<{ id: string }>(
    'webhooks',
    'select id from deliveries where webhook_id = $1 and status = $2 order by id',
    [webhookId, status],
  );
  return rows.map(({ id }) => id);
}

describe('what has failed', () => {
  it('is delivered once more in a new round, and only that of this webhook and this account', async () => {
    const [context, stranger] = [callFor(), callFor()];
    const url = `${receiver.url}/${randomUUID()}`;
    const webhook = await pausedWebhook(context, url);
    const [other, foreign] = [await pausedWebhook(context), await pausedWebhook(stranger)];
    const failed = await insert(context, webhook, 3);
    const untouched = await insert(context, webhook, 2, { status: 'succeeded' });
    const waiting = await insert(context, webhook, 2, { status: 'pending' });
    const others = [await insert(context, other, 2), await insert(stranger, foreign, 2)];

    const selection = { since: ago(DAY_MS) };
    const counted = await count(context, webhook, selection);
    expect(counted).toEqual({
      ...selection,
      until: expect.any(String),
      event_type: null,
      deliveries: 3,
      deliveries_is_exact: true,
    });
    const { body: job, version } = await ask(context, webhook, { ...selection, until: counted.until });
    expect(version).toBe(1);
    expect(redeliverySchema.parse(job)).toEqual(job);
    expect(job).toMatchObject({
      ...selection,
      until: counted.until,
      status: 'running',
      deliveries_total: 3,
      deliveries_total_is_exact: true,
      deliveries_done: 0,
    });
    await expect(ended(context, job)).resolves.toMatchObject({
      status: 'completed',
      deliveries_total: 3,
      deliveries_done: 3,
      completed_at: expect.any(String),
    });
    expect(await idsOf(webhook, 'failed')).toEqual([]);
    expect(await idsOf(webhook, 'pending')).toEqual([...failed, ...waiting].toSorted());
    expect(await idsOf(webhook, 'succeeded')).toEqual(untouched.toSorted());
    expect([await idsOf(other, 'failed'), await idsOf(foreign, 'failed')]).toEqual(others.map((ids) => ids.toSorted()));
    const rows = await world.sql<{ id: string; attempts: number; attempts_total: number; version: number }>(
      'webhooks',
      'select id, attempts, attempts_total, version from deliveries where webhook_id = $1 order by id',
      [webhook],
    );
    for (const row of rows) {
      const isDone = failed.includes(row.id);
      expect(row).toMatchObject({ attempts: isDone ? 0 : 10, attempts_total: 10, version: isDone ? 2 : 1 });
    }
    await world.sql('webhooks', 'update endpoint_health set paused_until = null where webhook_id = $1', [webhook]);
    const sent = () => receiver.requests.filter(({ path }) => url.endsWith(path));
    await eventually(() => expect(sent()).toHaveLength(3));
    expect(
      sent()
        .map(({ headers }) => String(headers['x-nexivohr-delivery']))
        .toSorted(),
    ).toEqual(failed.toSorted());
  });

  it('is narrowed by time, both ends included, and by type', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    await insert(context, webhook, 1, { agoMs: 30 * MINUTE_MS });
    const [early] = await insert(context, webhook, 1, { agoMs: 20 * MINUTE_MS });
    const [closed] = await insert(context, webhook, 1, { agoMs: 15 * MINUTE_MS, type: 'job.closed' });
    const [late] = await insert(context, webhook, 1, { agoMs: 10 * MINUTE_MS });
    await insert(context, webhook, 1, { agoMs: MINUTE_MS });
    const timeOf = async (id: string): Promise<string> => {
      const shown = await world.bus.request(deliveries.get, { id: webhook, delivery_id: id }, context);
      return shown.completed_at!;
    };
    const window = { since: await timeOf(early!), until: await timeOf(late!) };
    await expect(count(context, webhook, window)).resolves.toMatchObject({ deliveries: 3 });
    const byType = { ...window, event_type: 'job.closed' as const };
    await expect(count(context, webhook, byType)).resolves.toMatchObject({ ...byType, deliveries: 1 });
    await ended(context, (await ask(context, webhook, byType)).body);
    expect(await idsOf(webhook, 'pending')).toEqual([closed]);
    await ended(context, (await ask(context, webhook, window)).body);
    expect(await idsOf(webhook, 'pending')).toEqual([early!, closed!, late!].toSorted());
    expect(await idsOf(webhook, 'failed')).toHaveLength(2);
  });

  it('is counted so far and no further, however much has failed', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    await insert(context, webhook, FAILED_COUNTED_MAX + 10);
    const selection = { since: ago(DAY_MS) };
    const capped = { deliveries: FAILED_COUNTED_MAX, deliveries_is_exact: false };
    const read = await scansOf(world.urlOf('webhooks'), ['deliveries'], context.accountId, async () =>
      expect(await count(context, webhook, selection)).toMatchObject(capped),
    );
    expect(read.map(({ rows }) => rows)).toEqual([FAILED_COUNTED_MAX + 1]);
    const { body: job } = await ask(context, webhook, selection);
    expect(job).toMatchObject({ deliveries_total: FAILED_COUNTED_MAX, deliveries_total_is_exact: false });
    await cancel(context, job);
  });

  it('is nothing at all: the job is completed at once', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    await expect(ask(context, webhook, { since: ago(DAY_MS) })).resolves.toMatchObject({
      body: { status: 'completed', deliveries_total: 0, deliveries_done: 0, completed_at: expect.any(String) },
    });
  });

  it('does not include replayed deliveries whose events are no longer kept', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    const [gone, kept] = await insert(context, webhook, 2);
    await world.sql(
      'webhooks',
      `insert into events (account_id, position, id, type, created_at, received_at, body)
       select account_id, row_number() over (), event_id, 'job.created', now(),
         case when id = $2 then now() - interval '31 days' else now() end, '{}'
       from deliveries where webhook_id = $1`,
      [webhook, gone],
    );
    await world.sql(
      'webhooks',
      `update deliveries set origin = 'replay', body_of = 'event', test_body = null, replay_id = gen_random_uuid() where webhook_id = $1`,
      [webhook],
    );
    const { body } = await ask(context, webhook, { since: ago(DAY_MS) });
    await expect(ended(context, body)).resolves.toMatchObject({ deliveries_total: 1, deliveries_done: 1 });
    expect(await idsOf(webhook, 'pending')).toEqual([kept]);
    expect(await idsOf(webhook, 'failed')).toEqual([gone]);
  });

  it.each([
    ['since', 'in_future', { since: ago(-MINUTE_MS) }],
    ['since', 'too_old', { since: ago(30 * DAY_MS + MINUTE_MS) }],
    ['until', 'before_since', { since: ago(MINUTE_MS), until: ago(2 * MINUTE_MS) }],
  ])('is refused with %s %s', async (field, code, selection) => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    for (const attempt of [ask, count]) {
      await expect(attempt(context, webhook, selection)).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ field, code }],
      });
    }
  });

  it('is about what is known now, however far ahead until lies', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    const { body } = await ask(context, webhook, { since: ago(MINUTE_MS), until: ago(-DAY_MS) });
    expect(new Date(body.until).getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('is asked for once under an idempotency key, and not at all while the webhook is disabled', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    await insert(context, webhook, 2);
    const key: RequestContext = { ...again(context), idempotencyKey: randomUUID() };
    const first = await ask(key, webhook, { since: ago(DAY_MS) });
    await ended(context, first.body);
    const since = first.body.since;
    await expect(ask(key, webhook, { since })).resolves.toEqual({ ...first, isReplay: true });
    const { data } = await world.bus.request(
      redeliveries.list,
      redeliveries.list.input.parse({ id: webhook }),
      context,
    );
    expect(data).toEqual([await get(context, first.body)]);
    await world.bus.request(webhooks.update, { id: webhook, patch: { status: 'disabled' } }, context);
    await expect(ask(context, webhook, { since })).rejects.toMatchObject({ code: 'webhook_disabled' });
  });

  it('is not found under another webhook, nor by another account', async () => {
    const context = callFor();
    const [webhook, other] = [await pausedWebhook(context), await pausedWebhook(context)];
    const { body } = await ask(context, webhook, { since: ago(MINUTE_MS) });
    const stranger = callFor();
    const mine = await pausedWebhook(stranger);
    const absent = { code: 'not_found', detail: 'There is no such redelivery.' };
    for (const [who, job] of [
      [context, { ...body, webhook_id: other }],
      [context, { ...body, id: UNKNOWN }],
      [stranger, { ...body, webhook_id: mine }],
    ] as const) {
      await expect(get(who, job)).rejects.toMatchObject(absent);
      await expect(cancel(who, job)).rejects.toMatchObject(absent);
    }
    const noWebhook = { detail: 'There is no such webhook.' };
    await expect(ask(stranger, webhook, { since: ago(MINUTE_MS) })).rejects.toMatchObject(noWebhook);
    await expect(count(stranger, webhook, { since: ago(MINUTE_MS) })).rejects.toMatchObject(noWebhook);
  });
});

describe('a job of many', () => {
  it('makes due exactly what had failed when it was asked for, once each, while others fail, succeed and are redelivered beside it', async () => {
    const [context, stranger] = [callFor(), callFor()];
    const webhook = await pausedWebhook(context);
    const neighbours = [
      [context, await pausedWebhook(context)],
      [stranger, await pausedWebhook(stranger)],
    ] as const;
    await insert(context, webhook, 2_000);
    for (const [who, id] of neighbours) await insert(who, id, 50);

    // Beside it deliveries of all three webhooks fail all the time, in transactions that take their time.
    const end = new AbortController();
    const later = new Set<string>();
    const failing = [[context, webhook] as const, ...neighbours].map(async ([who, id]) => {
      const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
      await client.connect();
      while (!end.signal.aborted) {
        const { rows } = await client.query<{ id: string }>(
          `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, test_body, origin, status, completed_at)
           select $1, gen_random_uuid(), $2, 'evt_1', 'job.created', 'test', '{}', 'test', 'failed', clock_timestamp()
           from generate_series(1, 5), pg_sleep(0.01) returning id`,
          [who.accountId, id],
        );
        if (id === webhook) for (const row of rows) later.add(row.id);
      }
      await client.end();
    });
    // And what the job makes due is given up again at once, which makes room for more.
    const emptying = (async () => {
      while (!end.signal.aborted) {
        await world.sql(
          'webhooks',
          `update deliveries set status = 'failed', completed_at = clock_timestamp(), updated_at = clock_timestamp()
           where webhook_id = $1 and status = 'pending'`,
          [webhook],
        );
      }
    })();
    let before: string[];
    let job: Redelivery;
    let done: Redelivery;
    try {
      await eventually(() => expect(later.size).toBeGreaterThan(20));
      before = await idsOf(webhook, 'failed');
      job = (await ask(context, webhook, { since: ago(DAY_MS) })).body;
      done = await ended(context, job);
    } finally {
      end.abort();
      await Promise.all([...failing, emptying]);
    }
    expect(done.deliveries_done).toBe(done.deliveries_total);
    const touched = await world.sql<{ id: string; version: number }>(
      'webhooks',
      `select id, version from deliveries where webhook_id = $1 and version > 1`,
      [webhook],
    );
    expect(touched).toHaveLength(done.deliveries_total);
    expect(new Set(touched.map(({ version }) => version))).toEqual(new Set([2]));
    const ids = new Set(touched.map(({ id }) => id));
    // All that was seen as failed before it was asked for, and nothing that was not there when it was answered.
    expect(before.filter((id) => !ids.has(id))).toEqual([]);
    expect([...ids].filter((id) => !before.includes(id) && !later.has(id))).toEqual([]);
    for (const [, id] of neighbours) expect(await idsOf(id, 'pending')).toEqual([]);
    await expect(count(context, webhook, { since: job.since, until: job.until })).resolves.toMatchObject({
      deliveries: 0,
    });
  });

  it('is about what is being given up at that moment, or leaves it out for good if that takes too long', async () => {
    for (const isInTime of [true, false]) {
      const context = callFor();
      const webhook = await pausedWebhook(context);
      const [known] = await insert(context, webhook, 1);
      const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
      await client.connect();
      await client.query('begin');
      // Given up before it is asked for, and visible only later.
      const { rows } = await client.query<{ id: string }>(
        `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, test_body, origin, status, completed_at)
         values ($1, gen_random_uuid(), $2, 'evt_1', 'job.created', 'test', '{}', 'test', 'failed', clock_timestamp()) returning id`,
        [context.accountId, webhook],
      );
      const asked = ask(context, webhook, { since: ago(DAY_MS) });
      if (!isInTime) await asked;
      await client.query('commit');
      await client.end();
      const expected = isInTime ? [known!, rows[0]!.id] : [known!];
      const done = await ended(context, (await asked).body);
      expect(done).toMatchObject({ deliveries_total: expected.length, deliveries_done: expected.length });
      expect(await idsOf(webhook, 'pending')).toEqual(expected.toSorted());
      await expect(count(context, webhook, { since: done.since, until: done.until })).resolves.toMatchObject({
        deliveries: 0,
      });
    }
  });

  it('goes no further while much of it waits, and ends where it is when it is cancelled', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    await insert(context, webhook, 1_700);
    const { body: job } = await ask(context, webhook, { since: ago(DAY_MS) });
    await eventually(async () => expect((await get(context, job)).deliveries_done).toBe(1_000));
    await expect(get(context, job)).resolves.toMatchObject({ status: 'running', deliveries_total: 1_700 });
    const key: RequestContext = { ...again(context), idempotencyKey: randomUUID() };
    const cancelled = await cancel(key, job);
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      deliveries_done: 1_000,
      completed_at: expect.any(String),
    });
    await world.sql(
      'webhooks',
      `update deliveries set status = 'succeeded', completed_at = now() where webhook_id = $1 and status = 'pending'`,
      [webhook],
    );
    // It is not taken up again: another job is worked off, and this one stays.
    const other = await pausedWebhook(context);
    await insert(context, other, 1);
    await ended(context, (await ask(context, other, { since: ago(DAY_MS) })).body);
    await expect(get(context, job)).resolves.toEqual(cancelled.body);
    expect(await idsOf(webhook, 'failed')).toHaveLength(700);
    await expect(cancel(key, job)).resolves.toEqual({ ...cancelled, isReplay: true });
    await expect(cancel(again(context), job)).resolves.toEqual(cancelled);
  });

  it('that is completed is not cancelled any more', async () => {
    const context = callFor();
    const webhook = await pausedWebhook(context);
    await insert(context, webhook, 1);
    const done = await ended(context, (await ask(context, webhook, { since: ago(DAY_MS) })).body);
    await expect(cancel(context, done)).resolves.toMatchObject({ body: done });
  });

  it('is cancelled when the webhook is disabled, and ends with it when it is deleted', async () => {
    const context = callFor();
    const [disabled, deleted] = [await pausedWebhook(context), await pausedWebhook(context)];
    const jobs: Redelivery[] = [];
    for (const id of [disabled, deleted]) {
      await insert(context, id, 1_200);
      const { body } = await ask(context, id, { since: ago(DAY_MS) });
      await eventually(async () => expect((await get(context, body)).deliveries_done).toBe(1_000));
      jobs.push(body);
    }
    await world.bus.request(webhooks.update, { id: disabled, patch: { status: 'disabled' } }, context);
    await world.bus.request(webhooks.delete, { id: deleted }, context);
    await world.sql(
      'webhooks',
      `update deliveries set status = 'succeeded', completed_at = now() where webhook_id = $1 and status = 'pending'`,
      [disabled],
    );
    await expect(ended(context, jobs[0]!)).resolves.toMatchObject({ status: 'cancelled', deliveries_done: 1_000 });
    expect(await world.sql('webhooks', 'select 1 from redeliveries where webhook_id = $1', [deleted])).toEqual([]);
  });
});
