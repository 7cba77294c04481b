import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@nexivo/runtime/logging';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { eventOf } from '@nexivo/contracts/events';
import { prepareSession } from '@nexivo/store/session';
import pg from 'pg';
import { pino } from 'pino';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { toldOf } from '../src/endpoints/webhook-events.js';
import { aadOf, generateSecret } from '../src/endpoints/secrets.js';
import { BEGIN_CLAIM, CHOOSE, CLAIM, PROMOTE } from '../src/queue/claim.sql.js';
import { COMPLETE } from '../src/queue/complete.sql.js';
import { DeliveryStore, SESSION } from '../src/queue/delivery.store.js';
import {
  type Replica,
  type DeliveryWorld,
  type Hook,
  startDeliveryWorld,
  type WorkerOptions,
} from './delivery-world.js';
import { type Answering, type Received, type Receiver, startReceiver, withStatus } from './receiver.js';

let deliveries: DeliveryWorld;
const started: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  deliveries = await startDeliveryWorld();
});
afterEach(async () => {
  for (const each of started.splice(0).toReversed()) await each.stop();
  // What one test leaves pending is no business of the next.
  await deliveries.sql(`delete from deliveries`);
});
afterAll(() => deliveries.stop());

async function receiverThat(answering?: Answering): Promise<Receiver> {
  const receiver = await startReceiver(answering);
  started.push(receiver);
  return receiver;
}

function startReplica(options?: WorkerOptions): Replica {
  const replica = deliveries.replica(options);
  started.push(replica);
  return replica;
}

const after = (ms: number, answering: Answering): Answering =>
  function later(received, response) {
    setTimeout(() => void answering(received, response), ms);
  };
const never: Answering = () => undefined;

const statusesOf = async (hook: Hook): Promise<string[]> =>
  (await deliveries.deliveriesOf(hook)).map(({ status }) => status);
const countOf = async (hook: Hook, status: string): Promise<number> =>
  (await statusesOf(hook)).filter((each) => each === status).length;
/** Until so many attempts at deliveries to the webhook are written down. */
const attempted = (hook: Hook, count: number): Promise<void> =>
  eventually(async () => expect(await deliveries.attemptsOf(hook)).toHaveLength(count));
const makeDue = (hook: Hook): Promise<unknown> =>
  deliveries.sql(`update deliveries set due_at = now() where webhook_id = $1 and status = 'pending'`, [hook.id]);
/** None of its deliveries is tried again by itself. */
const putOff = (hook: Hook): Promise<unknown> =>
  deliveries.sql(
    `update deliveries set due_at = now() + interval '1 hour' where webhook_id = $1 and status = 'pending'`,
    [hook.id],
  );
const setHealth = (hook: Hook, assignments: string): Promise<unknown> =>
  deliveries.sql(`update endpoint_health set ${assignments} where webhook_id = $1`, [hook.id]);

/** Until so many claims wait for another one to be committed. */
/** A claim of another replica that has leased what it chose, and is not committed yet. */
async function claimOfAnother(perEndpoint: number): Promise<pg.Client> {
  const other = new pg.Client({
    connectionString: deliveries.world.urlOf('webhooks'),
    options: '-c search_path=webhooks',
  });
  await other.connect();
  started.push({ stop: () => other.end() });
  const nobody = '00000000-0000-0000-0000-000000000000';
  await other.query(BEGIN_CLAIM);
  await other.query(CHOOSE, [100, 100, 100, perEndpoint, nobody, nobody, [], [], []]);
  await other.query(CLAIM, [randomUUID()]);
  return other;
}

