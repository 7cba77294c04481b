import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { replay as replaySchema, type Replay, replays } from '@nexivo/contracts/replays';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import type { Reply } from '@nexivo/bus/reply';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import {
  again,
  type Bus,
  connectServices,
  deliveriesOf,
  happen,
  newEvent,
  newWebhook,
  readEvents,
  recordMany,
  startWebhooks,
} from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let receiver: Receiver;

beforeAll(async () => {
  world = await startWorld();
  // Two replicas: both work on every replay.
  await startWebhooks(world);
  await startWebhooks(world);
  [bus, receiver] = await Promise.all([connectServices(world), startReceiver()]);
});
afterAll(async () => {
  await Promise.all([bus.close(), receiver.stop()]);
  await world.stop();
});

const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';
const DAY_MS = 86_400_000;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

const replay = (context: RequestContext, id: string, since: string): Promise<Reply<Replay>> =>
  exchange(world.bus, replays.create, { id, since }, context);
const get = (context: RequestContext, id: string, replay_id: string): Promise<Replay> =>
  world.bus.request(replays.get, { id, replay_id }, context);
const ended = (context: RequestContext, { id, webhook_id }: Replay): Promise<Replay> =>
  eventually(async () => {
    const now = await get(context, webhook_id, id);
    expect(now.status).not.toBe('running');
    return now;
  });
const newReceivingWebhook = (context: RequestContext, input: object = {}) =>
  newWebhook(world, context, { url: `${receiver.url}/${randomUUID()}`, ...input });

/** How often each event is queued for a webhook by replays. */
const timesReplayed = async (webhookId: string): Promise<Map<string, number>> => {
  const rows = await world.sql<{ event_id: string; times: number }>(
    'webhooks',
    `select event_id, count(*)::int as times from deliveries where webhook_id = $1 and origin = 'replay' group by event_id`,
    [webhookId],
  );
  return new Map(rows.map(({ event_id, times }) => [event_id, times]));
};

