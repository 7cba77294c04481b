import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Nexivo } from '../src/client.js';
import type { ClientOptions } from '../src/http.js';

/** A request as it came. */
interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server of this test that answers as it is told, and a client of it. */
export interface Stub {
  seen: Seen[];
  baseUrl: string;
  client(options?: Partial<ClientOptions>): Nexivo;
  stop(): Promise<void>;
}

export type Answerer = (response: ServerResponse, request: Seen, n: number) => void;

/** @param answer is told how many requests were before */
export async function startStub(answer: Answerer): Promise<Stub> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const each = { method: request.method!, url: request.url!, headers: request.headers, body };
      seen.push(each);
      answer(response, each, seen.length - 1);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ats/api/v1`;
  return {
    seen,
    baseUrl,
    client: (options = {}) => new Nexivo({ baseUrl, token: 'nxv_live_test', ...options }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

export const problem = (
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void =>
  json(
    response,
    status,
    { status, code, title: code, detail: `about ${code}`, request_id: 'r1' },
    { 'content-type': 'application/problem+json', ...headers },
  );
