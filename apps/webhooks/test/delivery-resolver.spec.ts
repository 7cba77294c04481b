import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { type Resolve, systemResolve } from '../src/sender/resolver.js';

const A = 1;
const AAAA = 28;
const NAME_ERROR = 3;

/** A DNS server (RFC 1035) that knows what the test tells it, and of some names says nothing at all. */
let server: Socket;
let known: Record<string, { v4?: string[]; v6?: string[] }> = {};
let asked: string[] = [];
let resolve: Resolve;

beforeAll(async () => {
  server = createSocket('udp4', answer);
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  resolve = systemResolve({ servers: [`127.0.0.1:${port}`], timeoutMs: scaled(300) });
});
beforeEach(() => {
  known = {};
  asked = [];
});
afterAll(() => {
  server.close();
});

function answer(query: Buffer, { port, address }: RemoteInfo): void {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query[offset]!; length > 0; length = query[offset]!) {
    labels.push(query.toString('latin1', offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
  const name = labels.join('.').toLowerCase();
  const type = query.readUInt16BE(offset + 1);
  asked.push(name);
  if (name.endsWith('silent.test')) return;
  const texts = (type === A ? known[name]?.v4 : type === AAAA ? known[name]?.v6 : undefined) ?? [];
  const records = texts.map((text) => {
    const data = type === A ? Buffer.from(text.split('.').map(Number)) : Buffer.from(text, 'hex');
    // A pointer to the name of the question, type, class IN, a time to live and the address.
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat([head, data]);
  });
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (known[name] ? 0 : NAME_ERROR), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  server.send(Buffer.concat([header, query.subarray(12, offset + 5), ...records]), port, address);
}

describe('a name', () => {
  it('stands for all of its addresses, of both families', async () => {
    known = { 'both.test': { v4: ['93.184.215.14', '127.0.0.1'], v6: ['00000000000000000000000000000001'] } };
    await expect(resolve('both.test')).resolves.toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  it('of one family only is enough', async () => {
    known = { 'four.test': { v4: ['93.184.215.14'] }, 'six.test': { v6: ['20010db8000000000000000000000001'] } };
    await expect(resolve('four.test')).resolves.toEqual([{ address: '93.184.215.14', family: 4 }]);
    await expect(resolve('six.test')).resolves.toEqual([{ address: '2001:db8::1', family: 6 }]);
  });

  it('that the servers do not know may be one of the system', async () => {
    const addresses = await resolve('localhost');
    expect(asked).toContain('localhost');
    for (const { address } of addresses) expect(address).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  it('that nobody answers for is given up, without asking the system', async () => {
    const startedAt = performance.now();
    await expect(resolve('one.silent.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(performance.now() - startedAt).toBeLessThan(scaled(3_000));
  });

  it('does not wait for those that nobody answers for, however many they are', async () => {
    known = { 'well.test': { v4: ['93.184.215.14'] } };
    let pending = 50;
    const silent = Array.from({ length: pending }, (_, index) =>
      resolve(`${index}.silent.test`).catch(() => void pending--),
    );
    await resolve('well.test');
    expect(pending).toBe(50);
    await Promise.all(silent);
  });
});