describe('a delivery', () => {
  it('carries the trace context of its event as it came, and none where the event has none', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const [traced] = await deliveries.queue(hook, 1, { traceparent });
    const [other] = await deliveries.queue(hook);
    startReplica();
    await eventually(() => expect(receiver.received).toHaveLength(2));
    const contexts = receiver.received.map(({ headers }) => [headers['webhook-id'], headers['traceparent']]);
    expect(Object.fromEntries(contexts)).toEqual({ [traced!]: traceparent, [other!]: undefined });
  });

  it('is the exact bytes of the event, under the headers that were promised', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(`${receiver.origin}/hook`);
    const body = '{"b": 1,\n "a":"\\u00e9 é 😀"  }';
    const [eventId] = await deliveries.queue(hook, 1, { body });
    startReplica();
    await eventually(async () => expect(await statusesOf(hook)).toEqual(['succeeded']));
    const [received] = receiver.received;
    expect(received!.body.toString()).toBe(body);
    const [row] = await deliveries.deliveriesOf(hook);
    expect(received!.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'NexivoHR-Webhooks/1',
      'x-nexivohr-event': 'candidate.created',
      'x-nexivohr-delivery': row!.id,
      'x-nexivohr-signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
      'webhook-id': eventId,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(row).toMatchObject({ attempts: 1, attempts_total: 1, lease_token: null, completed_at: expect.any(Date) });
    expect(await deliveries.attemptsOf(hook)).toEqual([
      expect.objectContaining({ number: 1, status_code: 204, response_body: '', error: null, error_detail: null }),
    ]);
  });

  it('of an event that is gone is given up in words, and its endpoint is not to blame', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    await deliveries.sql('update events set body = null where account_id = $1', [hook.accountId]);
    startReplica();
    await eventually(async () => expect(await statusesOf(hook)).toEqual(['failed']));
    expect(await deliveries.attemptsOf(hook)).toMatchObject([{ error: 'event_expired', status_code: null }]);
    expect(await deliveries.healthOf(hook)).toMatchObject({ failing_since: null });
    expect(receiver.received).toEqual([]);
  });

  it('is dated by the clock of the database, whatever the replica takes the time for', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    const real = ['performance', 'hrtime', 'nextTick', 'queueMicrotask'] as const;
    const timers = [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
    ] as const;
    jest.useFakeTimers({ now: Date.now() + 10 * 60_000, doNotFake: [...real, ...timers] });
    try {
      await deliveries.queue(hook);
      startReplica();
      await eventually(async () => expect(await statusesOf(hook)).toEqual(['succeeded']));
    } finally {
      jest.useRealTimers();
    }
    const [{ now }] = (await deliveries.sql('select extract(epoch from now())::float8 as now')) as [{ now: number }];
    const sent = Number(receiver.received[0]!.headers['webhook-timestamp']);
    expect(Math.abs(sent - now)).toBeLessThan(60);
    const [attempt] = (await deliveries.sql(
      `select extract(epoch from now() - at)::float8 as ago from attempts
      where delivery_id in (select id from deliveries where webhook_id = $1)`,
      [hook.id],
    )) as [{ ago: number }];
    expect(Math.abs(attempt.ago)).toBeLessThan(60);
  });

  it('of a test carries its own body', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.sql(
      `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, test_body, origin)
       values ($1, uuidv7(), $2, 'evt_test', 'webhook.test', 'test', '{"test":true}', 'test')`,
      [hook.accountId, hook.id],
    );
    startReplica();
    await eventually(async () => expect(await statusesOf(hook)).toEqual(['succeeded']));
    expect(receiver.received[0]).toMatchObject({
      headers: { 'x-nexivohr-event': 'webhook.test', 'webhook-id': 'evt_test' },
    });
    expect(receiver.received[0]!.body.toString()).toBe('{"test":true}');
  });

  it('is sent as soon as the worker is notified', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    const { wakeUp } = startReplica();
    await deliveries.queue(hook);
    wakeUp.notify();
    await eventually(() => expect(receiver.received).toHaveLength(1), { withinMs: 2_000, everyMs: 2 });
  });

  it('is found without a notification, when nobody is left who could give one', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    startReplica();
    await deliveries.queue(hook, 1, { dueInS: 0.3 });
    await eventually(async () => expect(await statusesOf(hook)).toEqual(['succeeded']));
  });

  it('is not sent before it is due, nor for a webhook that is disabled or deleted', async () => {
    const receiver = await receiverThat();
    const [later, disabled, deleted, control] = await Promise.all(
      ['later', 'disabled', 'deleted', 'control'].map((path) =>
        deliveries.hook(`${receiver.origin}/${path}`, { status: path === 'disabled' ? 'disabled' : 'enabled' }),
      ),
    );
    await deliveries.queue(later!, 1, { dueInS: 3_600 });
    for (const hook of [disabled!, deleted!]) await deliveries.queue(hook);
    await deliveries.sql(`delete from webhooks where id = $1`, [deleted!.id]);
    startReplica();
    // All of these were looked at before that one.
    await deliveries.queue(control!, 1, { dueInS: 0.3 });
    await eventually(async () => expect(await statusesOf(control!)).toEqual(['succeeded']));
    expect(receiver.received.map(({ path }) => path)).toEqual(['/control']);
  });
});

describe('signatures', () => {
  const verify = ({ body, headers }: Received, secret: string): void => {
    new StandardWebhook(secret).verify(body.toString(), headers as Record<string, string>);
    new SvixWebhook(secret).verify(body.toString(), headers as Record<string, string>);
  };

  it('of deliveries are accepted by the libraries of Standard Webhooks and Svix, before, while and after a secret is rotated', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    const { wakeUp } = startReplica();
    const next = async (): Promise<Received> => {
      const count = receiver.received.length;
      await deliveries.queue(hook);
      wakeUp.notify();
      return eventually(() => receiver.received[count] ?? Promise.reject(new Error('nothing yet')));
    };

    const before = await next();
    verify(before, hook.secret);

    const newSecret = generateSecret();
    const aad = aadOf({ account_id: hook.accountId, id: hook.id });
    const { keyId, sealed } = deliveries.secrets.seal(newSecret, aad);
    await deliveries.sql(
      `update webhooks set previous_secret = secret, previous_secret_key_id = secret_key_id,
         previous_secret_until = now() + interval '24 hours', secret = $2, secret_key_id = $3 where id = $1`,
      [hook.id, sealed, keyId],
    );
    const during = await next();
    verify(during, hook.secret);
    verify(during, newSecret);
    expect(() => verify(before, newSecret)).toThrow();

    await deliveries.sql(`update webhooks set previous_secret_until = now() where id = $1`, [hook.id]);
    const afterwards = await next();
    verify(afterwards, newSecret);
    expect(() => verify(afterwards, hook.secret)).toThrow();

    const changed = Buffer.from(afterwards.body);
    changed[3]! ^= 1;
    expect(() => verify({ ...afterwards, body: changed }, newSecret)).toThrow();
  });

  it('that cannot be made, for the key is gone, cost the delivery no attempt and the endpoint nothing', async () => {
    const receiver = await receiverThat();
    const [broken, sound] = [await deliveries.hook(receiver.origin), await deliveries.hook(receiver.origin)];
    await deliveries.sql(`update webhooks set secret_key_id = 'lost' where id = $1`, [broken.id]);
    for (const hook of [broken, sound]) await deliveries.queue(hook);
    startReplica();
    await eventually(async () => expect(await statusesOf(sound)).toEqual(['succeeded']));
    await eventually(async () =>
      expect(await deliveries.deliveriesOf(broken)).toEqual([
        expect.objectContaining({ status: 'pending', attempts: 0, lease_token: null, due_in_s: expect.any(Number) }),
      ]),
    );
    expect((await deliveries.deliveriesOf(broken))[0]!.due_in_s).toBeGreaterThan(50);
    expect((await deliveries.healthOf(broken)).failing_since).toBeNull();
  });
});

