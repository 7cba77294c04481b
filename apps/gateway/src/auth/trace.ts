import { traceRequest } from '@nexivo/bus/tracing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accountOf } from './caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context of what it causes. */
    traceparent?: string;
  }
}

/** Begins the span of a request, which ends with its answer. Of the path it has the template. */
export function beginTrace(request: FastifyRequest, reply: FastifyReply): void {
  const { method, headers } = request;
  const route = request.routeOptions.url!;
  const { traceparent, span } = traceRequest(
    {
      kind: 'server',
      name: `${method} ${route}`,
      attributes: { 'http.request.method': method, 'http.route': route, 'nexivohr.request_id': request.id },
    },
    headers['traceparent'] as string | undefined,
  );
  if (traceparent !== undefined) request.traceparent = traceparent;
  if (!span) return;
  reply.raw.once('close', () => {
    const accountId = accountOf(request);
    const attributes = accountId === undefined ? {} : { 'nexivohr.account_id': accountId };
    if (!reply.raw.writableFinished) return span.end(attributes, 'client_gone');
    const status = reply.statusCode;
    span.end(
      { ...attributes, 'http.response.status_code': status },
      status >= 500 ? (request.problem?.code ?? String(status)) : undefined,
    );
  });
}

/** The trace context of what a request causes, for whoever does it. */
export const traceOf = ({ traceparent }: FastifyRequest): { traceparent?: string } =>
  traceparent === undefined ? {} : { traceparent };
