import { createServer } from 'node:http';
import { parentPort } from 'node:worker_threads';
/** One thread that only takes deliveries, so that nothing else of the bench delays the time at which they are seen. */
let latencies = [];
let lastAt = 0;
const server = createServer((request, response) => {
    // The headers are there, and they come with the first byte.
    const at = Date.now();
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
        response.writeHead(204).end();
        const { created_at } = JSON.parse(Buffer.concat(chunks).toString());
        latencies.push(at - Date.parse(created_at));
        lastAt = at;
    });
});
server.keepAliveTimeout = 60_000;
parentPort.on('message', () => {
    const arrivals = { latencies: Float64Array.from(latencies), lastAt };
    latencies = [];
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
    parentPort.postMessage(arrivals);
});
server.listen(0, '127.0.0.1', () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
    parentPort.postMessage(server.address().port);
});
//# sourceMappingURL=webhook-receiver.worker.js.map