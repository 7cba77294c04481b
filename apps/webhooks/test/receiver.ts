import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request that a receiver got. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** When it began, by `performance.now()`. */
  at: number;
}

export type Answering = (received: Received, response: ServerResponse) => void | Promise<void>;

/** A server that webhooks lead to. */
export interface Receiver {
  /** Without a path. */
  origin: string;
  received: Received[];
  /** Connections that were opened. */
  connections: number;
  /** Requests that are not answered yet, for each path. */
  underWay: Map<string, number>;
  /** The greatest number of requests that were under way at a time, for each path. */
  peak: Map<string, number>;
  /** Changes how it answers from now on. */
  answer(answering: Answering): void;
  stop(): Promise<void>;
}

/** Answers with a status and nothing else. */
export const withStatus =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (_, response) => {
    response.writeHead(status, headers).end();
  };

/** Starts a server on a loopback address, which answers 204 unless told. */
export async function startReceiver(answering: Answering = withStatus(204), host = '127.0.0.1'): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let current = answering;
  const receiver: Receiver = {
    origin: '',
    received: [],
    connections: 0,
    underWay: new Map(),
    peak: new Map(),
    answer: (next) => {
      current = next;
    },
    stop: async () => {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = performance.now();
    const path = request.url!;
    const count = (receiver.underWay.get(path) ?? 0) + 1;
    receiver.underWay.set(path, count);
    receiver.peak.set(path, Math.max(count, receiver.peak.get(path) ?? 0));
    response.once('close', () => receiver.underWay.set(path, receiver.underWay.get(path)! - 1));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = { path, headers: request.headers, body: Buffer.concat(chunks), at };
    receiver.received.push(received);
    await current(received, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    receiver.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  receiver.origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return receiver;
}
