import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Hostility, startHostileReceivers } from '@nexivo/testing/hostile-receivers';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import type { Answer } from '../src/sender/answer.js';
import { Dialer, type DialOptions } from '../src/sender/dial.js';
import type { Resolve } from '../src/sender/resolver.js';
import { TargetGuard } from '../src/sender/target-guard.js';
import { errors } from 'undici';
import { authority, expired, receiver as certified, selfSigned } from './certificates.js';
import { startReceiver, withStatus } from './receiver.js';

const DEADLINE_MS = scaled(600);
const here: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const started: { stop: () => Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop()));
});

function dialer(options: DialOptions = {}, resolve: Resolve = here): Dialer {
  const made = new Dialer(new TargetGuard({ allowInsecure: true, allowlist: [] }, resolve), {
    deadlineMs: DEADLINE_MS,
    ...options,
  });
  started.push({ stop: () => made.close() });
  return made;
}

const post = (url: string, options?: DialOptions, resolve?: Resolve): Promise<Answer> =>
  dialer(options, resolve).post({ url, headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1}') });

/** A server that speaks no HTTP but what the test makes it say. */
interface RawServer {
  port: number;
  /** All that came in, on any connection. */
  received: string;
  /** Connections that are open. */
  open: number;
}

async function serve(server: Server, onConnection: (socket: Socket) => void, event = 'connection'): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const raw = { port: 0, received: '', open: 0 };
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    raw.open++;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      raw.received += chunk.toString('latin1');
    });
    socket.once('close', () => raw.open--);
    onConnection(socket);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  raw.port = (server.address() as AddressInfo).port;
  started.push({
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(resolve);
      });
    },
  });
  return raw;
}

const serveRaw = (onConnection: (socket: Socket) => void): Promise<RawServer> => serve(createTcpServer(), onConnection);

/** Answers every request with these bytes, and leaves the connection open. */
const saying =
  (...parts: string[]) =>
  (socket: Socket): void => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part, 'latin1');
    });
  };

/** A proxy that opens tunnels, and says where to. It looks every host up as this machine. */
async function startProxy(answer = '200 OK') {
  const asked: string[] = [];
  const raw = await serveRaw((socket) =>
    socket.once('data', (head: Buffer) => {
      const [line = '', ...headers] = head.toString('latin1').split('\r\n');
      asked.push([line, ...headers.filter((each) => /^proxy-authorization/i.test(each))].join(' '));
      socket.write(`HTTP/1.1 ${answer}\r\n\r\n`);
      if (!answer.startsWith('200')) return;
      const target = connect(Number(/:(\d+) /.exec(line)?.[1]), '127.0.0.1');
      target.on('error', () => socket.destroy());
      socket.pipe(target).pipe(socket);
    }),
  );
  return { url: `http://us:er@127.0.0.1:${raw.port}`, asked };
}

describe('a request by a proxy', () => {
  it('goes through a tunnel to the host by its name, encrypted to its end', async () => {
    const proxy = await startProxy();
    const answering = saying('HTTP/1.1 204 No Content\r\n\r\n');
    const receiver = await serve(createTlsServer(certified), answering, 'secureConnection');
    const answer = await post(`https://receiver.test:${receiver.port}/hook`, { proxyUrl: proxy.url, ca: authority });
    expect(answer).toMatchObject({ status: 204, failure: undefined });
    expect(proxy.asked).toEqual([
      expect.stringMatching(/^CONNECT receiver\.test:\d+ HTTP\/1\.1 proxy-authorization: Basic /i),
    ]);
    expect(receiver.received).toContain('POST /hook HTTP/1.1');
  });

  it('is not made to what the guard refuses, and is a failure where the proxy refuses it', async () => {
    const proxy = await startProxy('403 Forbidden');
    const guard = new TargetGuard({ allowInsecure: false, allowlist: [] }, () =>
      Promise.resolve([{ address: '10.0.0.1', family: 4 }]),
    );
    const guarded = new Dialer(guard, { deadlineMs: DEADLINE_MS, proxyUrl: proxy.url });
    started.push({ stop: () => guarded.close() });
    const refused = await guarded.post({ url: 'https://inside.example/', headers: {}, body: Buffer.from('') });
    expect(refused.failure?.code).toBe('target_not_allowed');
    expect(proxy.asked).toEqual([]);
    const answer = await post('https://outside.example/', { proxyUrl: proxy.url });
    expect(answer.status).toBeUndefined();
    expect(answer.failure).toBeDefined();
  });
});

