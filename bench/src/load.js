import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
/**
 * Sends a load from a thread of its own.
 *
 * @throws Error at the first answer of another status than its request's
 */
export async function send(load) {
    const worker = new Worker(new URL('load.worker.js', import.meta.url), { workerData: load });
    const [result] = (await once(worker, 'message'));
    await worker.terminate();
    if (result.requests === 0)
        throw new Error(`${load.inTurn[0]?.path}: no request was answered in time`);
    return result;
}
//# sourceMappingURL=load.js.map