describe('a failed attempt', () => {
  it('is logged, followed by another with the same webhook-id five seconds later, and so on, until the tenth', async () => {
    const receiver = await receiverThat((_, response) => {
      response
        .writeHead(500)
        .end(Buffer.concat([Buffer.from('no\0 '), Buffer.from([0xff]), Buffer.from('x'.repeat(4_000))]));
    });
    const hook = await deliveries.hook(receiver.origin);
    const [eventId] = await deliveries.queue(hook);
    const { wakeUp } = startReplica();
    const waits: number[] = [];
    for (let count = 1; count <= 10; count++) {
      await attempted(hook, count);
      const [row] = await deliveries.deliveriesOf(hook);
      expect(row).toMatchObject({ attempts: count, attempts_total: count, status: count < 10 ? 'pending' : 'failed' });
      if (count < 10) waits.push(row!.due_in_s);
      await makeDue(hook);
      wakeUp.notify();
    }
    const schedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for (const [index, seconds] of schedule.entries()) {
      expect(waits[index]).toBeGreaterThan(seconds * 0.8 - scaled(2));
      expect(waits[index]).toBeLessThan(seconds * 1.2);
    }
    const attempts = await deliveries.attemptsOf(hook);
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(attempts[0]).toMatchObject({
      status_code: 500,
      error: 'http_status',
      error_detail: 'answered 500',
      response_body: `no\uFFFD \uFFFD${'x'.repeat(2_043)}`,
    });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId]));
    expect((await deliveries.healthOf(hook)).failing_since).not.toBeNull();
  });

  it('delays the next one for as long as Retry-After says', async () => {
    const receiver = await receiverThat(withStatus(500, { 'retry-after': '3600' }));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    startReplica();
    await attempted(hook, 1);
    const [row] = await deliveries.deliveriesOf(hook);
    expect(row!.due_in_s).toBeGreaterThan(3_600 - scaled(10));
    expect(row!.due_in_s).toBeLessThanOrEqual(3_600);
  });

  it('of one that somebody asked to have sent again meanwhile leaves the new round as it is', async () => {
    const answers: (() => void)[] = [];
    const receiver = await receiverThat((_, response) => void answers.push(() => response.writeHead(500).end()));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook, 1, { attempts: 9 });
    startReplica();
    await eventually(() => expect(answers).toHaveLength(1));
    await deliveries.sql(`update deliveries set attempts = 0, due_at = now() where webhook_id = $1`, [hook.id]);
    answers[0]!();
    await eventually(() => expect(answers).toHaveLength(2));
    expect(await deliveries.deliveriesOf(hook)).toMatchObject([{ status: 'pending', attempts: 0, attempts_total: 1 }]);
    answers[1]!();
    await attempted(hook, 2);
    expect(await deliveries.deliveriesOf(hook)).toMatchObject([{ status: 'pending', attempts: 1, attempts_total: 2 }]);
  });
});