describe('a request', () => {
  it('is a POST of exactly the bytes given, to path and query as they are in the URL', async () => {
    const receiver = await startReceiver();
    started.push(receiver);
    const body = Buffer.from('{"name":"José 😀"}');
    const answer = await dialer().post({
      url: `${receiver.origin}/a%20b/ü?c=d&e#f`,
      headers: { 'content-type': 'application/json', 'X-NexivoHR-Event': 'job.created' },
      body,
    });
    expect(answer).toMatchObject({ status: 204, failure: undefined });
    const [received, ...others] = receiver.received;
    expect(others).toEqual([]);
    expect(received).toMatchObject({ path: '/a%20b/%C3%BC?c=d&e', body });
    expect(received!.headers).toMatchObject({
      'content-length': String(body.length),
      'x-nexivohr-event': 'job.created',
    });
  });

  it('uses the connections of those before', async () => {
    const receiver = await startReceiver();
    started.push(receiver);
    const made = dialer();
    for (let count = 0; count < 20; count++) {
      await made.post({ url: `${receiver.origin}/${count}`, headers: {}, body: Buffer.from('{}') });
    }
    expect(receiver.received).toHaveLength(20);
    // The second may begin before the first connection is free again.
    expect(receiver.connections).toBeLessThanOrEqual(2);
  });

  it('does not wait for others to the same host', async () => {
    const held: (() => void)[] = [];
    const receiver = await startReceiver(({ path }, response) => {
      const answer = (): void => void response.writeHead(200).end();
      if (path === '/held') held.push(answer);
      else answer();
    });
    started.push(receiver);
    const made = dialer({ deadlineMs: scaled(30_000) });
    const send = (path: string): Promise<Answer> =>
      made.post({ url: receiver.origin + path, headers: {}, body: Buffer.from('{}') });
    let answered = 0;
    const waiting = Array.from({ length: 50 }, () => send('/held').then(({ status }) => ((answered += 1), status)));
    await eventually(() => expect(held).toHaveLength(50));
    expect(await send('/')).toMatchObject({ status: 200 });
    expect(answered).toBe(0);
    for (const answer of held) answer();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]));
  });
});

describe('an answer', () => {
  it.each([301, 302, 303, 307, 308])('of %i is not followed', async (status) => {
    const target = await startReceiver();
    const receiver = await startReceiver(withStatus(status, { location: `${target.origin}/` }));
    started.push(target, receiver);
    expect(await post(receiver.origin)).toMatchObject({ status, failure: undefined });
    expect(target.connections).toBe(0);
  });

  it('is kept up to 2 KiB, and its Retry-After', async () => {
    const receiver = await startReceiver((_, response) => {
      response.writeHead(503, { 'retry-after': '7' }).end('x'.repeat(5_000));
    });
    started.push(receiver);
    const { status, retryAfter, body } = await post(receiver.origin);
    expect({ status, retryAfter, body: body?.toString() }).toEqual({
      status: 503,
      retryAfter: '7',
      body: 'x'.repeat(2_048),
    });
  });

  it('that comes after others that only announce it is the one that counts', async () => {
    const { port } = await serveRaw(
      saying(
        'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
        'HTTP/1.1 102 Processing\r\n\r\n',
        'HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok',
      ),
    );
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 201, failure: undefined });
  });
});

