import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Deliveries that arrived since they were last taken. */
export interface Arrivals {
  /** From `created_at` of the event to the first byte here, in ms; one for each delivery. */
  latencies: Float64Array;
  /** When the last one began to arrive, in ms since 1970. */
  lastAt: number;
}

/** A server in a thread of its own, where webhooks lead to. */
export interface WebhookReceiver {
  origin: string;
  take(): Promise<Arrivals>;
  stop(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const worker = new Worker(new URL('webhook-receiver.worker.js', import.meta.url));
  const [port] = (await once(worker, 'message')) as [number];
  return {
    origin: `http://127.0.0.1:${port}`,
    take: async () => {
      const answer = once(worker, 'message');
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
      worker.postMessage('take');
      const [arrivals] = (await answer) as [Arrivals];
      return arrivals;
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