describe('an endpoint', () => {
  it('that answers 410 is disabled at once, and the delivery has failed', async () => {
    const receiver = await receiverThat(withStatus(410));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    startReplica();
    await eventually(async () => expect(await statusesOf(hook)).toEqual(['failed']));
    expect(await deliveries.statusOf(hook)).toEqual({ status: 'disabled', disabled_reason: 'gone', version: 2 });
  });

  it('that fails is told of once, when it has failed ten times or on a second day, and again when it is disabled', async () => {
    const receiver = await receiverThat(withStatus(500));
    const told = async (hook: Hook): Promise<unknown[]> => {
      const rows = await deliveries.sql<{ payload: string }>(
        'select payload from outbox where aggregate_id = $1 order by seq',
        [hook.id],
      );
      return rows.map(({ payload }) => JSON.parse(payload) as unknown);
    };
    const [often, late] = [await deliveries.hook(receiver.origin), await deliveries.hook(receiver.origin)];
    await setHealth(often, `failing_since = now(), failures = 8, failing_days = 1, last_failure_at = now()`);
    const yesterday = `now() - interval '1 day'`;
    await setHealth(
      late,
      `failing_since = ${yesterday}, failures = 1, failing_days = 1, last_failure_at = ${yesterday}`,
    );
    startReplica();
    for (const attempts of [1, 2, 3]) {
      for (const hook of [often, late]) {
        await deliveries.queue(hook);
        await attempted(hook, attempts);
        await putOff(hook);
      }
      expect(await told(often)).toHaveLength(attempts === 1 ? 0 : 1);
      expect(await told(late)).toHaveLength(1);
    }
    const [failing] = await told(often);
    expect(eventOf('webhook.failing').strict().parse(failing)).toEqual(failing);
    expect(failing).toMatchObject({
      type: 'webhook.failing',
      account_id: often.accountId,
      resource_version: 2,
      data: {
        object: { id: often.id, status: 'enabled', disables_at: expect.any(String) },
        previous: { last_failure_at: expect.any(String) },
      },
    });
    expect(JSON.stringify(failing)).not.toContain('secret');
    await setHealth(often, `failing_since = now() - interval '6 days', failing_days = 5`);
    await deliveries.queue(often);
    await attempted(often, 4);
    expect((await told(often)).slice(1)).toMatchObject([
      {
        type: 'webhook.disabled',
        resource_version: 3,
        data: {
          object: { status: 'disabled', disabled_reason: 'failing_for_5_days' },
          previous: { status: 'enabled', disabled_reason: null, disabled_at: null },
        },
      },
    ]);
  });

  it('is not disabled by what its former URL answers', async () => {
    const answers: (() => void)[] = [];
    const receiver = await receiverThat((_, response) => void answers.push(() => response.writeHead(410).end()));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    startReplica();
    await eventually(() => expect(answers).toHaveLength(1));
    await deliveries.sql(`update webhooks set url = 'https://elsewhere.test/' where id = $1`, [hook.id]);
    answers[0]!();
    await attempted(hook, 1);
    expect(await deliveries.statusOf(hook)).toMatchObject({ status: 'enabled' });
    expect((await deliveries.healthOf(hook)).failing_since).toBeNull();
  });

  it('that has failed for five days is disabled by the next failure', async () => {
    const receiver = await receiverThat(withStatus(500));
    const [old, young] = [await deliveries.hook(receiver.origin), await deliveries.hook(receiver.origin)];
    const failures = `failures = 9, failing_days = 5, last_failure_at = now() - interval '1 hour'`;
    await setHealth(old, `failing_since = now() - interval '5 days', ${failures}`);
    await setHealth(young, `failing_since = now() - interval '4 days 23 hours 59 minutes', ${failures}`);
    for (const hook of [old, young]) await deliveries.queue(hook);
    startReplica();
    await attempted(old, 1);
    await attempted(young, 1);
    expect(await deliveries.statusOf(old)).toMatchObject({ status: 'disabled', disabled_reason: 'failing_for_5_days' });
    expect(await deliveries.statusOf(young)).toMatchObject({ status: 'enabled', version: 1 });
  });

  it('that succeeds after five days of failures is well again', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    await setHealth(hook, `failing_since = now() - interval '6 days', consecutive_slowdowns = 3`);
    await deliveries.queue(hook);
    startReplica();
    await attempted(hook, 1);
    expect(await deliveries.healthOf(hook)).toMatchObject({
      failing_since: null,
      consecutive_slowdowns: 0,
      last_success_at: expect.any(Date),
    });
    expect(await deliveries.statusOf(hook)).toMatchObject({ status: 'enabled' });
  });

  it('that is enabled again gets what was waiting', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin, { status: 'disabled' });
    await deliveries.queue(hook, 20);
    const { wakeUp } = startReplica();
    await deliveries.sql(
      `update webhooks set status = 'enabled', disabled_reason = null, disabled_at = null where id = $1`,
      [hook.id],
    );
    wakeUp.notify();
    await eventually(async () => expect(await countOf(hook, 'succeeded')).toBe(20));
  });

  it.each([429, 502, 503, 504])(
    'that answers %i is left alone until its pause is over, then probed one by one',
    async (status) => {
      const refusing = after(50, withStatus(status, { 'retry-after': '30' }));
      const receiver = await receiverThat((received, response) =>
        (received.path === '/control' ? withStatus(204) : refusing)(received, response),
      );
      const hook = await deliveries.hook(receiver.origin);
      await deliveries.queue(hook, 100);
      const { wakeUp } = startReplica();
      await attempted(hook, 8);
      const health = await deliveries.healthOf(hook);
      expect(health).toMatchObject({ consecutive_slowdowns: 1 });
      expect(health.paused_for_s).toBeGreaterThan(30 - scaled(2));
      expect(health.paused_for_s).toBeLessThanOrEqual(30);
      // Others are served meanwhile, so the worker has looked, more than once.
      const control = await deliveries.hook(`${receiver.origin}/control`);
      for (let count = 0; count < 3; count++) {
        await deliveries.queue(control);
        wakeUp.notify();
        await eventually(() =>
          expect(receiver.received.filter(({ path }) => path === '/control')).toHaveLength(count + 1),
        );
      }
      expect(await deliveries.attemptsOf(hook)).toHaveLength(8);

      // The pause is over: one probe, which fails, and another pause.
      receiver.peak.clear();
      await setHealth(hook, 'paused_until = now()');
      await attempted(hook, 9);
      expect(receiver.peak.get('/')).toBe(1);
      expect(await deliveries.healthOf(hook)).toMatchObject({ consecutive_slowdowns: 2 });

      // And another one, which takes its time: nothing more is sent until it has succeeded, and then as much as ever.
      const probe = Promise.withResolvers<void>();
      receiver.answer(async ({ path }, response) => {
        if (path === '/') await probe.promise;
        response.writeHead(204).end();
      });
      await setHealth(hook, 'paused_until = now()');
      await eventually(() => expect(receiver.underWay.get('/')).toBe(1));
      await deliveries.queue(control);
      wakeUp.notify();
      await eventually(async () => expect(await countOf(control, 'succeeded')).toBe(4));
      expect(receiver.underWay.get('/')).toBe(1);
      receiver.answer(after(50, withStatus(204)));
      probe.resolve();
      await eventually(() => expect(receiver.peak.get('/')).toBe(8));
      expect(await deliveries.healthOf(hook)).toMatchObject({ consecutive_slowdowns: 0, paused_until: null });
    },
  );

  it('has never more than eight requests at a time, from two replicas together', async () => {
    const receiver = await receiverThat(after(20, withStatus(204)));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook, 300);
    const replicas = [startReplica(), startReplica()];
    await eventually(async () => {
      for (const { wakeUp } of replicas) wakeUp.notify();
      expect(await countOf(hook, 'succeeded')).toBe(300);
    });
    expect(receiver.peak.get('/')).toBe(8);
    expect(receiver.received).toHaveLength(300);
  });

  it('has never more than eight leases, however many replicas claim at the same moment', async () => {
    const hook = await deliveries.hook('http://127.0.0.1:9/');
    await deliveries.queue(hook, 100);
    const stores = Array.from(
      { length: 6 },
      () => new DeliveryStore(deliveries.world.urlOf('webhooks'), createLogger('webhooks', 'fatal'), toldOf),
    );
    started.push(...stores.map((store) => ({ stop: () => store.close() })));
    const limits = { all: 100, healthy: 100, degraded: 100, perEndpoint: 8, underWay: new Map() };
    for (let round = 0; round < 15; round++) {
      const claims = await Promise.all(stores.map((store) => store.claim(limits)));
      const claimed = claims.flatMap((each) => each.claimed);
      expect(claimed).toHaveLength(8);
      expect(claims.filter(({ hasMore }) => hasMore)).toHaveLength(6);
      await stores[0]!.release(claimed);
    }
  });

  it('has never more than eight leases, even if what another replica claims is not committed yet and others are due sooner now', async () => {
    const hook = await deliveries.hook('http://127.0.0.1:9/');
    await deliveries.queue(hook, 20);
    const store = new DeliveryStore(deliveries.world.urlOf('webhooks'), createLogger('webhooks', 'fatal'), toldOf);
    started.push({ stop: () => store.close() });
    const other = await claimOfAnother(8);
    // Recorded before those, and committed after them.
    await deliveries.queue(hook, 20, { dueInS: -60 });
    const limits = { all: 100, healthy: 100, degraded: 100, perEndpoint: 8, underWay: new Map() };
    expect(await store.claim(limits)).toMatchObject({ claimed: [], hasMore: true });
    // As if claimed just now: an endpoint whose request is two seconds old is slow.
    await other.query(
      `update deliveries set lease_until = clock_timestamp() + interval '30 seconds' where lease_token is not null`,
    );
    await other.query('commit');
    expect(await store.claim(limits)).toMatchObject({ claimed: [], hasMore: true });
    const rows = await deliveries.deliveriesOf(hook);
    expect(rows.filter(({ lease_token }) => lease_token !== null)).toHaveLength(8);
  });

  it('is left to the replica that is claiming for it, and nobody waits: others are claimed for meanwhile', async () => {
    const hook = await deliveries.hook('http://127.0.0.1:9/');
    await deliveries.queue(hook, 20);
    const store = new DeliveryStore(deliveries.world.urlOf('webhooks'), createLogger('webhooks', 'fatal'), toldOf);
    started.push({ stop: () => store.close() });
    const other = await claimOfAnother(4);
    const second = await deliveries.hook('http://127.0.0.1:9/');
    await deliveries.queue(second, 3);
    // The other claim goes on as long as this one takes.
    const { claimed } = await store.claim({
      all: 100,
      healthy: 100,
      degraded: 100,
      perEndpoint: 8,
      underWay: new Map(),
    });
    expect(claimed.map(({ webhookId }) => webhookId)).toEqual([second.id, second.id, second.id]);
    await other.query('commit');
  });

  it('that fails has one request at a time, until one succeeds', async () => {
    const receiver = await receiverThat(after(20, withStatus(500)));
    const hook = await deliveries.hook(receiver.origin);
    await setHealth(hook, 'failing_since = now()');
    await deliveries.queue(hook, 60);
    startReplica();
    await eventually(async () => expect((await deliveries.attemptsOf(hook)).length).toBeGreaterThanOrEqual(10));
    expect(receiver.peak.get('/')).toBe(1);
    receiver.answer(after(20, withStatus(204)));
    await eventually(() => expect(receiver.peak.get('/')).toBe(8));
  });
});

