import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
export async function startWebhookReceiver() {
    const worker = new Worker(new URL('webhook-receiver.worker.js', import.meta.url));
    const [port] = (await once(worker, 'message'));
    return {
        origin: `http://127.0.0.1:${port}`,
        take: async () => {
            const answer = once(worker, 'message');
            // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
            worker.postMessage('take');
            const [arrivals] = (await answer);
            return arrivals;
        },
        stop: async () => {
            await worker.terminate();
        },
    };
}
//# sourceMappingURL=webhook-receiver.js.map