import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createWebhookInput, webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { startWebhooks } from './webhooks-under-test.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await startWebhooks(world, { ALLOW_INSECURE_WEBHOOK_TARGETS: 'false', WEBHOOK_TARGET_ALLOWLIST: '10.20.0.0/16' });
});
afterAll(() => world.stop());

const ALLOWED = 'https://10.20.30.40/hooks';
const create = (context: RequestContext, url: string) =>
  world.bus.request(webhooks.create, createWebhookInput.parse({ url, events: ['*'] }), context);

it.each(['https://10.0.0.1/', 'https://127.0.0.1/', 'https://[::1]/', 'https://localhost/', 'http://10.20.30.40/'])(
  'refuses to register %s, naming url, and stores nothing',
  async (url) => {
    const context = callFor();
    await expect(create(context, url)).rejects.toMatchObject({ code: 'validation_failed', errors: [{ field: 'url' }] });
    await expect(
      world.sql('webhooks', 'select 1 from webhooks where account_id = $1', [context.accountId]),
    ).resolves.toEqual([]);
  },
);

it('takes an address that the operator allows', async () => {
  await expect(create(callFor(), ALLOWED)).resolves.toMatchObject({ url: ALLOWED });
});

it('asks again when the URL changes, and only then', async () => {
  const context = callFor();
  const { id } = await create(context, ALLOWED);
  const update = (patch: object) => world.bus.request(webhooks.update, { id, patch }, context);
  await expect(update({ url: 'https://10.0.0.1/' })).rejects.toMatchObject({ errors: [{ field: 'url' }] });
  await expect(update({ url: `${ALLOWED}/2` })).resolves.toMatchObject({ url: `${ALLOWED}/2` });
  // As if the operator had taken it off the list meanwhile.
  await world.sql('webhooks', `update webhooks set url = 'https://10.99.0.1/' where id = $1`, [id]);
  await expect(update({ url: 'https://10.99.0.1/', description: 'x' })).resolves.toMatchObject({ description: 'x' });
  // As releases kept it that did not normalise URLs.
  await world.sql('webhooks', `update webhooks set url = 'https://10.99.0.1' where id = $1`, [id]);
  await expect(update({ url: 'https://10.99.0.1/', description: 'y' })).resolves.toMatchObject({
    url: 'https://10.99.0.1',
    description: 'y',
  });
});