describe('a replay', () => {
  it('delivers again what has happened since, under the ids of the first time, and tells of its progress', async () => {
    const context = callFor();
    await happen(bus, context, 'job.created');
    const webhook = await newReceivingWebhook(context);
    const since = inMs(0);
    const events = await happen(bus, context, 'job.updated', 'job.closed');
    const arrived = () => receiver.requests.filter(({ path }) => webhook.url.endsWith(path));
    await eventually(() => expect(arrived()).toHaveLength(2));

    const { body: job, version } = await replay(context, webhook.id, since);
    expect(version).toBe(1);
    expect(replaySchema.parse(job)).toEqual(job);
    expect(job).toMatchObject({ webhook_id: webhook.id, since, status: 'running', events_total: 2, events_done: 0 });
    const done = await ended(context, job);
    expect(done).toMatchObject({ status: 'completed', events_total: 2, events_done: 2 });
    expect(done.completed_at).not.toBeNull();
    await eventually(() => expect(arrived()).toHaveLength(4));
    const twice = events.flatMap((event) => [event, event]).map((event) => `${event.id} ${JSON.stringify(event)}`);
    expect(
      arrived()
        .map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)
        .toSorted(),
    ).toEqual(twice.toSorted());
    const queued = await deliveriesOf(world, webhook.id);
    expect(queued.map(({ origin }) => origin)).toEqual(['event', 'event', 'replay', 'replay']);
  });

  it('is about what the webhook has subscribed to, and about its own account alone', async () => {
    const context = callFor();
    const webhook = await newReceivingWebhook(context, { events: ['job.closed', 'submission.placed'] });
    const since = inMs(0);
    const [, closed] = await happen(bus, context, 'job.created', 'job.closed', 'candidate.created');
    await happen(bus, callFor(), 'job.closed');
    const { body } = await replay(context, webhook.id, since);
    await expect(ended(context, body)).resolves.toMatchObject({ events_total: 1, events_done: 1 });
    expect(await timesReplayed(webhook.id)).toEqual(new Map([[closed!.id, 1]]));
  });

  it('of nothing is completed at once', async () => {
    const context = callFor();
    const webhook = await newReceivingWebhook(context);
    await expect(replay(context, webhook.id, inMs(-DAY_MS))).resolves.toMatchObject({
      body: { status: 'completed', events_total: 0, events_done: 0, completed_at: expect.any(String) },
    });
  });

  it('ends where until says, that time included, and is about nothing that came later', async () => {
    const context = callFor();
    const webhook = await newReceivingWebhook(context);
    const since = inMs(0);
    const events = await happen(bus, context, 'job.created', 'job.updated', 'job.closed');
    const times = await world.sql<{ received_at: Date }>(
      'webhooks',
      'select received_at from events where account_id = $1 order by position',
      [context.accountId],
    );
    const until = times[1]!.received_at.toISOString();
    const { body } = await exchange(world.bus, replays.create, { id: webhook.id, since, until }, context);
    expect(body).toMatchObject({ since, until, events_total: 2 });
    await expect(ended(context, body)).resolves.toMatchObject({ events_done: 2 });
    expect([...(await timesReplayed(webhook.id)).keys()].toSorted()).toEqual([events[0]!.id, events[1]!.id].toSorted());
    const backwards = exchange(world.bus, replays.create, { id: webhook.id, since: until, until: since }, context);
    await expect(backwards).rejects.toMatchObject({ errors: [{ field: 'until', code: 'before_since' }] });
    const nothing = await exchange(world.bus, replays.create, { id: webhook.id, since, until: since }, context);
    expect(nothing.body).toMatchObject({ status: 'completed', events_total: 0 });
  });

  it('is listed with the others of its webhook, the newest first, and by status', async () => {
    const context = callFor();
    const [webhook, other] = [await newReceivingWebhook(context), await newReceivingWebhook(context)];
    const since = inMs(0);
    await happen(bus, context, 'job.created');
    await replay(context, other.id, since);
    const jobs: Replay[] = [];
    for (const _ of [1, 2]) jobs.unshift(await ended(context, (await replay(context, webhook.id, since)).body));
    const list = (query: Record<string, string>) =>
      world.bus.request(replays.list, replays.list.input.parse({ ...query, id: webhook.id }), context);
    await expect(list({})).resolves.toMatchObject({ data: jobs, meta: { total: 2 } });
    await expect(list({ status: 'completed', sort: 'created_at' })).resolves.toMatchObject({ data: jobs.toReversed() });
    await expect(list({ status: 'running,cancelled' })).resolves.toMatchObject({ data: [] });
    const foreign = world.bus.request(replays.list, replays.list.input.parse({ id: webhook.id }), callFor());
    await expect(foreign).rejects.toMatchObject({ detail: 'There is no such webhook.' });
  });

  it('may be asked for again: each sends everything once more', async () => {
    const context = callFor();
    const webhook = await newReceivingWebhook(context);
    const since = inMs(0);
    const [event] = await happen(bus, context, 'job.created');
    for (const times of [1, 2]) {
      await ended(context, (await replay(context, webhook.id, since)).body);
      expect(await timesReplayed(webhook.id)).toEqual(new Map([[event!.id, times]]));
    }
    const key: RequestContext = { ...again(context), idempotencyKey: randomUUID() };
    const first = await replay(key, webhook.id, since);
    await expect(replay(key, webhook.id, since)).resolves.toEqual({ ...first, isReplay: true });
    await ended(context, first.body);
    expect(await timesReplayed(webhook.id)).toEqual(new Map([[event!.id, 3]]));
  });

  it.each([
    ['in_future', 60_000],
    ['too_old', -30 * DAY_MS - 60_000],
  ])('is refused as %s for a time beyond what is kept', async (code, ms) => {
    const context = callFor();
    const { id } = await newReceivingWebhook(context);
    await expect(replay(context, id, inMs(ms))).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'since', code }],
    });
  });

  it('is refused while the webhook is disabled', async () => {
    const context = callFor();
    const { id } = await newReceivingWebhook(context, { status: 'disabled' });
    await expect(replay(context, id, inMs(-1_000))).rejects.toMatchObject({ code: 'webhook_disabled' });
  });

  it('is not found under another webhook, nor by another account', async () => {
    const context = callFor();
    const [webhook, other] = [await newReceivingWebhook(context), await newReceivingWebhook(context)];
    const { body } = await replay(context, webhook.id, inMs(-1_000));
    const absent = { code: 'not_found', detail: 'There is no such replay.' };
    await expect(get(context, other.id, body.id)).rejects.toMatchObject(absent);
    await expect(get(context, webhook.id, UNKNOWN)).rejects.toMatchObject(absent);
    const stranger = callFor();
    const mine = await newReceivingWebhook(stranger);
    await expect(get(stranger, mine.id, body.id)).rejects.toMatchObject(absent);
  });
});

