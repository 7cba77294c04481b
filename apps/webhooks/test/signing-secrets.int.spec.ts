import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { deliveries } from '@nexivo/contracts/deliveries';
import { createWebhookInput, webhooks, type WebhookWithSecret } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import type { Reply } from '@nexivo/bus/reply';
import { findLeaks } from '@nexivo/testing/leaks';
import { eventually } from '@nexivo/testing/poll';
import { type ReceivedRequest, type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { again, startWebhooks } from './webhooks-under-test.js';

const [OLD_KEY, NEW_KEY] = [`1:${randomBytes(32).toString('base64')}`, `2:${randomBytes(32).toString('base64')}`];

let world: World;
let receiver: Receiver;
let app: NestFastifyApplication;

beforeAll(async () => {
  world = await startWorld();
  receiver = await startReceiver();
  app = await startWebhooks(world, { WEBHOOK_SECRET_KEYS: OLD_KEY });
});
afterAll(async () => {
  await receiver.stop();
  await world.stop();
});

const restart = async (keys: string): Promise<void> => {
  await app.close();
  app = await startWebhooks(world, { WEBHOOK_SECRET_KEYS: keys });
};

const keyed = (context: RequestContext): RequestContext => ({ ...again(context), idempotencyKey: randomUUID() });
const create = (context: RequestContext, path: string): Promise<Reply<WebhookWithSecret>> =>
  exchange(world.bus, webhooks.create, createWebhookInput.parse({ url: receiver.url + path, events: ['*'] }), context);
const rotate = (context: RequestContext, id: string): Promise<Reply<WebhookWithSecret>> =>
  exchange(world.bus, webhooks.rotateSecret, { id }, context);

/** The request of a test that is sent now. */
async function nextRequest(
  context: RequestContext,
  { id, url }: { id: string; url: string },
): Promise<ReceivedRequest> {
  const { event_id } = await world.bus.request(deliveries.test, { id }, again(context));
  return eventually(() => {
    const found = receiver.requests.find(
      ({ path, headers }) => url.endsWith(path) && headers['webhook-id'] === event_id,
    );
    if (!found) throw new Error('nothing has arrived');
    return found;
  });
}

/** Whether a receiver that knows this secret believes a request. */
function believes(secret: string, { body, headers }: ReceivedRequest): boolean {
  try {
    new StandardWebhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

describe('a secret', () => {
  it('is nowhere in the database: not in rows, stored answers, deliveries or the log, in no spelling', async () => {
    const context = keyed(callFor());
    const created = (await create(context, '/leaks')).body;
    const rotated = (await rotate(keyed(context), created.id)).body;
    await nextRequest(context, created);
    const secrets = [created, rotated].flatMap(({ secret }) => {
      const bytes = Buffer.from(secret.replace('whsec_', ''), 'base64');
      return [secret, secret.replace('whsec_', ''), bytes.toString('hex'), bytes.toString('base64url').slice(0, -1)];
    });
    const databaseUrls = [world.urlOf('webhooks')];
    await expect(findLeaks({ directories: [], databaseUrls, secrets })).resolves.toEqual([]);
    // The search finds what is there.
    await expect(findLeaks({ directories: [], databaseUrls, secrets: [created.id] })).resolves.toEqual(
      expect.arrayContaining(['webhooks.webhooks', 'webhooks.idempotency_keys', 'webhooks.deliveries']),
    );
  });

  it('is shown again to whoever sends the creation again, and to nobody else', async () => {
    const context = keyed(callFor());
    const first = await create(context, '/again');
    const second = await create(context, '/again');
    expect(second).toEqual({ ...first, isReplay: true });
    expect(second.body.secret).toBe(first.body.secret);
    const twenty = keyed(context);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => create(twenty, '/twenty')));
    const seen = answers.filter((each) => each.status === 'fulfilled').map(({ value }) => value.body.secret);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen).size).toBe(1);
  });
});

