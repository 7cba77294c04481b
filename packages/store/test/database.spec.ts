import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { isDatabaseAway } from '../src/database.js';
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
    expect(isDatabaseAway(error)).toBe(true);
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'])('is not reached without a connection: %s', (code) => {
    expect(isDatabaseAway(Object.assign(new Error('connect'), { code }))).toBe(true);
  });

  it('is told from one that refuses, by the statements after the one that it broke off, too', () => {
    expect(isDatabaseAway(new QueryRunnerAlreadyReleasedError())).toBe(true);
    const failure = (code: string) => new QueryFailedError('', [], Object.assign(new Error('failed'), { code }));
    expect(isDatabaseAway(failure('57P01'))).toBe(true);
    for (const code of ['23505', '40P01', '55P03', '57014']) expect(isDatabaseAway(failure(code))).toBe(false);
  });
});
