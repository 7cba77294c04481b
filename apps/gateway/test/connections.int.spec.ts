import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { connectOperator, type Operator } from '@nexivo/testing/api';
import { scaled } from '@nexivo/testing/time';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HeldInput } from '../src/http/connection.js';
import { originOf, startGateway } from './gateway-under-test.js';
import * as uploads from './uploads.js';

let world: World;
let operator: Operator;
let app: NestFastifyApplication;
let origin: string;

beforeAll(async () => {
  world = await startWorld();
  app = await startGateway(world);
  origin = await originOf(app);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const get = (path: string, headers = ''): string =>
  `GET ${BASE_PATH}${path} HTTP/1.1\r\nhost: api.test\r\n${headers}\r\n`;
/** Answered with 200, by the gateway alone. */
const valid = (): string => 'GET /health/live HTTP/1.1\r\nhost: api.test\r\n\r\n';
const me = (token: string): string => get('/me', `authorization: Bearer ${token}\r\n`);
/** Answered with 400, by the gateway alone, once the body has been read. */
const post = (body: string): string =>
  `POST ${BASE_PATH}/sessions HTTP/1.1\r\nhost: api.test\r\n` +
  `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const statusesOf = async (sent: string, options = {}): Promise<number[]> =>
  (await uploads.answersTo(origin, sent, options)).map(({ status }) => status);

describe('every answer belongs to its request', () => {
  it.each([
    ['a request and garbage', () => `${valid()}garbage\r\n\r\n`, [200, 400]],
    ['a request and one blank', () => `${valid()} `, [200, 400]],
    ['a request with a body and garbage', () => `${post('{"name":""}')}garbage\r\n\r\n`, [400, 400]],
    ['two requests and garbage', () => `${valid()}${valid()}\0`, [200, 200, 400]],
    ['a request that is refused and garbage', () => `${get('/me')}garbage\r\n\r\n`, [401, 400]],
    ['garbage alone', () => 'garbage\r\n\r\n', [400]],
    ['a request and CONNECT', () => `${valid()}CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n${valid()}`, [200, 400]],
    ['a request and another version of HTTP', () => `${valid()}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, [200, 505]],
  ])('%s in one segment', async (_what, sent, statuses) => {
    for (let n = 0; n < 5; n++) expect(await statusesOf(sent())).toEqual(statuses);
  });

  it('a write that is followed by garbage is answered with what became of it', async () => {
    const account = await operator.createAccount();
    const { token } = await operator.createToken(account);
    await eventually(async () => {
      const [answer, fault] = await uploads.answersTo(origin, `${me(token)}\x01\x02`);
      expect(answer!.text).toContain(account);
      expect(fault!.status).toBe(400);
    });
  });

  it.each([
    ['one request', () => valid(), [200]],
    ['three requests', () => valid() + get('/me') + valid(), [200, 401, 200]],
    ['a request with a body', () => post('{}'), [400]],
    ['half a request', () => `${valid()}GET / HT`, [200, 400]],
  ])('a client that ends its side after %s reads the answers', async (_what, sent, statuses) => {
    expect(await statusesOf(sent(), { endsItsSide: true })).toEqual(statuses);
  });

  it('requests that are sent ahead are answered in their order, and the connection is kept', async () => {
    const socket = uploads.open(origin);
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    const inTurn = Array.from({ length: 600 }, (_, n) => (n % 3 === 0 ? 401 : n % 3 === 1 ? 404 : 200));
    socket.write(
      inTurn.map((status) => (status === 401 ? get('/me') : status === 404 ? get('/none') : valid())).join(''),
    );
    await eventually(() => {
      expect([...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))).toEqual(inTurn);
    });
    received = '';
    socket.write(valid());
    await eventually(() => expect(received).toMatch(/^HTTP\/1\.1 200 /));
    socket.destroy();
  });

  it('a large body that comes with other requests is read whole', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(300_000) });
    expect(await statusesOf(valid() + post(body) + valid() + post(body), { endsItsSide: true })).toEqual([
      200, 400, 200, 400,
    ]);
  });
});

/** How many requests the server has begun to read on some connections. */
function requestsRead(sockets: readonly Socket[]): () => number {
  let count = 0;
  const ports = new Set(sockets.map(({ localPort }) => localPort));
  app.getHttpServer().on('request', ({ socket }: IncomingMessage) => {
    if (ports.has(socket.remotePort)) count++;
  });
  return () => count;
}

const flood = (count: number): string => get('/candidates').repeat(count);