describe('nobody waits for', () => {
  it('an account with a long backlog', async () => {
    const receiver = await receiverThat(after(10, withStatus(204)));
    const [{ accountId }] = [await deliveries.hook(`${receiver.origin}/busy`)];
    const busy = await Promise.all(
      Array.from({ length: 10 }, () => deliveries.hook(`${receiver.origin}/busy`, { accountId })),
    );
    for (const hook of busy) await deliveries.queue(hook, 200);
    const { wakeUp } = startReplica({ concurrency: 16 });
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(50));
    const quiet = await deliveries.hook(`${receiver.origin}/quiet`);
    const begun = receiver.received.length;
    await deliveries.queue(quiet, 5);
    wakeUp.notify();
    await eventually(async () => expect(await countOf(quiet, 'succeeded')).toBe(5));
    const paths = receiver.received.map(({ path }) => path);
    // A place that becomes free goes to the account that has none: its five were sent before the others' next hundred.
    expect(paths.lastIndexOf('/quiet') - begun).toBeLessThan(100);
  });

  it('endpoints that hang, however many there are', async () => {
    const receiver = await receiverThat((received, response) =>
      received.path === '/hangs' ? never(received, response) : withStatus(204)(received, response),
    );
    const hanging = await Promise.all(Array.from({ length: 30 }, () => deliveries.hook(`${receiver.origin}/hangs`)));
    await Promise.all(hanging.map((hook) => deliveries.queue(hook, 20)));
    const before = (await deliveries.sql(`select 1 from attempts where error = 'timeout'`)).length;
    const { wakeUp } = startReplica({ concurrency: 32, deadlineMs: Math.min(scaled(12_000), 20_000) });
    await eventually(() => expect(receiver.underWay.get('/hangs')).toBeGreaterThan(10));
    const well = await deliveries.hook(`${receiver.origin}/well`);
    const deliver = async (): Promise<void> => {
      const count = receiver.received.filter(({ path }) => path === '/well').length;
      await deliveries.queue(well);
      wakeUp.notify();
      await eventually(() => expect(receiver.received.filter(({ path }) => path === '/well')).toHaveLength(count + 1), {
        everyMs: 5,
      });
    };
    const givenUp = async (): Promise<number> =>
      (await deliveries.sql(`select 1 from attempts where error = 'timeout'`)).length - before;
    // They have taken all that there is; but as soon as it shows that they are slow, others are served, before one is given up.
    for (let count = 0; count < 11; count++) await deliver();
    expect(await givenUp()).toBe(0);
    // Once they have failed, they hold no more than their part.
    await eventually(async () => expect((await deliveries.healthOf(hanging.at(-1)!)).failing_since).not.toBeNull());
    await eventually(() => expect(receiver.underWay.get('/hangs')).toBe(8));
    const givenUpSoFar = await givenUp();
    for (let count = 0; count < 10; count++) await deliver();
    // Fewer than the ten: they did not wait for a place each.
    expect((await givenUp()) - givenUpSoFar).toBeLessThan(10);
    expect(receiver.underWay.get('/hangs')).toBeLessThanOrEqual(8);
  });

  it('the endpoints that come first, where there are more than one look takes in', async () => {
    const receiver = await receiverThat();
    await deliveries.sql(
      `with webhook as (
         insert into webhooks (account_id, id, url, events, status, secret_key_id, secret)
         select uuidv7(), uuidv7(), 'http://127.0.0.1:9/', array['*'], 'enabled', 'lost', '' from generate_series(1, 2500)
         returning account_id, id
       ), health as (
         insert into endpoint_health (account_id, webhook_id) select account_id, id from webhook
       )
       insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, due_at)
       select account_id, uuidv7(), id, 'evt', 'candidate.created', 'event', 'event', now() + interval '1 hour' from webhook`,
    );
    const last = await deliveries.hook(receiver.origin, { accountId: 'ffffffff-ffff-4fff-bfff-ffffffffffff' });
    const { wakeUp } = startReplica();
    for (let count = 1; count <= 3; count++) {
      await deliveries.queue(last);
      wakeUp.notify();
      await eventually(() => expect(receiver.received).toHaveLength(count), { withinMs: 2_000 });
    }
  });
});

