import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

const KIB = 1_024;
const ANNOUNCEMENT = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const EMPTY = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** Writes the same bytes, 64 KiB each millisecond, until the connection is cut. */
function pour(socket: Socket, text: string): void {
  const block = Buffer.from(text.repeat(Math.ceil((64 * KIB) / text.length)), 'latin1');
  const more = (): void => {
    // Beyond what is taken nothing is gained: buffers of the kernel would only be filled.
    if (!socket.writableNeedDrain) socket.write(block);
  };
  const timer = setInterval(more, 1);
  socket.once('close', () => clearInterval(timer));
  more();
}

/** Writes a byte a second, until the connection is cut. */
function trickle(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 1_000);
  socket.once('close', () => clearInterval(timer));
}

const bomb = gzipSync(Buffer.alloc(32 * KIB * KIB));

/** What a receiver does with a connection once a request, or whatever begins a TLS handshake, has come in. */
const BEHAVIOURS = {
  'announces without end': (socket) => pour(socket, ANNOUNCEMENT),
  'sends blank lines without end': (socket) => pour(socket, '\r\n'),
  'sends a header without end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\na: ');
    pour(socket, 'x');
  },
  'sends headers without end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    pour(socket, 'a: b\r\n');
  },
  'sends a body without end': (socket) => {
    socket.write(CHUNKED);
    pour(socket, `4000\r\n${'x'.repeat(0x4000)}\r\n`);
  },
  'sends a chunk extension without end': (socket) => {
    socket.write(`${CHUNKED}1;`);
    pour(socket, 'x');
  },
  'sends trailers without end': (socket) => {
    socket.write(`${CHUNKED}0\r\n`);
    pour(socket, 'a: b\r\n');
  },
  'goes on after its answer': (socket) => {
    socket.write(EMPTY);
    pour(socket, '\r\n');
  },
  'answers with a compressed bomb': (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  'sends its headers byte by byte': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\na: ');
    trickle(socket, 'x');
  },
  'sends its body byte by byte': (socket) => {
    socket.write(CHUNKED);
    trickle(socket, '1\r\nx\r\n');
  },
  'says nothing': () => undefined,
  'resets in its answer': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12', () => socket.resetAndDestroy());
  },
  'redirects to itself': (socket) => {
    socket.end('HTTP/1.1 307 Temporary Redirect\r\nlocation: /\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  },
  fails: (socket) => {
    socket.end('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  },
} satisfies Record<string, (socket: Socket) => void>;

/** Ways for a receiver to harm whoever sends to it. */
export type Hostility = keyof typeof BEHAVIOURS;
export const HOSTILITIES = Object.keys(BEHAVIOURS) as Hostility[];

/** Receivers that harm whoever sends to them. */
export interface HostileReceivers {
  /** A URL that is answered so; those of different numbers differ. */
  url(hostility: Hostility, number?: number): string;
  /** Requests that came in, and bytes that left, by hostility. */
  readonly seen: ReadonlyMap<Hostility, { requests: number; bytes: number; open: number }>;
  stop(): Promise<void>;
}

/** Starts a server on a loopback address that is a receiver of every hostile kind. */
export async function startHostileReceivers(): Promise<HostileReceivers> {
  const seen = new Map(HOSTILITIES.map((each) => [each, { requests: 0, bytes: 0, open: 0 }]));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      const path = /^POST \/(\d+)\//.exec(chunk.toString('latin1', 0, 20));
      const hostility = path && HOSTILITIES[Number(path[1])];
      if (!hostility) return;
      const count = seen.get(hostility)!;
      count.requests++;
      count.open++;
      const before = socket.bytesWritten;
      socket.once('close', () => {
        count.open--;
        count.bytes += socket.bytesWritten - before;
      });
      BEHAVIOURS[hostility](socket);
    });
  });
  const origin = await listening(server);
  return {
    url: (hostility, number = 0) => `${origin}/${HOSTILITIES.indexOf(hostility)}/${number}`,
    seen,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
