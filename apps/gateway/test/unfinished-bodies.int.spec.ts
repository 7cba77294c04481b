import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { connectOperator, type Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { SLOW_AFTER_MS } from '../src/http/unfinished-bodies.js';
import { originOf, startGateway } from './gateway-under-test.js';
import * as uploads from './uploads.js';

const MIB = 1024 * 1024;
/** Less than one MiB, which is the limit of a body. */
const HELD_BACK = 1_000;
const PER_ACCOUNT = 4;

let world: World;
let operator: Operator;
let origin: string;

beforeAll(async () => {
  world = await startWorld();
  origin = await originOf(
    await startGateway(world, { MAX_UNFINISHED_BYTES_PER_ACCOUNT: String(PER_ACCOUNT * MIB), REQUEST_TIMEOUT_S: '20' }),
  );
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const tokenOf = async (): Promise<string> => (await operator.createToken(await operator.createAccount())).token;

const headOf = (token: string | undefined, headers: string): string =>
  `POST ${BASE_PATH}/candidates HTTP/1.1\r\nhost: a\r\n${token ? `authorization: Bearer ${token}\r\n` : ''}content-type: application/json\r\n${headers}\r\n`;

/** A connection, and what has come back so far. */
interface Client {
  socket: Socket;
  received: () => string;
}

async function connectClient(): Promise<Client> {
  const socket = uploads.open(origin).on('error', () => undefined);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  await once(socket, 'connect');
  return { socket, received: () => received };
}

/** Sends a body of a MiB but its end. */
async function holdBack(token: string): Promise<Client> {
  const client = await connectClient();
  client.socket.write(headOf(token, `content-length: ${MIB}\r\n`));
  client.socket.write(Buffer.alloc(MIB - HELD_BACK, ' '));
  return client;
}

const refused = (clients: readonly Client[]): boolean[] => clients.map(({ received }) => received().includes(' 503 '));

describe('bodies that are held back', () => {
  it('give way beyond the bound, the oldest first, and can be sent again', async () => {
    const token = await tokenOf();
    const slow: Client[] = [];
    for (let n = 0; n < PER_ACCOUNT; n++) slow.push(await holdBack(token));
    const heldSince = performance.now();
    await eventually(() => expect(performance.now() - heldSince).toBeGreaterThan(SLOW_AFTER_MS));
    expect(refused(slow)).toEqual(slow.map(() => false));
    let next = await holdBack(token);
    await eventually(async () => {
      // A gateway that began to read late does not take them for slow yet, and refuses the newcomer.
      if (refused([next])[0]) {
        next.socket.destroy();
        next = await holdBack(token);
      }
      expect(refused(slow)).toContain(true);
    });
    expect(refused(slow).indexOf(true)).toBe(0);
    expect(slow[0]!.received()).toMatch(/^retry-after: 1/im);
    next.socket.write(Buffer.alloc(HELD_BACK, ' '));
    await eventually(() => expect(next.received()).toContain('malformed_json'));
    for (const { socket } of [...slow, next]) socket.destroy();
  });

  it('refuse a newcomer where none of them is slow, and none of another account', async () => {
    const [token, other] = await Promise.all([tokenOf(), tokenOf()]);
    const clients = await Promise.all(Array.from({ length: PER_ACCOUNT + 2 }, () => holdBack(token)));
    let neighbour = await holdBack(other);
    await eventually(() => expect(refused(clients).filter(Boolean).length).toBeGreaterThanOrEqual(2));
    neighbour.socket.write(Buffer.alloc(HELD_BACK, ' '));
    await eventually(async () => {
      // Where Postgres is slow it may be refused for its quota; that refusal has nothing to do with bodies.
      if (neighbour.received().includes('Quotas cannot be checked')) {
        neighbour.socket.destroy();
        neighbour = await holdBack(other);
        neighbour.socket.write(Buffer.alloc(HELD_BACK, ' '));
      }
      expect(neighbour.received()).toContain('malformed_json');
    });
    for (const { socket } of [...clients, neighbour]) socket.destroy();
  });

  it('are refused in words that are read while more is sent', async () => {
    const token = await tokenOf();
    const others = await Promise.all(Array.from({ length: PER_ACCOUNT }, () => holdBack(token)));
    const upload = { method: 'POST', path: `${BASE_PATH}/candidates`, bodyBytes: MIB };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' };
    const answer = await uploads.trickling(origin, { ...upload, headers });
    expect([400, 503]).toContain(answer.status);
    for (const { socket } of others) socket.destroy();
  });
});

describe('a body that is announced with Expect: 100-continue', () => {
  const expecting = `content-length: 2\r\nexpect: 100-continue\r\n`;

  it('is asked for from whoever may send it', async () => {
    const { socket, received } = await connectClient();
    socket.write(headOf(await tokenOf(), expecting));
    await eventually(() => expect(received()).toBe('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write('{}');
    await eventually(() => expect(received()).toContain('HTTP/1.1 400 '));
    socket.destroy();
  });

  it.each([
    ['without a token', () => headOf(undefined, expecting), 401],
    ['with a token that is unknown', () => headOf(`nxv_live_${'a'.repeat(48)}`, expecting), 401],
    ['to a path that is none', () => headOf(undefined, expecting).replace('/candidates', '/nothing'), 404],
    ['with a method that is none', () => headOf(undefined, expecting).replace('POST', 'PUT'), 405],
  ])('%s is refused, and not asked for', async (_how, head, status) => {
    const [answer, ...others] = await uploads.answersTo(origin, head());
    expect(answer!.status).toBe(status);
    expect(others).toEqual([]);
  });

  it('that is too large is refused, and not asked for', async () => {
    const head = headOf(await tokenOf(), `content-length: ${2 * MIB}\r\nexpect: 100-continue\r\n`);
    expect((await uploads.answersTo(origin, head)).map(({ status }) => status)).toEqual([413]);
  });
});

it('a scope that is missing is told before the body is there', async () => {
  const { token } = await operator.createToken(await operator.createAccount(), ['jobs:read']);
  const { socket, received } = await connectClient();
  socket.write(headOf(token, `content-length: ${MIB}\r\n`));
  await eventually(() => expect(received()).toContain('HTTP/1.1 403 '));
  socket.destroy();
});