describe('the statements of the queue', () => {
  const nobody = `'00000000-0000-0000-0000-000000000000'`;
  const statements = {
    choose: [CHOOSE, `1, 1, 1, 1, ${nobody}, ${nobody}, '{}', '{}', '{}'`],
    promote: [PROMOTE, ''],
    claim: [CLAIM, nobody],
    complete: [COMPLETE, Array<string>(13).fill(`'{}'`).join(', ')],
  } as const;
  const fill = (count: number): string =>
    `insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin)
     select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'evt_' || n, 'job.closed', 'event', 'event'
     from generate_series(1, ${count}) n`;

  it.each([
    ['empty', ''],
    ['small', `${fill(5)}; analyze deliveries`],
    ['large', `${fill(3_000)}; analyze deliveries`],
    [
      'full of what is under way',
      `${fill(3_000)}; update deliveries set lease_token = id, lease_until = now(); analyze deliveries`,
    ],
    [
      'full of what is over',
      `${fill(3_000)}; update deliveries set status = 'failed', completed_at = now(); analyze deliveries`,
    ],
  ])('find rows in the same ways when they were planned while the table was %s', async (_, make) => {
    await deliveries.sql(`truncate deliveries cascade; ${make}`);
    const client = new pg.Client({ connectionString: deliveries.world.urlOf('webhooks') });
    await client.connect();
    await prepareSession(client, SESSION);
    started.push({ stop: () => client.end() });
    await client.query(`set plan_cache_mode = force_generic_plan; set nexivo.chosen = '[]'`);
    const waysOf = async (name: keyof typeof statements): Promise<Set<string | undefined>> => {
      const [text, values] = statements[name];
      await client.query(`prepare ${name} as ${text}`);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain execute ${name}${values && `(${values})`}`,
      );
      const lines = rows.map((row) => row['QUERY PLAN']).filter((line) => line.includes(' on deliveries'));
      return new Set(lines.map((line) => /((?:[A-Z][a-z]+ )+Scan.*|Update) on/.exec(line)?.[1]));
    };
    expect(await waysOf('choose')).toEqual(
      new Set([
        'Index Only Scan using deliveries_ready',
        'Index Scan Backward using deliveries_first_attempts',
        'Index Scan using deliveries_pending',
        'Index Scan using deliveries_leased',
      ]),
    );
    expect(await waysOf('promote')).toEqual(new Set(['Index Scan using deliveries_delayed', 'Tid Scan', 'Update']));
    expect(await waysOf('claim')).toEqual(
      new Set(['Index Scan using deliveries_pending', 'Index Scan using deliveries_leased', 'Tid Scan', 'Update']),
    );
    expect(await waysOf('complete')).toEqual(new Set(['Tid Scan', 'Update']));
  });
});

describe('a replica', () => {
  it('has never more requests under way than it may', async () => {
    const receiver = await receiverThat(after(20, withStatus(204)));
    const hooks = await Promise.all(Array.from({ length: 20 }, () => deliveries.hook(receiver.origin)));
    for (const hook of hooks) await deliveries.queue(hook, 10);
    startReplica({ concurrency: 8 });
    await eventually(() => expect(receiver.received).toHaveLength(200));
    // Two places are for those that are slow.
    expect(receiver.peak.get('/')).toBe(6);
  });

  it('that stops finishes what it began, begins nothing more, and leaves no lease behind', async () => {
    const receiver = await receiverThat(after(300, withStatus(204)));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook, 50);
    const replica = startReplica();
    await eventually(() => expect(receiver.underWay.get('/')).toBe(8));
    await replica.stop();
    expect(receiver.received).toHaveLength(8);
    const rows = await deliveries.deliveriesOf(hook);
    expect(rows.filter(({ status }) => status === 'succeeded')).toHaveLength(8);
    expect(rows.filter(({ lease_token }) => lease_token !== null)).toEqual([]);
  });

  it('that is told to stop while it claims gives back what it gets', async () => {
    const receiver = await receiverThat();
    const hook = await deliveries.hook(receiver.origin);
    const lock = new pg.Client({ connectionString: deliveries.world.urlOf('webhooks') });
    await lock.connect();
    started.push({ stop: () => lock.end() });
    await deliveries.queue(hook, 5);
    await lock.query('begin; lock table webhooks.endpoint_health in access exclusive mode');
    const replica = startReplica();
    await eventually(async () =>
      expect(
        await deliveries.sql(
          `select from pg_stat_activity where datname = current_database() and wait_event = 'relation'`,
        ),
      ).toHaveLength(1),
    );
    const stopped = replica.stop();
    await lock.query('commit');
    await stopped;
    expect(receiver.received).toEqual([]);
    expect(await deliveries.deliveriesOf(hook)).toEqual(
      Array.from({ length: 5 }, () => expect.objectContaining({ status: 'pending', attempts: 0, lease_token: null })),
    );
  });

  it('that was away for longer than its lease overwrites nothing', async () => {
    const answers: ((status: number) => void)[] = [];
    const receiver = await receiverThat(
      (_, response) => void answers.push((status) => response.writeHead(status).end()),
    );
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook);
    const late = startReplica();
    await eventually(() => expect(answers).toHaveLength(1));
    await deliveries.sql(`update deliveries set lease_until = now() where webhook_id = $1`, [hook.id]);
    await eventually(() => expect(answers).toHaveLength(2));
    answers[1]!(204);
    await eventually(async () => expect(await statusesOf(hook)).toEqual(['succeeded']));
    answers[0]!(410);
    await eventually(async () =>
      expect(await late.metrics.registry.getSingleMetricAsString('nexivo_webhook_attempts_too_late_total')).toMatch(
        / 1$/,
      ),
    );
    expect(await statusesOf(hook)).toEqual(['succeeded']);
    expect(await deliveries.attemptsOf(hook)).toMatchObject([{ number: 1, status_code: 204 }]);
    expect(await deliveries.statusOf(hook)).toMatchObject({ status: 'enabled' });
  });

  it('goes on after it has lost its connections to Postgres', async () => {
    const receiver = await receiverThat(after(100, withStatus(204)));
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook, 40);
    startReplica();
    for (let count = 8; count <= 32; count += 8) {
      await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(count));
      await deliveries.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'nexivo-webhooks-delivery' and datname = current_database()`,
      );
    }
    // Leases whose claim was lost with the connection run out.
    await deliveries.sql(`update deliveries set lease_until = now() where lease_until is not null`);
    await eventually(async () => expect(await countOf(hook, 'succeeded')).toBe(40));
  });
});

