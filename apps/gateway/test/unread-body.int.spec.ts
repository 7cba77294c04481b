import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem } from '@nexivo/contracts/errors';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { LINGER_MAX_BYTES, LINGER_MAX_MS } from '../src/http/unread-body.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { originOf, startGateway } from './gateway-under-test.js';
import * as uploads from './uploads.js';

const MIB = 1024 * 1024;
/** Far more than both ends of a connection buffer. */
const BODY_BYTES = 5 * MIB;
const TIMES = 5;
const ID = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

let world: World;
let operator: Operator;
let app: NestFastifyApplication;
let origin: string;
const authorizations: Record<'full' | 'narrow' | 'spent', string> = { full: '', narrow: '', spent: '' };

beforeAll(async () => {
  world = await startWorld();
  app = await startGateway(world);
  origin = await originOf(app);
  operator = await connectOperator(world.nats.urlFor('admin'));
  const accountId = await operator.createAccount();
  const full = await operator.createToken(accountId);
  const narrow = await operator.createToken(accountId, ['jobs:read']);
  const poor = await operator.createAccount('professional', { perMinute: 1, perDay: 1 });
  const spent = await operator.createToken(poor);
  await new Api(origin, spent.token).get('/candidates');
  authorizations.full = `Bearer ${full.token}`;
  authorizations.narrow = `Bearer ${narrow.token}`;
  authorizations.spent = `Bearer ${spent.token}`;
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as NodeJS.GCFunction;

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

interface Refusal {
  method: string;
  path: string;
  as?: keyof typeof authorizations;
  headers?: Record<string, string>;
  status: number;
  code: string;
  /** How often a client sees it that sends all before it reads; {@link TIMES} unless told. */
  times?: number;
}

const refusals: [string, Refusal][] = [
  [
    'a host that is none',
    { method: 'POST', path: '/candidates', headers: { host: 'a b' }, status: 400, code: 'malformed_request' },
  ],
  [
    'a path with a broken escape',
    { method: 'POST', path: '/candidates/%zz', as: 'full', status: 400, code: 'malformed_request' },
  ],
  ['no token', { method: 'GET', path: '/candidates', status: 401, code: 'missing_token' }],
  [
    'a token that cannot be one',
    { method: 'POST', path: '/candidates', headers: { authorization: 'Bearer x' }, status: 401, code: 'invalid_token' },
  ],
  [
    'a scope that is missing',
    { method: 'GET', path: '/candidates', as: 'narrow', status: 403, code: 'insufficient_scope' },
  ],
  ['a path that is none', { method: 'GET', path: '/nothing', as: 'full', status: 404, code: 'route_not_found' }],
  [
    'a method that the path does not take',
    { method: 'GET', path: `/webhooks/${ID}/test`, as: 'full', status: 405, code: 'method_not_allowed' },
  ],
  [
    'a body that is too large for a POST',
    { method: 'POST', path: '/candidates', as: 'full', status: 413, code: 'payload_too_large' },
  ],
  [
    'a body that is too large where none is read',
    { method: 'DELETE', path: `/candidates/${ID}`, as: 'full', status: 413, code: 'payload_too_large', times: 50 },
  ],
  [
    'a path that is none, whatever the size of the body',
    { method: 'PUT', path: '/nothing', status: 404, code: 'route_not_found' },
  ],
  [
    'a content type that is none',
    {
      method: 'PATCH',
      path: `/candidates/${ID}`,
      as: 'full',
      headers: { 'content-type': 'json' },
      status: 415,
      code: 'unsupported_media_type',
    },
  ],
  [
    'quotas that are used up',
    { method: 'POST', path: '/candidates', as: 'spent', status: 429, code: 'day_quota_exceeded' },
  ],
];

const uploadOf = ({ method, path, as, headers }: Refusal): uploads.Upload => ({
  method,
  path: BASE_PATH + path,
  headers: { 'content-type': 'application/json', ...(as && { authorization: authorizations[as] }), ...headers },
  bodyBytes: BODY_BYTES,
});

function expectWhole({ status, headers, body }: uploads.Received, refusal: Pick<Refusal, 'status' | 'code'>): void {
  const { code, request_id } = problem.parse(JSON.parse(body));
  expect({ status, code, connection: headers['connection'] }).toEqual({
    status: refusal.status,
    code: refusal.code,
    connection: 'close',
  });
  expect(request_id).toBe(headers['x-request-id']);
}

describe.each(refusals)('a refusal of %s', (_why, refusal) => {
  const clients: [string, uploads.Client][] = [
    ['sends all of its body before it reads', uploads.sendingAll],
    ['sends it in chunks before it reads', uploads.sendingChunks],
    ['trickles it', uploads.trickling],
    ['is that of Node', uploads.throughNode],
    ['is fetch', uploads.throughFetch],
  ];
  // What fetch refuses to send by itself.
  const able = clients.filter(
    ([, client]) => client !== uploads.throughFetch || (refusal.method !== 'GET' && !refusal.headers?.['host']),
  );

  it.each(able)('is read whole by a client that %s', async (_how, client) => {
    const times = (client === uploads.sendingAll && refusal.times) || TIMES;
    for (let n = 0; n < times; n++) expectWhole(await client(origin, uploadOf(refusal)), refusal);
  });
});

const NO_TOKEN = { method: 'POST', path: '/candidates', status: 401, code: 'missing_token' } as const;
const TOO_LARGE = { status: 413, code: 'payload_too_large' };

describe('what is no request yet', () => {
  it('is refused in words that are read whole by a client that sends megabytes of it', async () => {
    for (let n = 0; n < TIMES; n++) {
      const socket = uploads.open(origin);
      socket.write('GET / HTTP/1.1\r\n');
      await uploads.send(socket, uploads.piecesOf(BODY_BYTES));
      expectWhole(await uploads.readToEnd(socket), { status: 431, code: 'headers_too_large' });
      socket.destroy();
    }
  });
});

/** A connection, seen from both ends. */
async function connected(): Promise<{ client: Socket; server: Socket }> {
  const accepted = once(app.getHttpServer(), 'connection');
  const client = uploads.open(origin);
  const [server] = (await accepted) as [Socket];
  return { client, server };
}

const UNREAD = { method: 'GET', path: '/candidates', status: 401, code: 'missing_token' };
const TOO_MUCH = { method: 'DELETE', path: `/candidates/${ID}`, as: 'full', ...TOO_LARGE } as const;

describe('a client that has been refused', () => {
  it.each<[string, Refusal]>([
    ['that no route reads', UNREAD],
    ['that is too large', TOO_MUCH],
  ])('and sends a body %s without end is cut off after so many bytes', async (_what, refusal) => {
    const { client, server } = await connected();
    const answer = uploads.readToEnd(client);
    uploads.sendChunkedHead(client, uploadOf(refusal));
    const sending = uploads.send(client, uploads.chunked(uploads.endlessly()));
    await expect(sending).rejects.toThrow(/EPIPE|ECONNRESET/);
    expect(server.bytesRead).toBeGreaterThan(LINGER_MAX_BYTES);
    expect(server.bytesRead).toBeLessThan(LINGER_MAX_BYTES + 2 * MIB);
    expectWhole(await answer, refusal);
  });

  it('and sends slowly or nothing more is cut off after a while', async () => {
    const slow = await connected();
    const silent = await connected();
    for (const { client } of [slow, silent]) uploads.sendHead(client, uploadOf(UNREAD));
    const trickle = setInterval(() => slow.client.write('0'), 20);
    try {
      for (const { client, server } of [slow, silent]) {
        expectWhole(await uploads.readToEnd(client), UNREAD);
        expect(server.destroyed).toBe(false);
      }
      await once(slow.client, 'error');
      await eventually(() => expect([slow.server.destroyed, silent.server.destroyed]).toEqual([true, true]), {
        withinMs: LINGER_MAX_MS + 5_000,
      });
    } finally {
      clearInterval(trickle);
      for (const { client } of [slow, silent]) client.destroy();
    }
  });

  it('and closes is forgotten at once', async () => {
    const { client, server } = await connected();
    uploads.sendHead(client, uploadOf(TOO_MUCH));
    await uploads.readToEnd(client);
    client.end();
    await eventually(() => expect(server.destroyed).toBe(true), { withinMs: LINGER_MAX_MS / 2 });
  });

  it('cannot have a further request carried out on that connection', async () => {
    const poor = await operator.createAccount('professional', { perMinute: 10, perDay: 10 });
    const authorization = `Bearer ${(await operator.createToken(poor)).token}`;
    const { client } = await connected();
    uploads.sendHead(client, uploadOf(TOO_MUCH));
    await uploads.send(client, uploads.piecesOf(BODY_BYTES));
    client.write(`GET ${BASE_PATH}/candidates HTTP/1.1\r\nhost: api.test\r\nauthorization: ${authorization}\r\n\r\n`);
    expectWhole(await uploads.readToEnd(client), TOO_LARGE);
    client.destroy();
    const me = await fetch(`${origin}${BASE_PATH}/me`, { headers: { authorization } });
    expect(await me.json()).toMatchObject({ quotas: { day: { used: 0 } } });
  });

  it('is dropped in turn with all others, however fast they send together', async () => {
    const [clients, bytes] = [16, 15 * MIB];
    // As much as that may lie between both ends without being read.
    const buffered = clients * 8 * MIB;
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        const client = uploads.open(origin);
        uploads.sendHead(client, { ...uploadOf(NO_TOKEN), bodyBytes: bytes });
        await uploads.send(client, uploads.piecesOf(bytes));
        client.destroy();
      }),
    );
    expect(performance.now() - startedAt).toBeGreaterThan((1_000 * (clients * bytes - buffered)) / (50 * MIB));
  });

  it('costs no memory for what it sends, however many of them there are', async () => {
    const before = memoryInUse();
    const connections = await Promise.all(
      Array.from({ length: 32 }, async () => {
        const client = uploads.open(origin);
        uploads.sendChunkedHead(client, uploadOf(TOO_MUCH));
        await uploads.send(client, uploads.chunked(uploads.piecesOf(2 * MIB)));
        expectWhole(await uploads.readToEnd(client), TOO_LARGE);
        return client;
      }),
    );
    // All are still open, and have sent a mebibyte each before they were refused.
    await eventually(() => expect(memoryInUse() - before).toBeLessThan(8 * MIB), { withinMs: LINGER_MAX_MS / 2 });
    for (const client of connections) client.destroy();
  });
});

it('a connection whose body was read to its end is kept', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: authorizations.full, 'content-type': 'application/json' };
  const reused: boolean[] = [];
  for (let n = 0; n < 3; n++) {
    const sent = request(`${origin}${BASE_PATH}/candidates`, { method: 'POST', agent, headers });
    sent.end(Buffer.alloc(MIB, '0'));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(400);
    reused.push(sent.reusedSocket);
    await once(response.resume(), 'end');
  }
  agent.destroy();
  expect(reused).toEqual([false, true, true]);
});
