import type { Socket } from 'node:net';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import cors from '@fastify/cors';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { errorCatalogue } from '@nexivo/contracts/errors';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { bearerToken } from '../auth/bearer.js';
import { accountOf } from '../auth/caller.js';
import { answerNotModified } from './conditions.js';
import type { Cursors } from './cursors.js';
import { malformed, problemHeaders, toProblem } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { Refusals } from './refusals.js';
import { servedRoute } from './served-route.js';
import { securityHeaders } from './security-headers.js';
import { closeInStages, EarlyResponse } from './unread-body.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
/** What a caller may name a request: visible ASCII, at most 128 characters. */
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Response headers that a browser's scripts may read. */
const EXPOSED_HEADERS = [
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-Id',
];

/** Fastify as the gateway needs it: its own errors are problems too, and every request has an id. */
export function createAdapter({ trustProxy }: { trustProxy: boolean | string[] }): FastifyAdapter {
  return new FastifyAdapter({
    trustProxy,
    http: { ServerResponse: EarlyResponse },
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    // A request that arrives while the gateway stops is still served.
    return503OnClosing: false,
    requestTimeout: 30_000,
    requestIdHeader: false,
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : uuidv7();
    },
    frameworkErrors: (_error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const error = malformed('url', 'contains an invalid percent-encoding');
      void reply
        .status(400)
        .headers({ ...problemHeaders(error), 'x-request-id': request.id })
        .send(JSON.stringify(toProblem(error, request.id)));
    },
    clientErrorHandler: answerClientError,
  });
}

/** What the gateway's HTTP side is told. */
export interface HttpOptions {
  logger: Logger;
  corsOrigins: '*' | string[];
  cursors: Cursors;
}

/**
 * Adds what every request and response has in common.
 *
 * @returns what makes problems of errors, for what Fastify serves without Nest
 */
export async function configureHttp(
  app: NestFastifyApplication,
  { logger, corsOrigins, cursors }: HttpOptions,
): Promise<ProblemFilter> {
  const problems = new ProblemFilter(logger);
  app.useGlobalFilters(problems);
  await app.register(cors, {
    origin: corsOrigins,
    // An OPTIONS that is no preflight is no mistake; refused, it would get an error that is no problem.
    strictPreflight: false,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorate('cursors', cursors);
  // Bodies stay bytes until the caller is known and the route has been found: see read-request.ts.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const refusals = new Refusals();
  const fixedHeaders = { ...securityHeaders(), 'cache-control': 'no-store' };
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(fixedHeaders).header('x-request-id', request.id);
    // The links in answers are made of it.
    if (!URL.canParse(`http://${request.host}`)) {
      done(malformed('host', 'is not a host name'));
      return;
    }
    const refusal = refuseUnseen(request);
    if (refusal) refusals.add(() => void sendProblem(reply, refusal));
    else done();
  });
  fastify.addHook('onSend', answerNotModified);
  fastify.addHook('onResponse', (request, reply, done) => {
    logger.info(
      {
        request_id: request.id,
        account_id: accountOf(request),
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
    done();
  });
  return problems;
}

/** A token that cannot be one is refused before anything else is done for the request: a flood of them must cost little. */
function refuseUnseen(request: FastifyRequest): DomainError | undefined {
  const { authorization } = request.headers;
  const route = servedRoute(request);
  if (!authorization || !route || route.isPublic) return undefined;
  try {
    bearerToken(authorization);
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
}

const sendProblem = (reply: FastifyReply, error: DomainError): FastifyReply =>
  reply
    .status(errorCatalogue[error.code].status)
    .headers(problemHeaders(error))
    .send(JSON.stringify(toProblem(error, reply.request.id)));

/** What Node's HTTP parser refuses never becomes a request; it gets its problem all the same. */
function answerClientError(parseError: NodeJS.ErrnoException, socket: Socket): void {
  if (parseError.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error =
    parseError.code === 'HPE_HEADER_OVERFLOW'
      ? new DomainError('headers_too_large')
      : parseError.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new DomainError('request_timeout')
        : malformed('request', 'is not valid HTTP');
  const requestId = uuidv7();
  const body = JSON.stringify(toProblem(error, requestId));
  const { status } = errorCatalogue[error.code];
  const headers = {
    ...problemHeaders(error),
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
  closeInStages(socket);
}
