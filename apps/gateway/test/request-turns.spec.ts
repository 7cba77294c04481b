import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Connections } from '../src/http/connections.js';
import { LowPriorityQueue } from '../src/http/low-priority-queue.js';
import { RequestTurns } from '../src/http/request-turns.js';

/** Longer than requests are begun in one turn of the event loop. */
const LONG_MS = 6;

const LIMITS = {
  maxConnections: 100,
  headersTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 60_000,
  writeTimeoutMs: 60_000,
  unreadBytes: 1_000_000,
  headerBytes: 16_384,
  bodyBytes: 1_000_000,
  unfinishedBodies: { perSender: 1_000_000, total: 1_000_000 },
};

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('begins a request at once where there are few', async () => {
  const turns = new RequestTurns();
  const begun: string[] = [];
  turns.add('one', () => begun.push('one'));
  expect(begun).toEqual(['one']);
  await turn();
  await turn();
  turns.add('other', () => begun.push('other'));
  expect(begun).toEqual(['one', 'other']);
});

it('begins those of each sender in turn where many come at a time, and lets the event loop go on between them', async () => {
  const turns = new RequestTurns();
  const begun: string[] = [];
  const send = (sender: string, n: number): void =>
    turns.add(sender, () => {
      begun.push(`${sender} ${n}`);
      work(LONG_MS);
    });
  for (let n = 1; n <= 5; n++) send('heavy', n);
  for (let n = 1; n <= 2; n++) send('light', n);
  send('third', 1);
  for (let done = 1; done <= 8; done++) {
    expect(begun).toHaveLength(done);
    await turn();
  }
  expect(begun).toEqual(['heavy 1', 'heavy 2', 'light 1', 'third 1', 'heavy 3', 'light 2', 'heavy 4', 'heavy 5']);
});

it('counts what a request leaves to promises, and begins at once again when nothing waits', async () => {
  const turns = new RequestTurns();
  const begun: number[] = [];
  for (let n = 1; n <= 4; n++) {
    turns.add('heavy', () => {
      begun.push(n);
      if (n === 1) work(LONG_MS);
      else void Promise.resolve().then(() => work(LONG_MS));
    });
  }
  for (let done = 1; done <= 4; done++) {
    expect(begun).toHaveLength(done);
    await turn();
  }
  await turn();
  turns.add('light', () => begun.push(5));
  expect(begun).toEqual([1, 2, 3, 4, 5]);
});

it('does not carry out what was refused while it waited, because the rest of it was no request', async () => {
  const connections = new Connections(LIMITS, new LowPriorityQueue());
  const begun: string[] = [];
  const server = connections.createServer({}, ({ url }, response) => {
    begun.push(url!);
    work(LONG_MS);
    response.end();
  });
  server.on('clientError', (_error, socket: Socket) =>
    connections.fail(socket, () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = connect(port, '127.0.0.1');
      // Accepted, once it has been answered.
      socket.write('GET /before HTTP/1.1\r\nhost: a\r\n\r\n');
      await once(socket, 'data');
      return socket;
    }),
  );
  const refused = sockets.at(-1)!;
  const answer = text(refused);
  for (const socket of sockets.slice(0, -1)) socket.write('GET /first HTTP/1.1\r\nhost: a\r\n\r\n');
  refused.write('POST /refused HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n');
  // So that the server sees them all in one turn of the event loop.
  work(50);
  expect(await answer).toBe('HTTP/1.1 400 Bad Request\r\n\r\n');
  while (begun.length < 7) await turn();
  for (let n = 0; n < 5; n++) await turn();
  expect(begun.filter((url) => url !== '/before')).toEqual(['/first', '/first', '/first']);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