describe('what pours in is cut after 64 KiB, long before the deadline', () => {
  /** What the kernels of both ends may hold of a connection that nobody reads any more. */
  const BUFFERED_BYTES = 16 * 1024 * 1024;

  it.each<[Hostility, number | undefined, string]>([
    ['announces without end', undefined, 'response_too_large'],
    ['sends blank lines without end', undefined, 'response_too_large'],
    ['sends a header without end', undefined, 'response_too_large'],
    ['sends headers without end', undefined, 'response_too_large'],
    ['sends a body without end', 200, 'response_too_large'],
    ['sends a chunk extension without end', 200, 'response_too_large'],
    ['sends trailers without end', 200, 'response_too_large'],
  ])('if a receiver %s', async (hostility, status, code) => {
    const hostile = await startHostileReceivers();
    started.push(hostile);
    const answer = await post(hostile.url(hostility), { deadlineMs: scaled(120_000) });
    expect(answer).toMatchObject({ status, failure: { code } });
    const kept = hostility === 'sends a body without end' ? 2_048 : 0;
    expect(answer.body?.length).toBe(status && kept);
    const seen = hostile.seen.get(hostility)!;
    await eventually(() => expect(seen.open).toBe(0));
    expect(seen.bytes).toBeLessThan(BUFFERED_BYTES);
  });

  it('and no error is made of each header that was read along', async () => {
    const hostile = await startHostileReceivers();
    started.push(hostile);
    let made = 0;
    // Whoever makes one sets it.
    Object.defineProperty(errors.HeadersOverflowError.prototype, 'code', {
      configurable: true,
      set: () => {
        made++;
      },
    });
    try {
      await post(hostile.url('sends headers without end'), { deadlineMs: scaled(120_000) });
      await post(hostile.url('sends trailers without end'), { deadlineMs: scaled(120_000) });
    } finally {
      Reflect.deleteProperty(errors.HeadersOverflowError.prototype, 'code');
    }
    expect(made).toBe(0);
  });

  it('if a receiver goes on after its answer', async () => {
    const hostile = await startHostileReceivers();
    started.push(hostile);
    const made = dialer();
    const answer = await made.post({
      url: hostile.url('goes on after its answer'),
      headers: {},
      body: Buffer.from(''),
    });
    expect(answer).toMatchObject({ status: 200, failure: undefined });
    const seen = hostile.seen.get('goes on after its answer')!;
    await eventually(() => expect(seen.open).toBe(0));
    // As long as connections are kept open it would have been gigabytes.
    expect(seen.bytes).toBeLessThan(BUFFERED_BYTES);
  });

  it('if it comes over TLS, and whatever TLS makes of it', async () => {
    let secure: TLSSocket | undefined;
    const server = await serve(
      createTlsServer({ ...certified, maxVersion: 'TLSv1.2' }),
      (socket) => {
        secure = socket as TLSSocket;
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;');
          const timer = setInterval(() => socket.write('x'.repeat(16_384)), 1);
          socket.once('close', () => clearInterval(timer));
        });
      },
      'secureConnection',
    );
    const options = { ca: authority, deadlineMs: scaled(120_000) };
    const answer = await post(`https://receiver.test:${server.port}/`, options);
    expect(answer).toMatchObject({ status: 200, failure: { code: 'response_too_large' } });
    await eventually(() => expect(secure!.destroyed).toBe(true));
  });

  it('and answers on one connection do not add up', async () => {
    const receiver = await startReceiver((_, response) => void response.writeHead(200).end('x'.repeat(30_000)));
    started.push(receiver);
    const made = dialer();
    for (let count = 0; count < 8; count++) {
      const answer = await made.post({ url: receiver.origin, headers: {}, body: Buffer.from('{}') });
      expect(answer).toMatchObject({ status: 200, failure: undefined });
    }
    expect(receiver.connections).toBeLessThanOrEqual(2);
  });
});

describe('within the deadline and no later', () => {
  const trickling =
    (first: string, rest: string, everyMs = 20) =>
    (socket: Socket) => {
      socket.once('data', () => {
        socket.write(first);
        const timer = setInterval(() => socket.write(rest), everyMs);
        socket.once('close', () => clearInterval(timer));
      });
    };

  it.each<[string, (socket: Socket) => void, number | undefined]>([
    ['says nothing', () => undefined, undefined],
    ['stops in the middle of its headers', saying('HTTP/1.1 200 OK\r\ncontent-'), undefined],
    ['stops in the middle of its body', saying('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345'), 200],
    ['sends its headers byte by byte', trickling('HTTP/1.1 200 OK\r\na: ', 'x'), undefined],
    [
      'sends its body byte by byte',
      trickling('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
      200,
    ],
    ['announces an answer now and then', trickling('', 'HTTP/1.1 103 Early Hints\r\n\r\n', DEADLINE_MS / 8), undefined],
  ])('gives up a server that %s, and its connection', async (_, onConnection, status) => {
    const server = await serveRaw(onConnection);
    const startedAt = performance.now();
    const answer = await post(`http://127.0.0.1:${server.port}/`);
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + scaled(1_000));
    expect(answer).toMatchObject({
      status,
      failure: { code: 'timeout', detail: `no complete answer within ${DEADLINE_MS / 1_000} s` },
    });
    await eventually(() => expect(server.open).toBe(0));
  });

  it('gives up a server that does not shake hands, and its connection', async () => {
    const server = await serveRaw(() => undefined);
    expect((await post(`https://receiver.test:${server.port}/`)).failure?.code).toBe('timeout');
    await eventually(() => expect(server.open).toBe(0));
  });

  it('sends nothing on to where an answer leads, and unpacks none', async () => {
    const hostile = await startHostileReceivers();
    started.push(hostile);
    const bomb = await post(hostile.url('answers with a compressed bomb'), { deadlineMs: scaled(30_000) });
    expect(bomb).toMatchObject({ status: 200, failure: undefined });
    expect(bomb.body).toHaveLength(2_048);
    expect((await post(hostile.url('redirects to itself'))).status).toBe(307);
    expect(hostile.seen.get('redirects to itself')!.requests).toBe(1);
  });

  it('gives up a look-up, and sends nothing when that succeeds afterwards', async () => {
    const server = await serveRaw(() => undefined);
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<Resolve>>>();
    const answer = await post(`http://receiver.test:${server.port}/`, {}, () => promise);
    expect(answer).toMatchObject({ status: undefined, sentAt: undefined, failure: { code: 'timeout' } });
    resolve([{ address: '127.0.0.1', family: 4 }]);
    // Another request shows that everything before it has had its time.
    const receiver = await startReceiver();
    started.push(receiver);
    await post(receiver.origin);
    await eventually(() => expect(server).toMatchObject({ open: 0, received: '' }));
  });
});

