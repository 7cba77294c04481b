import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Api } from '@nexivo/testing/api';
import { HOSTILITIES } from '@nexivo/testing/hostile-receivers';
import type { Attack } from './attack.js';

const RECEIVERS = 84;
/** Each is an event, and a delivery to each of the receivers. */
const WRITE_EVERY_MS = 1_000;

/** Every hostile kind of receiver in turn, all of them webhooks of one account, to which things happen. */
export const hostileReceivers: Attack = {
  name: 'receivers',
  victims: ['delivery', 'get'],
  bounds: { p99: 1.25 },
  prepare: async ({ system, readers }) => {
    const api = new Api(system.origin, readers.token);
    const worker = new Worker(new URL('receivers.worker.js', import.meta.url));
    worker.unref();
    const [urls] = (await once(worker, 'message')) as [string[]];
    const webhooks: string[] = [];
    for (let number = 0; number < RECEIVERS; number++) {
      const url = `${urls[number % HOSTILITIES.length]}${number}`;
      const { status, body } = await api.post('/webhooks', { url, events: ['candidate.updated'], status: 'disabled' });
      if (status !== 201) throw new Error(`no webhook: ${status} ${JSON.stringify(body)}`);
      webhooks.push(`/webhooks/${body.id as string}`);
    }
    const become = (status: string): Promise<unknown> =>
      Promise.all(webhooks.map((webhook) => api.patch(webhook, { status })));
    return async (seconds) => {
      // Enabled anew, they are as on their first day: nothing is known of them.
      await become('enabled');
      const endsAt = performance.now() + seconds * 1_000;
      for (let turn = 0; performance.now() < endsAt; turn++) {
        const id = readers.ids[turn % readers.ids.length]!;
        await api.patch(`/candidates/${id}`, { summary: `${performance.now()}` });
        await sleep(WRITE_EVERY_MS);
      }
      await become('disabled');
    };
  },
};
