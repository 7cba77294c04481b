import { errorCatalogue } from '@nexivo/contracts/errors';
import type { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyReply } from 'fastify';
import { problemHeaders, toProblem } from './problem.js';
import { methodsOf } from './route-methods.js';

/** Answers a request with an error. */
export function sendProblem(reply: FastifyReply, error: DomainError): void {
  const { request } = reply;
  if (error.code === 'method_not_allowed') void reply.header('allow', methodsOf(request.url).join(', '));
  void reply
    .status(errorCatalogue[error.code].status)
    .headers(problemHeaders(error))
    .send(JSON.stringify(toProblem(error, request.id)));
}
