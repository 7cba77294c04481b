import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Busy } from '@nexivo/bus/busy';
import pg from 'pg';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { unavailabilityOf } from '../src/database.js';
import { migrate } from '../src/migrations.js';

/** A message of Postgres' protocol: type, length, body. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const TERMINATED = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0'));

/** Greets and ends the connection, all in one packet: what a Postgres that goes away can do to a connection just made. */
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, TERMINATED])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `postgres://a:b@127.0.0.1:${(server.address() as AddressInfo).port}/c`;
});
afterAll(() => void server.close());

describe('a database that goes away', () => {
  it('fails who asks for it, and ends no process, also right after it was connected to', async () => {
    const failed = migrate({ url, poolSize: 1, schema: 'a', entities: [], migrations: [] }, { connectForMs: 0 });
    const error = await failed.catch((reason: unknown) => reason);
    expect(unavailabilityOf(error)).toBe('away');
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'])('is not reached without a connection: %s', (code) => {
    expect(unavailabilityOf(Object.assign(new Error('connect'), { code }))).toBe('away');
  });

  it('is told from one that refuses, by the statements after the one that it broke off, too', () => {
    expect(unavailabilityOf(new QueryRunnerAlreadyReleasedError())).toBe('away');
    const failure = (code: string) => new QueryFailedError('', [], Object.assign(new Error('failed'), { code }));
    for (const code of ['57P01', '53100']) expect(unavailabilityOf(failure(code))).toBe('away');
    for (const code of ['23505', '40P01', '55P03', '57014']) expect(unavailabilityOf(failure(code))).toBeUndefined();
  });

  it('is told from one that is busy: whose connections, or ours, are all in use', async () => {
    expect(unavailabilityOf(new Busy('The service had too much to do.'))).toBe('busy');
    expect(unavailabilityOf(Object.assign(new Error('sorry, too many clients already'), { code: '53300' }))).toBe(
      'busy',
    );
    const greeting = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(Buffer.concat([AUTHENTICATED, READY])));
    });
    await new Promise<void>((resolve) => greeting.listen(0, '127.0.0.1', resolve));
    const { port } = greeting.address() as AddressInfo;
    const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'a', max: 1, connectionTimeoutMillis: 2_000 });
    const taken = await pool.connect();
    const error = await pool.connect().catch((reason: unknown) => reason);
    expect(unavailabilityOf(error)).toBe('busy');
    taken.release(true);
    await pool.end();
    greeting.close();
  });
});
