import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a webhook's URL got. */
export interface ReceivedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** The bytes as they came. */
  body: string;
}

/** What the receiver answers; a promise makes the sender wait. */
interface ReceiverAnswer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: string;
}

/** A real HTTP server that webhooks are sent to. */
export interface Receiver {
  url: string;
  /** In the order in which they arrived. */
  requests: ReceivedRequest[];
  /** How the next requests are answered; with 200 unless told. */
  answer: (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>;
  stop(): Promise<void>;
}

/** Starts a {@link Receiver}; the caller must `stop` it. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const received = { path: request.url ?? '', headers: request.headers, body };
      receiver.requests.push(received);
      void Promise.resolve(receiver.answer(received)).then(({ status, headers = {}, body: text = '' }) =>
        response.writeHead(status, headers).end(text),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    answer: () => ({ status: 200 }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
