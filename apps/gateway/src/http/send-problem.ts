import { errorCatalogue } from '@nexivo/contracts/errors';
import type { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyReply } from 'fastify';
import { problemHeaders, toProblem } from './problem.js';
import { originOf } from '../auth/outside.js';
import { methodsOf } from './route-methods.js';
import { hasGoodOrigin } from './well-formed.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** What clients see in front of the base path; the request's own host when absent. */
    publicUrl: string | undefined;
  }
}

/** Answers a request with an error. */
export function sendProblem(reply: FastifyReply, error: DomainError): void {
  const { request, server } = reply;
  request.problem = error;
  const origin = server.publicUrl ?? (hasGoodOrigin(request) ? originOf(request, undefined) : '');
  if (error.code === 'method_not_allowed') void reply.header('allow', methodsOf(request.url).join(', '));
  void reply
    .status(errorCatalogue[error.code].status)
    .headers(problemHeaders(error))
    .send(JSON.stringify(toProblem(error, request.id, origin)));
}