describe('what is no answer', () => {
  it.each([
    ['garbage', 'what?\r\n\r\n', 'malformed_response'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'malformed_response'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n', 'malformed_response'],
    ['a status of seven digits', 'HTTP/1.1 2000000 OK\r\n\r\n', 'malformed_response'],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n', 'malformed_response'],
    ['a length below zero', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'malformed_response'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'malformed_response'],
    ['a chunk that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'malformed_response'],
    ['one header without an end', `HTTP/1.1 200 OK\r\na: ${'x'.repeat(1_000_000)}`, 'response_too_large'],
    ['a great many headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}\r\n`, 'response_too_large'],
    [
      'a protocol that was not asked for',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'connection_closed',
    ],
  ])('is told apart: %s', async (_, text, code) => {
    const server = await serveRaw(saying(text));
    expect((await post(`http://127.0.0.1:${server.port}/`)).failure?.code).toBe(code);
    await eventually(() => expect(server.open).toBe(0));
  });

  it.each<[string, (socket: Socket) => void]>([
    ['at once', (socket) => socket.destroy()],
    ['after the request', (socket) => socket.once('data', () => socket.end())],
    ['with a reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    [
      'in the middle of the answer',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12')),
    ],
  ])('is told apart: a connection closed %s', async (_, onConnection) => {
    const server = await serveRaw(onConnection);
    expect((await post(`http://127.0.0.1:${server.port}/`)).failure?.code).toBe('connection_closed');
  });

  it('is told apart: a port where nobody listens', async () => {
    const receiver = await startReceiver();
    await receiver.stop();
    expect((await post(receiver.origin)).failure?.code).toBe('connection_refused');
  });

  it('is told apart: a host that nobody knows', async () => {
    const unknown: Resolve = () =>
      Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.test'), { code: 'ENOTFOUND' }));
    expect((await post('http://nowhere.test/', {}, unknown)).failure?.code).toBe('dns_failed');
  });
});

describe('TLS', () => {
  const serveTls = (certificate: { cert: string; key: string }): Promise<RawServer> =>
    serve(createTlsServer(certificate), saying('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 'secureConnection');

  it('with a certificate of a trusted authority for that host is spoken', async () => {
    const { port } = await serveTls(certified);
    const answer = await post(`https://receiver.test:${port}/`, { ca: authority });
    expect(answer).toMatchObject({ status: 200, failure: undefined });
  });

  it.each([
    ['that signed itself', 'receiver.test', selfSigned, 'the certificate was not accepted: it is self-signed'],
    [
      'of an authority that is not trusted',
      'receiver.test',
      { ...certified, trusted: false },
      expect.stringMatching(/^the certificate was not accepted: its issuer is not trusted/),
    ],
    ['that is over', 'receiver.test', expired, 'the certificate was not accepted: it has expired'],
    ['of another host', 'other.test', certified, 'the certificate was not accepted: it is for another host name'],
  ])('with a certificate %s is refused, says why, and sends nothing', async (_, host, certificate, detail) => {
    const server = await serveTls(certificate);
    const isTrusted = !('trusted' in certificate);
    const answer = await post(`https://${host}:${server.port}/`, isTrusted ? { ca: authority } : {});
    expect(answer).toMatchObject({ status: undefined, sentAt: undefined, failure: { code: 'tls_failed', detail } });
    expect(server.received).toBe('');
  });

  it('with a server that speaks plain HTTP is refused', async () => {
    const receiver = await startReceiver();
    started.push(receiver);
    const answer = await post(receiver.origin.replace('http:', 'https:'));
    expect(answer.failure).toEqual({
      code: 'tls_failed',
      detail: expect.stringMatching(/does not speak TLS/),
    });
    expect(receiver.received).toEqual([]);
  });

  it('is not spoken with numbers that the server chooses (DHE), which cost as much CPU as it likes', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end()));
    await post(`https://receiver.test:${server.port}/`);
    // RFC 5246, 7.4.1.2: record, message, version and random are 43 bytes, then come session id and cipher suites.
    const hello = Buffer.from(server.received, 'latin1');
    const from = 44 + hello[43]!;
    const offered = Array.from({ length: hello.readUInt16BE(from) / 2 }, (_, at) =>
      hello.readUInt16BE(from + 2 + 2 * at),
    );
    const [ecdheRsaAes128, dheRsaAes128, dheRsaAes256, dheRsaChacha] = [0xc02f, 0x009e, 0x009f, 0xccaa];
    expect(offered).toContain(ecdheRsaAes128);
    for (const each of [dheRsaAes128, dheRsaAes256, dheRsaChacha]) expect(offered).not.toContain(each);
  });
});
