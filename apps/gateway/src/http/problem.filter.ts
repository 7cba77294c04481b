import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, NotFoundException } from '@nestjs/common';
import { refusalOf, unavailabilityOf } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { malformed } from './problem.js';
import { unroutable } from './route-methods.js';
import { sendProblem } from './send-problem.js';

/** Every error on its way out becomes a problem; what nobody foresaw is logged here, once, and shown as a bare 500. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The same for what Fastify serves without Nest. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent) return;
    sendProblem(reply, this.toDomainError(thrown, request));
  }

  private toDomainError(thrown: unknown, request: FastifyRequest): DomainError {
    const refusal = refusalOf(thrown);
    if (refusal) return refusal;
    if (thrown instanceof NotFoundException) return unroutable(request);
    const { code } = causeOf(thrown);
    const known = FASTIFY_ERRORS[code ?? ''];
    if (known) return known(request);
    if (isRefusal(thrown)) return malformed('request', 'is not one that can be read');
    const context = { request_id: request.id, method: request.method, route: request.routeOptions.url };
    // The connection that was lost is the client's own: nobody reads the answer.
    if (request.raw.destroyed && code === 'ECONNRESET') return new DomainError('request_timeout');
    const unavailability = unavailabilityOf(thrown);
    if (unavailability) {
      this.logger.warn({ ...context, err: thrown }, `database: ${unavailability}`);
      return new DomainError('service_unavailable', { retryAfterS: 1, cause: thrown });
    }
    this.logger.error({ ...context, err: thrown }, 'request failed');
    return new DomainError('internal_error', { cause: thrown });
  }
}

/** Nest wraps what Fastify throws, and keeps the original as the cause. */
function causeOf(thrown: unknown): { code?: string; statusCode?: number } {
  const cause = thrown instanceof HttpException ? thrown.cause : thrown;
  return cause ?? {};
}

/** What Fastify itself refuses. */
const FASTIFY_ERRORS: Record<string, (request: FastifyRequest) => DomainError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new DomainError('payload_too_large'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => malformed('content-length', 'does not match the length of the body'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new DomainError('unsupported_media_type'),
  FST_ERR_BAD_URL: () => malformed('url', 'contains an invalid percent-encoding'),
};

/** Whether Fastify, Nest or a plugin of theirs finds fault with the request. */
function isRefusal(thrown: unknown): boolean {
  const status = thrown instanceof HttpException ? thrown.getStatus() : (causeOf(thrown).statusCode ?? 500);
  return status >= 400 && status < 500;
}
