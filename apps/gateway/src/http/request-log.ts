import { errorCatalogue } from '@nexivo/contracts/errors';
import type { DomainError } from '@nexivo/bus/domain-error';
import { errorLine } from '@nexivo/runtime/describe-error';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { askerOf } from '../auth/caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The error that it was answered with. */
    problem?: DomainError;
  }
  interface FastifyContextConfig {
    /** The service that answers; none where the gateway does so itself. */
    upstream?: string | undefined;
  }
}

/** What the log says of a request that has been answered: one line, and nothing of what was sent or is kept. */
export function lineOf(request: FastifyRequest, reply: FastifyReply, bytes: number): object {
  const { problem, routeOptions } = request;
  return {
    request_id: request.id,
    ...askerOf(request),
    method: request.method,
    route: routeOptions.url ?? null,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    bytes,
    upstream: routeOptions.config.upstream,
    code: problem?.code,
    cause: problem && errorCatalogue[problem.code].status >= 500 ? errorLine(problem.cause ?? problem) : undefined,
  };
}