describe('a rotation', () => {
  it('answers another secret, and both sign for a day, the new one first', async () => {
    const context = callFor();
    const created = (await create(context, '/rotation')).body;
    const before = await nextRequest(context, created);
    expect([believes(created.secret, before), before.headers['webhook-signature']]).toEqual([
      true,
      expect.stringMatching(/^v1,\S+$/),
    ]);

    const rotated = await rotate(context, created.id);
    expect(rotated).toMatchObject({ version: 2, body: { id: created.id, url: created.url } });
    expect(rotated.body.secret).not.toBe(created.secret);
    const during = await nextRequest(context, created);
    expect(during.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect([believes(created.secret, during), believes(rotated.body.secret, during)]).toEqual([true, true]);

    const [row] = await world.sql<{ hours: number }>(
      'webhooks',
      `select extract(epoch from previous_secret_until - now())::float8 / 3600 as hours from webhooks where id = $1`,
      [created.id],
    );
    expect(row!.hours).toBeGreaterThan(23.9);
    expect(row!.hours).toBeLessThanOrEqual(24);
    await world.sql('webhooks', `update webhooks set previous_secret_until = now() where id = $1`, [created.id]);
    const after = await nextRequest(context, created);
    expect([believes(created.secret, after), believes(rotated.body.secret, after)]).toEqual([false, true]);
  });

  it('within that day drops the oldest secret', async () => {
    const context = callFor();
    const created = (await create(context, '/twice')).body;
    const second = (await rotate(context, created.id)).body;
    const third = (await rotate(context, created.id)).body;
    const request = await nextRequest(context, created);
    expect([created, second, third].map(({ secret }) => believes(secret, request))).toEqual([false, true, true]);
  });

  it('that is sent again is carried out once, and shows the same secret', async () => {
    const context = callFor();
    const { id } = (await create(context, '/sent-again')).body;
    const key = keyed(context);
    const first = await rotate(key, id);
    await expect(rotate(key, id)).resolves.toEqual({ ...first, isReplay: true });
    await expect(rotate(again(context), id)).resolves.toMatchObject({ version: 3 });
    await expect(rotate(key, id)).resolves.toEqual({ ...first, isReplay: true });
  });
});

describe('another key in WEBHOOK_SECRET_KEYS', () => {
  it('changes nothing for the secrets that are there, and keeps the new ones, as long as the old key is given too', async () => {
    const context = callFor();
    const key = keyed(context);
    const first = await create(key, '/keys');
    await restart(`${NEW_KEY},${OLD_KEY}`);
    expect(believes(first.body.secret, await nextRequest(context, first.body))).toBe(true);
    await expect(create(key, '/keys')).resolves.toEqual({ ...first, isReplay: true });

    const rotated = (await rotate(context, first.body.id)).body;
    const keysInUse = await world.sql(
      'webhooks',
      'select secret_key_id, previous_secret_key_id from webhooks where id = $1',
      [first.body.id],
    );
    expect(keysInUse).toEqual([{ secret_key_id: '2', previous_secret_key_id: '1' }]);
    const request = await nextRequest(context, first.body);
    expect([believes(first.body.secret, request), believes(rotated.secret, request)]).toEqual([true, true]);
  });

  it('alone cannot open what the old one keeps: nothing is shown, and nothing breaks for others', async () => {
    const context = callFor();
    const key = keyed(context);
    await restart(OLD_KEY);
    const old = (await create(key, '/lost')).body;
    await restart(NEW_KEY);
    await expect(create(key, '/lost')).rejects.toMatchObject({ code: 'internal_error' });
    const fresh = (await create(context, '/fresh')).body;
    await world.bus.request(deliveries.test, { id: old.id }, again(context));
    expect(believes(fresh.secret, await nextRequest(context, fresh))).toBe(true);
    // A rotation brings it back at once, because what cannot be opened does not sign any more.
    const rescued = (await rotate(context, old.id)).body;
    expect(believes(rescued.secret, await nextRequest(context, old))).toBe(true);
  });
});