describe('a long replay', () => {
  it('is worked off by both replicas in batches, and queues each event once', async () => {
    const context = callFor();
    const webhook = await newReceivingWebhook(context);
    await recordMany(world, context, 1_200);
    await recordMany(world, context, 100, 'job.closed');
    const { body } = await replay(context, webhook.id, inMs(-60_000));
    expect(body.events_total).toBe(1_300);
    await expect(ended(context, body)).resolves.toMatchObject({ status: 'completed', events_done: 1_300 });
    const times = await timesReplayed(webhook.id);
    expect(times.size).toBe(1_300);
    expect(new Set(times.values())).toEqual(new Set([1]));
  });

  it('goes no further while much of it waits, so that new events need not wait behind all of it', async () => {
    const context = callFor();
    const webhook = await newWebhook(world, context);
    await recordMany(world, context, 2_000);
    const { body } = await replay(context, webhook.id, inMs(-60_000));
    const filled = await eventually(async () => {
      const now = await get(context, webhook.id, body.id);
      expect(now.events_done).toBeGreaterThanOrEqual(1_000);
      return now;
    });
    expect(filled).toMatchObject({ status: 'running', events_done: 1_000 });
    // Others are not held up by it.
    const other = await newReceivingWebhook(context);
    await ended(context, (await replay(context, other.id, inMs(-60_000))).body);
    await expect(get(context, webhook.id, body.id)).resolves.toMatchObject({ status: 'running', events_done: 1_000 });

    await world.sql('webhooks', `update deliveries set status = 'failed', completed_at = now() where webhook_id = $1`, [
      webhook.id,
    ]);
    await eventually(async () => expect((await get(context, webhook.id, body.id)).events_done).toBeGreaterThan(1_000));
  });

  it('that is overtaken by retention is not completed, and says how far it came', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    await recordMany(world, context, 2_000);
    const { body } = await replay(context, id, inMs(-60_000));
    await eventually(async () => expect((await get(context, id, body.id)).events_done).toBe(1_000));
    await world.sql('webhooks', `update events set body = null where account_id = $1 and position < 1900`, [
      context.accountId,
    ]);
    await world.sql('webhooks', `update deliveries set status = 'failed', completed_at = now() where webhook_id = $1`, [
      id,
    ]);
    await expect(ended(context, body)).resolves.toMatchObject({
      status: 'expired',
      events_done: 1_101,
      events_total: 2_000,
    });
  });

  it('ends where it is when it is cancelled, and what was queued stays', async () => {
    const context = callFor();
    const webhook = await newWebhook(world, context);
    await recordMany(world, context, 2_000);
    const { body } = await replay(context, webhook.id, inMs(-60_000));
    await eventually(async () => expect((await get(context, webhook.id, body.id)).events_done).toBe(1_000));
    const cancel = () => exchange(world.bus, replays.cancel, { id: webhook.id, replay_id: body.id }, again(context));
    const cancelled = await cancel();
    expect(cancelled.body).toMatchObject({ status: 'cancelled', events_done: 1_000, events_total: 2_000 });
    await world.sql('webhooks', `update deliveries set status = 'failed', completed_at = now() where webhook_id = $1`, [
      webhook.id,
    ]);
    // It is not taken up again: another job is worked off, and this one stays.
    const other = await newReceivingWebhook(context, { events: ['job.closed'] });
    await happen(bus, context, 'job.closed');
    await ended(context, (await replay(context, other.id, inMs(-60_000))).body);
    await expect(get(context, webhook.id, body.id)).resolves.toEqual(cancelled.body);
    await expect(cancel()).resolves.toEqual(cancelled);
    await expect(deliveriesOf(world, webhook.id)).resolves.toHaveLength(1_001);
  });

  it('is cancelled when the webhook is disabled, and ends with it when it is deleted', async () => {
    const context = callFor();
    const [disabled, deleted] = [await newWebhook(world, context), await newWebhook(world, context)];
    await recordMany(world, context, 2_000);
    const jobs = await Promise.all([disabled, deleted].map(({ id }) => replay(context, id, inMs(-60_000))));
    for (const { body } of jobs) {
      await eventually(async () => expect((await get(context, body.webhook_id, body.id)).events_done).toBe(1_000));
    }
    await world.bus.request(webhooks.update, { id: disabled.id, patch: { status: 'disabled' } }, context);
    await world.bus.request(webhooks.delete, { id: deleted.id }, context);
    await world.sql('webhooks', `update deliveries set status = 'failed', completed_at = now() where webhook_id = $1`, [
      disabled.id,
    ]);
    await expect(ended(context, jobs[0]!.body)).resolves.toMatchObject({ status: 'cancelled', events_done: 1_000 });
    await expect(world.sql('webhooks', 'select 1 from replays where webhook_id = $1', [deleted.id])).resolves.toEqual(
      [],
    );
  });
});

