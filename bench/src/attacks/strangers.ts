import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { Place } from '../api-place.js';
import { type LoadRequest, send } from '../load.js';
import type { Attack } from './attack.js';

const MIB = 1024 * 1024;

/** Opens connections to the API that take whatever the server does to them. */
async function open({ system }: Place, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(system.origin);
  const sockets = Array.from({ length: count }, () =>
    connect({ host: hostname, port: Number(port) }).on('error', () => undefined),
  );
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  return sockets;
}

/** Opens connections, does something with each, and closes them after so many seconds. */
const withConnections =
  (count: number, use: (socket: Socket, place: Place) => void): Attack['prepare'] =>
  (place) =>
  async (seconds) => {
    const sockets = await open(place, count);
    for (const socket of sockets) use(socket, place);
    await sleep(seconds * 1_000);
    for (const socket of sockets) socket.destroy();
  };

/** Many connections that are refused, and come again at once. */
const refused = (name: string, requestOf: (place: Place) => LoadRequest | Promise<LoadRequest>): Attack => ({
  name,
  prepare: async (place) => {
    const inTurn = [await requestOf(place)];
    return async (seconds) => {
      await send({ origin: place.system.origin, inTurn, connections: 200, seconds, isBackground: true, mayFail: true });
    };
  },
  bounds: { p95: 3 },
});

const PIPELINED = `GET ${BASE_PATH}/candidates HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(5_000);

/** 25,000 requests without a token on five connections, without waiting for answers; then again, as far as the server takes them. */
const pipelined: Attack = {
  name: 'pipelined',
  prepare: withConnections(5, (socket) => {
    const again = (error?: Error | null): void => {
      if (!error) socket.write(PIPELINED, again);
    };
    socket.resume();
    again();
  }),
  bounds: { p95: 3 },
};

/** 120 of the largest pages, which are never read. */
const unreadPages: Attack = {
  name: 'unread',
  prepare: async (place) => {
    await place.sql(
      `update candidates set summary = repeat('\u4e00', 20000), updated_at = now() where account_id = $1 and id = any($2)`,
      [place.readers.accountId, place.readers.ids.slice(0, 200)],
    );
    const head = `GET ${BASE_PATH}/candidates?sort=-updated_at&per_page=100 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${place.readers.token}\r\n\r\n`;
    return withConnections(120, (socket) => void socket.pause().write(head))(place);
  },
  bounds: { p95: 3 },
};

/** 1,500 bodies of a MiB that are held back but for their last byte. */
const heldBack: Attack = {
  name: 'held-back',
  prepare: withConnections(1_500, (socket, { readers }) => {
    socket.resume();
    socket.write(
      `POST ${BASE_PATH}/candidates HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${readers.token}\r\ncontent-type: application/json\r\ncontent-length: ${MIB}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(MIB - 1, ' '));
  }),
  bounds: { p95: 3 },
};

/** 4,000 connections that send nothing, and expire together after the time for a request's head: measure for 20 seconds. */
const idle: Attack = {
  name: 'idle',
  prepare: withConnections(4_000, (socket) => void socket.resume()),
  bounds: { p95: 3 },
};

/** What can be done to the front of the gateway without being let in, or with one account. */
export const STRANGERS: readonly Attack[] = [
  pipelined,
  unreadPages,
  refused('no-token', () => ({ path: `${BASE_PATH}/candidates`, headers: {}, status: 401 })),
  refused('unknown-path', () => ({ path: `${BASE_PATH}/nothing`, headers: {}, status: 404 })),
  refused('quota', async ({ system: { operator } }) => {
    const { token } = await operator.createToken(
      await operator.createAccount('professional', { perMinute: 1, perDay: 1 }),
    );
    return { path: `${BASE_PATH}/candidates`, headers: { authorization: `Bearer ${token}` }, status: 429 };
  }),
  heldBack,
  idle,
];
