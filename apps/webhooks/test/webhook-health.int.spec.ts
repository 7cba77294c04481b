import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestContext } from '@nexivo/bus/context';
import { deliveries } from '@nexivo/contracts/deliveries';
import { webhookHealth, type WebhookHealth, webhookHealthCommands } from '@nexivo/contracts/webhook-health';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { bucketOf, latencyOf } from '../src/queue/attempt-counts.js';
import { newWebhook, startWebhooks } from './webhooks-under-test.js';

let world: World;
let receiver: Receiver;

beforeAll(async () => {
  world = await startWorld();
  // Two replicas: both send, and both count.
  await startWebhooks(world);
  await startWebhooks(world);
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.stop();
  await world.stop();
});

const HOUR_MS = 3_600_000;
const health = (context: RequestContext, id: string): Promise<WebhookHealth> =>
  world.bus.request(webhookHealthCommands.get, { id }, context);

/** Counts attempts of an hour ago so many, as if they had been made. */
const count = (
  { accountId }: RequestContext,
  webhookId: string,
  hoursAgo: number,
  {
    attempts,
    isSuccess = true,
    bucket = 20,
    shard = 0,
  }: { attempts: number; isSuccess?: boolean; bucket?: number; shard?: number },
) =>
  world.sql(
    'webhooks',
    `insert into attempt_counts (account_id, webhook_id, hour, is_success, latency_bucket, shard, attempts)
     values ($1, $2, date_trunc('hour', now(), 'UTC') - $3 * interval '1 hour', $4, $5, $6, $7)`,
    [accountId, webhookId, hoursAgo, isSuccess, bucket, shard, attempts],
  );

describe('the health of a webhook', () => {
  it('counts each attempt that was logged once, by what came of it, whoever made it', async () => {
    receiver.answer = ({ path }) => ({ status: path.startsWith('/bad') ? 500 : 204 });
    const context = callFor();
    // Neither is told that the other one fails.
    const events = ['candidate.created' as const];
    const [good, bad] = [
      await newWebhook(world, context, { url: `${receiver.url}/good/${randomUUID()}`, events }),
      await newWebhook(world, context, { url: `${receiver.url}/bad/${randomUUID()}`, events }),
    ];
    for (const { id } of [good, bad]) {
      await Promise.all(Array.from({ length: 40 }, () => world.bus.request(deliveries.test, { id }, context)));
    }
    const logged = async (id: string) => {
      const [row] = await world.sql<{ attempts: number; successes: number; min: number; max: number }>(
        'webhooks',
        `select count(*)::int as attempts, (count(*) filter (where error is null))::int as successes,
           min(latency_ms) as min, max(latency_ms) as max
         from attempts join deliveries on deliveries.account_id = attempts.account_id and deliveries.id = delivery_id
         where webhook_id = $1`,
        [id],
      );
      return row!;
    };
    await eventually(async () => expect((await logged(good.id)).successes).toBe(40));
    await eventually(async () => expect((await logged(bad.id)).attempts).toBeGreaterThan(20));
    // Nothing more is sent while both are read.
    await world.sql(
      'webhooks',
      `update webhooks set status = 'disabled', disabled_reason = 'requested', disabled_at = now()`,
    );
    await eventually(async () =>
      expect(await world.sql('webhooks', 'select 1 from deliveries where lease_token is not null')).toEqual([]),
    );
    for (const { id } of [good, bad]) {
      // A claim that has seen it enabled may be committed only now.
      await eventually(async () => {
        const { attempts, successes, min, max } = await logged(id);
        const shown = await health(context, id);
        expect(webhookHealth.parse(shown)).toEqual(shown);
        expect(shown).toMatchObject({ webhook_id: id, attempts, successes });
        expect(shown.latency_ms.p50).toBeGreaterThanOrEqual(Math.floor(min * 0.9));
        expect(shown.latency_ms.p95).toBeLessThanOrEqual(Math.ceil(max * 1.1) + 1);
      });
    }
    const { last_success_at, ...well } = await health(context, good.id);
    expect(well).toMatchObject({ failing_since: null, last_failure_at: null, disables_at: null });
    expect(last_success_at).not.toBeNull();
    const failing = await health(context, bad.id);
    expect(failing.last_success_at).toBeNull();
    expect(Date.parse(failing.last_failure_at!)).toBeGreaterThanOrEqual(Date.parse(failing.failing_since!));
    const fiveDays = 5 * 24 * 3_600_000;
    expect(Date.parse(failing.disables_at!)).toBe(Date.parse(failing.failing_since!) + fiveDays);
  });

  it('shows 24 whole hours in UTC by the clock of the database, the oldest first, and leaves out what is older', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    for (const hoursAgo of [0, 1, 23, 24]) await count(context, id, hoursAgo, { attempts: 10 + hoursAgo });
    await count(context, id, 1, { attempts: 5, shard: 3 });
    await count(context, id, 1, { attempts: 2, isSuccess: false });
    const shown = await health(context, id);
    const times = shown.hours.map(({ hour }) => new Date(hour).getTime());
    expect(times).toHaveLength(24);
    for (const [index, time] of times.entries()) expect(time).toBe(times[0]! + index * HOUR_MS);
    expect(times[0]! % HOUR_MS).toBe(0);
    expect(shown.since).toBe(shown.hours[0]!.hour);
    expect(new Date(shown.until).getTime() - times[23]!).toBeLessThan(HOUR_MS);
    const counted = shown.hours.map(({ attempts, successes }) => [attempts, successes]);
    expect(counted).toEqual([[33, 33], ...Array.from({ length: 21 }, () => [0, 0]), [18, 16], [10, 10]]);
    expect(shown).toMatchObject({ attempts: 61, successes: 59 });
  });

  it('tells the latency that half and nineteen twentieths of the attempts do not exceed', async () => {
    const context = callFor();
    const { id } = await newWebhook(world, context);
    await expect(health(context, id)).resolves.toMatchObject({ attempts: 0, latency_ms: { p50: null, p95: null } });
    await count(context, id, 0, { attempts: 50, bucket: 20 });
    await count(context, id, 3, { attempts: 45, bucket: 30 });
    await count(context, id, 5, { attempts: 5, bucket: 50, isSuccess: false });
    await expect(health(context, id)).resolves.toMatchObject({
      latency_ms: { p50: latencyOf(20), p95: latencyOf(30) },
    });
    await count(context, id, 6, { attempts: 10, bucket: 50, isSuccess: false });
    await expect(health(context, id)).resolves.toMatchObject({
      latency_ms: { p50: latencyOf(30), p95: latencyOf(50) },
    });
  });

  it('is at most a tenth off for any latency, by the buckets that attempts are counted in', async () => {
    const rows = await world.sql<{ ms: number; bucket: number }>(
      'webhooks',
      `select ms, ${bucketOf('ms')} as bucket from generate_series(0, 16000) ms`,
    );
    for (const { ms, bucket } of rows) {
      expect({ ms, off: Math.abs(latencyOf(bucket) - ms) > Math.max(1, ms / 10 + 0.5) }).toEqual({ ms, off: false });
    }
  });

  it("is not found for another account's webhook, and counts nothing of another's", async () => {
    const [context, stranger] = [callFor(), callFor()];
    const [mine, theirs] = [await newWebhook(world, context), await newWebhook(world, stranger)];
    await count(stranger, theirs.id, 0, { attempts: 7 });
    await count(stranger, mine.id, 0, { attempts: 7 });
    await expect(health(context, mine.id)).resolves.toMatchObject({ attempts: 0 });
    await expect(health(context, theirs.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
