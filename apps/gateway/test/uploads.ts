import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request with a body of zeros. */
export interface Upload {
  method: string;
  path: string;
  headers: Record<string, string>;
  bodyBytes: number;
}

/** What a client had read before the connection ended or failed. */
export interface Received {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** How a client brings its body to the server. */
export type Client = (origin: string, upload: Upload) => Promise<Received>;

const PIECE = Buffer.alloc(64 * 1024, '0');

const headOf = ({ method, path, headers }: Upload, framing: string): string =>
  `${method} ${path} HTTP/1.1\r\n${Object.entries({ host: 'api.test', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}${framing}\r\n\r\n`;

/** Opens a connection; it goes on sending after the server has ended its side, as many clients do. */
export function open(origin: string): Socket {
  const { hostname, port } = new URL(origin);
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true });
}

/** Writes the head of an upload whose body has a length. */
export const sendHead = (socket: Socket, upload: Upload): boolean =>
  socket.write(headOf(upload, `content-length: ${upload.bodyBytes}`));

/** Writes the head of an upload in chunks. */
export const sendChunkedHead = (socket: Socket, upload: Upload): boolean =>
  socket.write(headOf(upload, 'transfer-encoding: chunked'));

/** Writes pieces one after the other, as fast as the socket takes them. */
export async function send(socket: Socket, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain');
}

/** So many bytes in pieces. */
export function* piecesOf(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left);
}

/** The same pieces as chunks. */
export function* chunked(pieces: Iterable<Buffer>): Generator<Buffer> {
  for (const piece of pieces) {
    yield Buffer.from(`${piece.length.toString(16)}\r\n`);
    yield piece;
    yield Buffer.from('\r\n');
  }
}

/** Pieces without end. */
export function* endlessly(): Generator<Buffer> {
  for (;;) yield PIECE;
}

/** Reads what arrives until the server ends its side; fails if the connection does. */
export async function readToEnd(socket: Socket): Promise<Received> {
  const received = await text(socket);
  const end = received.indexOf('\r\n\r\n');
  const [statusLine, ...fields] = received.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 2)]),
  );
  return { status: Number(statusLine!.split(' ')[1]), headers, body: received.slice(end + 4) };
}

const overSocket =
  (sendAll: (socket: Socket, upload: Upload) => Promise<void>): Client =>
  async (origin, upload) => {
    const socket = open(origin);
    try {
      await sendAll(socket, upload);
      return await readToEnd(socket);
    } finally {
      socket.destroy();
    }
  };

/** Sends a body of a given length to its end before it reads anything. */
export const sendingAll = overSocket(async (socket, upload) => {
  sendHead(socket, upload);
  await send(socket, piecesOf(upload.bodyBytes));
});

/** The same in chunks. */
export const sendingChunks = overSocket(async (socket, upload) => {
  sendChunkedHead(socket, upload);
  await send(socket, chunked(piecesOf(upload.bodyBytes)));
  socket.write('0\r\n\r\n');
});

/** Sends little by little, so that the answer is long there when the last of it is sent. */
export const trickling = overSocket(async (socket, upload) => {
  sendHead(socket, upload);
  for (const piece of piecesOf(upload.bodyBytes)) {
    await send(socket, [piece]);
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
});

/** Node's client. */
export const throughNode: Client = (origin, { method, path, headers, bodyBytes }) =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(origin + path, { method, headers: { ...headers, 'content-length': bodyBytes } });
    // What fails after the answer has been read is a promise that is settled.
    sent.on('error', reject).on('response', (response) => {
      const { statusCode, headers: received } = response;
      const whole = text(response).then((body) => ({
        status: statusCode!,
        headers: received as Record<string, string>,
        body,
      }));
      resolve(whole);
    });
    sent.end(Buffer.alloc(bodyBytes, '0'));
  });

/** The client of the web, which sends no body with a GET. */
export const throughFetch: Client = async (origin, { method, path, headers, bodyBytes }) => {
  const options = { method, headers, body: Buffer.alloc(bodyBytes, '0') };
  const response = await fetch(origin + path, options);
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
};

/** The answers to what is sent in one segment, in their order, once the server has ended the connection. */
export async function answersTo(
  origin: string,
  sent: string,
  { endsItsSide = false } = {},
): Promise<{ status: number; text: string }[]> {
  const socket = open(origin);
  if (endsItsSide) socket.end(sent, 'latin1');
  else socket.write(sent, 'latin1');
  const received = await text(socket);
  socket.destroy();
  return received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter(Boolean)
    .map((answer) => ({ status: Number(answer.split(' ', 2)[1]), text: answer }));
}
