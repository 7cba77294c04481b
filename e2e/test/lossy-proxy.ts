import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as send,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands between a client and the API, and loses answers: what was asked for has been done by then. */
export interface LossyProxy {
  origin: string;
  /** How many answers it has lost and passed on. */
  counts: { lost: number; passed: number };
  stop(): Promise<void>;
}

/** @param loses which answers, of those to this request so far: the first is 0 */
export async function startLossyProxy(origin: string, loses: (nth: number) => boolean): Promise<LossyProxy> {
  const seen = new Map<string, number>();
  const counts = { lost: 0, passed: 0 };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request;
    const key = [method, url, headers['idempotency-key'], headers['if-match']].join(' ');
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    const onward = send(`${origin}${url}`, { method, headers }, (answer) => {
      if (loses(nth)) {
        counts.lost++;
        answer.resume();
        // Once all of it has come: nothing of the request is under way any more.
        answer.on('end', () => response.destroy());
        return;
      }
      counts.passed++;
      response.writeHead(answer.statusCode!, answer.headers as OutgoingHttpHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
