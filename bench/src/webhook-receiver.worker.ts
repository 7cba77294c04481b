import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { Arrivals } from './webhook-receiver.js';

/** One thread that only takes deliveries, so that nothing else of the bench delays the time at which they are seen. */
let latencies: number[] = [];
let lastAt = 0;

const server = createServer((request, response) => {
  // The headers are there, and they come with the first byte.
  const at = Date.now();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(204).end();
    const { created_at } = JSON.parse(Buffer.concat(chunks).toString()) as { created_at: string };
    latencies.push(at - Date.parse(created_at));
    lastAt = at;
  });
});
server.keepAliveTimeout = 60_000;

parentPort!.on('message', () => {
  const arrivals: Arrivals = { latencies: Float64Array.from(latencies), lastAt };
  latencies = [];
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
  parentPort!.postMessage(arrivals);
});
server.listen(0, '127.0.0.1', () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
  parentPort!.postMessage((server.address() as AddressInfo).port);
});