describe('what a webhook missed while it was disabled', () => {
  it('is in the replay whole when the clock, which was an hour ahead, is set back meanwhile', async () => {
    const context = callFor();
    const { id } = await newReceivingWebhook(context);
    const update = (status: 'enabled' | 'disabled') =>
      world.bus.request(webhooks.update, { id, patch: { status } }, again(context));
    await happen(bus, context, 'job.created');
    await update('disabled');
    const missed = await happen(bus, context, 'job.updated');
    // As the clock has it that was set back after these.
    await world.sql(
      'webhooks',
      `update events set received_at = received_at + interval '1 hour' where account_id = $1`,
      [context.accountId],
    );
    const [row] = await world.sql<{ disabled_at: Date }>(
      'webhooks',
      `update webhooks set disabled_at = disabled_at + interval '1 hour' where id = $1 returning disabled_at`,
      [id],
    );
    missed.push(...(await happen(bus, context, 'job.closed', 'job.created')));
    await update('enabled');
    const { body } = await replay(again(context), id, row!.disabled_at.toISOString());
    await expect(ended(context, body)).resolves.toMatchObject({ status: 'completed', events_done: 3 });
    expect([...(await timesReplayed(id)).keys()].toSorted()).toEqual(missed.map((event) => event.id).toSorted());
  });

  it('a replay since disabled_at brings in full, and nothing of it is lost at either end however many events there are', async () => {
    const context = callFor();
    const { id } = await newReceivingWebhook(context);
    const end = new AbortController();
    const sent: string[] = [];
    const writing = (async () => {
      while (!end.signal.aborted) {
        const batch = Array.from({ length: 10 }, () => newEvent(context.accountId));
        await bus.publish(batch);
        sent.push(...batch.map((event) => event.id));
      }
    })();
    const update = (status: 'enabled' | 'disabled') =>
      world.bus.request(webhooks.update, { id, patch: { status } }, again(context));
    const recorded = (count: number) =>
      eventually(async () =>
        expect((await readEvents(world, context, { per_page: '100' })).data.length).toBeGreaterThan(count),
      );
    for (const round of [0, 1, 2]) {
      await recorded(round * 20);
      const { disabled_at } = await update('disabled');
      await recorded(round * 20 + 10);
      await update('enabled');
      await ended(context, (await replay(again(context), id, disabled_at!)).body);
    }
    end.abort();
    await writing;
    await bus.settled();
    const queued = new Set((await deliveriesOf(world, id)).map(({ event_id }) => event_id));
    expect(sent.filter((each) => !queued.has(each))).toEqual([]);
  });

  it('is in the replay also where it is being recorded at the moment that the webhook is enabled', async () => {
    const context = callFor();
    const { id } = await newReceivingWebhook(context);
    const update = (status: 'enabled' | 'disabled') =>
      world.bus.request(webhooks.update, { id, patch: { status } }, again(context));
    const { disabled_at } = await update('disabled');
    const event = newEvent(context.accountId);
    // The fan-out of this event, and of no other, stops where it has seen the webhooks as they are and not yet committed.
    await world.sql(
      'webhooks',
      `create function wait_for_test() returns trigger language plpgsql as
         $$ begin perform pg_advisory_xact_lock(4711); return null; end $$;
       create trigger wait_for_test after insert on events for each row when (new.id = '${event.id}') execute function wait_for_test()`,
    );
    const client = new pg.Client({ connectionString: world.urlOf('webhooks') });
    await client.connect();
    await client.query('select pg_advisory_lock(4711)');
    /** The backend that waits for what a condition on pg_stat_activity tells. */
    const waiting = (condition: string, parameters: unknown[] = []) =>
      eventually(async () => {
        const [backend] = await world.sql<{ pid: number }>(
          'webhooks',
          `select pid from pg_stat_activity where datname = current_database() and ${condition}`,
          parameters,
        );
        return backend!.pid;
      });
    await bus.publish([event]);
    const fanOut = await waiting(
      `pid in (select pid from pg_locks where locktype = 'advisory' and objid = 4711 and not granted)`,
    );
    await update('enabled');
    const asked = replay(again(context), id, disabled_at!);
    await waiting('$1 = any (pg_blocking_pids(pid))', [fanOut]);
    await client.end();
    await ended(context, (await asked).body);
    await world.sql('webhooks', 'drop trigger wait_for_test on events');
    await expect(deliveriesOf(world, id)).resolves.toMatchObject([{ event_id: event.id, origin: 'replay' }]);
  });
});