describe('a client that sends requests without waiting for answers', () => {
  it.each([
    ['without a token', () => get('/candidates')],
    ['to a path that is none', () => get('/nothing')],
    ['with a method that is none', () => get('/me').replace('GET', 'PUT')],
    ['to health', () => 'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n'],
  ])('%s makes nobody wait until they are read', async (_how, request) => {
    const total = 25_000;
    const sockets = Array.from({ length: 5 }, () => uploads.open(origin));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const count = requestsRead(sockets);
    for (const socket of sockets) socket.write(request().repeat(total / sockets.length));
    const answer = await fetch(`${origin}/health/live`);
    expect(answer.status).toBe(200);
    expect(count()).toBeLessThan(total / 10);
    for (const socket of sockets) socket.destroy();
  });

  it('has no more of them read than fit into a slice while the first is under way', async () => {
    const socket = uploads.open(origin);
    await once(socket, 'connect');
    const count = requestsRead([socket]);
    socket.write(valid() + flood(2_000));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 /);
    expect(count()).toBeLessThan(200);
    socket.destroy();
  });

  it('on hundreds of connections is cut off before it takes much memory', async () => {
    const each = 60 * 1024;
    const total = (HeldInput.MAX_BYTES / each) * 2;
    const chunk = Buffer.alloc(each, get('/candidates'));
    let closed = 0;
    app.getHttpServer().on('connection', (socket: Socket) => socket.once('close', () => closed++));
    const sockets = Array.from({ length: total }, () => uploads.open(origin).on('error', () => undefined));
    for (const socket of sockets) socket.write(chunk);
    await eventually(() => expect(closed).toBeGreaterThan(0));
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

describe('refusals wait in line', () => {
  it.each([
    ['without a token', () => get('/candidates'), 401],
    ['to a path that is none', () => get('/nothing'), 404],
    ['with a method that is none', () => get('/me').replace('GET', 'PUT'), 405],
    ['with a token that is unknown', () => me('nxv_live_aaaaaa'), 401],
  ])('%s: whoever is let in overtakes them', async (_how, request, status) => {
    const sockets = Array.from({ length: 200 }, () => uploads.open(origin));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    let answered = 0;
    for (const socket of sockets) {
      socket.on('data', (chunk: Buffer) => {
        if (chunk.toString().startsWith(`HTTP/1.1 ${status}`)) answered++;
      });
      socket.write(request());
    }
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect(answered).toBeLessThan(sockets.length / 2);
    await eventually(() => expect(answered).toBe(sockets.length));
    for (const socket of sockets) socket.destroy();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('limits', () => {
  const connectTo = (to: string, count: number): Socket[] =>
    Array.from({ length: count }, () => uploads.open(to).on('error', () => undefined));

  it('connections that expire together are closed behind everything else', async () => {
    const other = await startGateway(world, { HEADERS_TIMEOUT_S: '1' });
    const accepted: Socket[] = [];
    other.getHttpServer().on('connection', (socket: Socket) => accepted.push(socket));
    const expired = (): number => accepted.filter(({ writableEnded }) => writableEnded).length;
    const count = 400;
    const sockets = connectTo(await originOf(other), count);
    await eventually(() => expect(accepted.length).toBe(count));
    // Each turn of the loop begins behind what the one before has done.
    const seen = new Set<number>();
    const until = performance.now() + scaled(20_000);
    while (expired() < count && performance.now() < until) {
      seen.add(expired());
      await new Promise(setImmediate);
    }
    expect(expired()).toBe(count);
    expect(seen.size).toBeGreaterThan(10);
    expect(await text(sockets[0]!)).toMatch(/^HTTP\/1\.1 408 /);
    for (const socket of sockets) socket.destroy();
  });

  it('connections beyond the most are closed at once, and operators are told', async () => {
    const healthPort = await freePort();
    const other = await startGateway(world, { MAX_CONNECTIONS: '5', HEALTH_PORT: String(healthPort) });
    const sockets = connectTo(await originOf(other), 8);
    const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
    await eventually(async () => {
      expect(await metrics()).toMatch(/^nexivo_connections_refused_total\{service_name="gateway"\} 3$/m);
      expect(await metrics()).toMatch(/^nexivo_connections\{service_name="gateway"\} 5$/m);
    });
    const health = await fetch(`http://127.0.0.1:${healthPort}/health/ready`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'ready', database: 'ok', bus: 'ok', clock: 'ok' },
    ]);
    for (const socket of sockets) socket.destroy();
  });

  it('metrics are not for the world', async () => {
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
  });
});
