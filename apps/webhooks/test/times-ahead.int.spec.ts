import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { TimesAhead } from '../src/queue/times-ahead.js';
import { type Bus, connectServices, happen, newWebhook, startWebhooks } from './webhooks-under-test.js';

let world: World;
let bus: Bus;
let receiver: Receiver;
let times: TimesAhead;

beforeAll(async () => {
  world = await startWorld();
  times = (await startWebhooks(world)).get(TimesAhead);
  [bus, receiver] = await Promise.all([connectServices(world), startReceiver()]);
});
afterAll(async () => {
  await Promise.all([bus.close(), receiver.stop()]);
  await world.stop();
});

it('what was put off by a clock that was an hour ahead is sent once that is set back; what was put off since then stays so', async () => {
  const context = callFor();
  const url = (name: string): string => `${receiver.url}/${name}`;
  const [ahead, other] = [
    await newWebhook(world, context, { url: url('ahead') }),
    await newWebhook(world, context, { url: url('other') }),
  ];
  const pause = (id: string, until: string, at: string): Promise<unknown> =>
    world.sql(
      'webhooks',
      `update endpoint_health set paused_until = ${until}, failing_since = ${at}, last_failure_at = ${at}, failures = 1, failing_days = 1,
         consecutive_slowdowns = 1 where webhook_id = $1`,
      [id],
    );
  const inAnHour = `now() + interval '1 hour'`;
  await pause(ahead.id, `${inAnHour} + interval '5 minutes'`, inAnHour);
  await pause(other.id, `now() + interval '5 minutes'`, 'now()');
  await happen(bus, context, 'job.created');
  await world.sql(
    'webhooks',
    `update deliveries set due_at = ${inAnHour}, updated_at = ${inAnHour}, lease_token = gen_random_uuid(), lease_until = ${inAnHour}
     where webhook_id = $1`,
    [ahead.id],
  );
  await times.mend();
  const leases = await world.sql(
    'webhooks',
    `select from deliveries where lease_until > now() + interval '31 seconds'`,
  );
  expect(leases).toEqual([]);
  await world.sql('webhooks', `update deliveries set lease_until = now() where webhook_id = $1`, [ahead.id]);
  await times.mend();
  await eventually(() => expect(receiver.requests.map(({ path }) => path)).toContain('/ahead'));
  const rest = await world.sql<{ webhook_id: string }>(
    'webhooks',
    `select webhook_id from endpoint_health where paused_until > now() and webhook_id = any($1)`,
    [[ahead.id, other.id]],
  );
  expect(rest).toEqual([{ webhook_id: other.id }]);
});