describe('what operators see', () => {
  it('says of what is late whether its endpoint is to blame, or we are', async () => {
    const store = new DeliveryStore(deliveries.world.urlOf('webhooks'), pino({ level: 'silent' }), toldOf);
    const lateOf = async (): Promise<[ours: number, endpoint: number]> => {
      const { due } = await store.backlog();
      return [due.ours.late, due.endpoint.late];
    };
    const [ours, endpoint] = await lateOf();
    const healthy = await deliveries.hook('http://127.0.0.1:9');
    await deliveries.queue(healthy, 3, { dueInS: -20 });
    await deliveries.queue(healthy, 2, { dueInS: -1 });
    await deliveries.queue(healthy, 1, { dueInS: 20 });
    expect(await lateOf()).toEqual([ours + 3, endpoint]);
    // One that is being sent something takes the rest as fast as it answers.
    await deliveries.sql(
      `update deliveries set lease_token = gen_random_uuid(), lease_until = now() + interval '9 seconds'
       where id = (select id from deliveries where webhook_id = $1 and due_at < now() limit 1)`,
      [healthy.id],
    );
    const [oursServed, endpointServed] = await lateOf();
    expect([oursServed, endpointServed > endpoint]).toEqual([ours, true]);
    await deliveries.sql(`update deliveries set lease_until = now() where webhook_id = $1`, [healthy.id]);
    expect(await lateOf()).toEqual([ours + 3, endpoint]);
    for (const state of ['failing_since = now()', 'consecutive_slowdowns = 1', 'is_oversized = true']) {
      await setHealth(healthy, `failing_since = null, consecutive_slowdowns = 0, is_oversized = false`);
      expect(await lateOf()).toEqual([ours + 3, endpoint]);
      await setHealth(healthy, state);
      expect(await lateOf()).toEqual([ours, endpoint + 3]);
    }
    await store.close();
  });

  it('is one line for an attempt, with all that identifies it, and neither secret nor content', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = new Writable({
      write: (line: Buffer, _, done) => {
        lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
        done();
      },
    });
    const receiver = await receiverThat((_, response) => void response.writeHead(500).end('the answer'));
    const hook = await deliveries.hook(receiver.origin);
    const body = '{"id":"evt_1","request_id":"req-\\"1","data":{"content":true,"request_id":"of the customer"}}';
    const [eventId] = await deliveries.queue(hook, 1, { body });
    startReplica({ logger: pino({ level: 'trace' }, log) });
    await attempted(hook, 1);
    const [row] = await deliveries.deliveriesOf(hook);
    const about = lines.filter(({ delivery }) => delivery !== undefined);
    expect(about).toEqual([
      expect.objectContaining({
        msg: 'delivery attempt',
        account_id: hook.accountId,
        webhook: hook.id,
        delivery: row!.id,
        event: eventId,
        type: 'candidate.created',
        attempt: 1,
        outcome: 'failure',
        status: 500,
        ms: expect.any(Number),
        error: 'http_status',
        next_in_ms: expect.any(Number),
        request_id: 'req-"1',
      }),
    ]);
    const text = JSON.stringify(lines);
    for (const hidden of [
      hook.secret,
      hook.secret.slice(6, -4),
      'content',
      'of the customer',
      'the answer',
      'sha256=',
      'v1,',
    ]) {
      expect(text).not.toContain(hidden);
    }
  });

  it.each([
    ['all', ['account_id', 'webhook', 'event', 'type', 'attempt', 'outcome']],
    ['brief', []],
    ['failures', undefined],
  ] as const)('tells of an attempt that succeeded what LOG_DELIVERIES=%s says', async (successes, more) => {
    const lines: Record<string, unknown>[] = [];
    const log = new Writable({
      write: (line: Buffer, _, done) => {
        lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
        done();
      },
    });
    const receiver = await receiverThat((_, response) => void response.end());
    const hook = await deliveries.hook(receiver.origin);
    await deliveries.queue(hook, 1, { body: '{"id":"evt_1","request_id":"request-1","data":{}}' });
    startReplica({ logger: pino({ base: null, timestamp: false }, log), successes });
    await attempted(hook, 1);
    const [row] = await deliveries.deliveriesOf(hook);
    const told = lines.filter(({ msg }) => msg === 'delivery attempt');
    expect(told).toMatchObject(more ? [{ delivery: row!.id, status: 200, request_id: 'request-1' }] : []);
    const names = ['level', 'delivery', 'status', 'ms', 'request_id', 'msg', ...(more ?? [])];
    expect(told.map((line) => Object.keys(line).toSorted())).toEqual(more ? [names.toSorted()] : []);
  });

  it('are the attempts by outcome, the time to the first byte, and what is waiting', async () => {
    const receiver = await receiverThat(({ path }, response) => {
      response.writeHead(Number(path.slice(1))).end();
    });
    const replica = startReplica();
    for (const [status, count] of [
      [200, 3],
      [500, 1],
      [503, 1],
      [410, 1],
    ] as const) {
      const hook = await deliveries.hook(`${receiver.origin}/${status}`);
      await deliveries.queue(hook, count);
      await attempted(hook, count);
      await putOff(hook);
    }
    const unserved = await deliveries.hook(receiver.origin);
    await setHealth(unserved, `paused_until = now() + interval '1 hour'`);
    await deliveries.queue(unserved, 5, { dueInS: -60 });
    const disabled = await deliveries.hook(receiver.origin, { status: 'disabled' });
    await deliveries.queue(disabled, 1, { dueInS: -600 });
    const metrics = await replica.metrics.registry.metrics();
    const valueOf = (name: string): number =>
      Number(
        metrics
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    expect(valueOf('nexivo_webhook_attempts_total{outcome="success"}')).toBe(3);
    expect(valueOf('nexivo_webhook_attempts_total{outcome="failure"}')).toBe(1);
    expect(valueOf('nexivo_webhook_attempts_total{outcome="slowdown"}')).toBe(1);
    expect(valueOf('nexivo_webhook_attempts_total{outcome="gone"}')).toBe(1);
    expect(valueOf('nexivo_webhook_first_byte_seconds_count')).toBe(6);
    expect(valueOf('nexivo_webhook_first_byte_seconds_bucket{le="5"}')).toBe(6);
    expect(valueOf('nexivo_webhook_attempt_duration_seconds_count{outcome="success"}')).toBe(3);
    expect(valueOf('nexivo_webhook_slots')).toBe(256);
    // Two that will be tried again, those that nobody may have, and that of a disabled webhook.
    expect(valueOf('nexivo_webhook_deliveries_pending')).toBe(8);
    const due = (name: string, cause: string): number => valueOf(`nexivo_webhook_${name}{cause="${cause}"}`);
    expect([due('deliveries_late', 'endpoint'), due('deliveries_late', 'ours')]).toEqual([5, 0]);
    expect(due('oldest_due_seconds', 'endpoint')).toBeGreaterThanOrEqual(60);
    expect(due('oldest_due_seconds', 'endpoint')).toBeLessThan(600);
    expect(due('oldest_due_seconds', 'ours')).toBeLessThan(60);
  });
});
