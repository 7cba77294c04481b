import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostHeaderValidation, originValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { ApiError } from '@nexivo/sdk';
import { callerWith } from './client.js';
import type { Settings } from './env.js';
import { buildServer } from './server.js';
import type { Caller } from './tool.js';

const MAX_BODY_BYTES = 64 * 1_024;

/**
 * Serves Streamable HTTP at `/mcp`, and remembers nothing between requests: each brings the API token of whom it is for, which the API
 * itself judges.
 */
export function serveHttp({ baseUrl, mayWrite }: Settings, allowedHosts: string[]): Server {
  const handler = createMcpHandler(({ authInfo }) => buildServer(authInfo!.extra!['caller'] as Caller, mayWrite), {
    maxRequestBodySize: MAX_BODY_BYTES,
    responseMode: 'json',
  });
  const handle = toNodeHandler(handler, { maxRequestBodySize: MAX_BODY_BYTES });
  // A page of another origin, or under a name that leads here, has no business with it.
  const isHost = hostHeaderValidation(allowedHosts);
  const isOrigin = originValidation(allowedHosts);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isHost(request, response) || !isOrigin(request, response)) return;
    if (request.url?.replace(/\?.*$/s, '') !== '/mcp') return refuse(response, 404, 'not found');
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!token) return refuse(response, 401, 'send an API token: Authorization: Bearer nxv_live_…');
    try {
      const caller = await callerWith(baseUrl, token);
      const auth = { token, clientId: '', scopes: [...caller.scopes], extra: { caller } };
      await handle(Object.assign(request, { auth }) as Parameters<typeof handle>[0], response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else if (error instanceof ApiError) refuse(response, error.status, error.message);
      else refuse(response, 502, 'the API does not answer');
    }
  };
  return createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } }));
}
