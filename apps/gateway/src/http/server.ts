import type { Socket } from 'node:net';
import { type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ErrorCode, errorCatalogue } from '@nexivo/contracts/errors';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { SESSION_HEADER } from '@nexivo/contracts/sessions';
import { bearerToken } from '../auth/bearer.js';
import { accountOf } from '../auth/caller.js';
import { answerNotModified } from './conditions.js';
import { decodeBody } from './content-coding.js';
import { Connections } from './connections.js';
import { newId } from '@nexivo/bus/new-id';
import type { Cursors } from './cursors.js';
import type { ConnectionLimits } from './limits.js';
import { LowPriorityQueue } from './low-priority-queue.js';
import { malformed, problemHeaders, toProblem } from './problem.js';
import { lineOf } from './request-log.js';
import { ProblemFilter } from './problem.filter.js';
import { unroutable } from './route-methods.js';
import { sendProblem } from './send-problem.js';
import { servedRoute } from './served-route.js';
import { securityHeaders } from './security-headers.js';
import { toOriginForm, whyMalformed } from './well-formed.js';
import { UnfinishedBodies } from './unfinished-bodies.js';
import { closeInStages, EarlyResponse } from './unread-body.js';

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

/**
 * How answers are compressed for whoever asks for it: at the cheapest levels. A page of 25 costs the gateway 0.1 to 0.2 ms more and
 * becomes a quarter of its size or less; whoever does not ask pays nothing that can be measured.
 */
const COMPRESSION = {
  threshold: 1_024,
  // Up to it in one go: a stream costs more than it saves.
  syncThreshold: 65_536,
  // Where both are taken, the cheaper one.
  encodings: ['br', 'gzip'] as ('gzip' | 'br')[],
  zlibOptions: { level: constants.Z_BEST_SPEED },
  // A window of 64 KiB holds most pages; the default one takes 40 % longer for the same size.
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 16 } },
};

/** What parts of the HTTP side share. */
export interface Front {
  readonly limits: ConnectionLimits;
  /** Where refusals wait. */
  readonly queue: LowPriorityQueue;
  readonly connections: Connections;
}

export function frontOf(limits: ConnectionLimits): Front {
  const queue = new LowPriorityQueue();
  return { limits, queue, connections: new Connections(limits, queue) };
}

/** Fastify as the gateway needs it: its own errors are problems too, and every request has an id. */
export function createAdapter({
  trustProxy,
  limits,
  queue,
  connections,
  publicUrl,
  corsOrigins,
}: Front & Pick<HttpOptions, 'publicUrl' | 'corsOrigins'> & { trustProxy: boolean | string[] }): FastifyAdapter {
  return new FastifyAdapter({
    trustProxy,
    serverFactory: (handler: RequestListener) =>
      connections.createServer({ ServerResponse: EarlyResponse }, (request, response) => {
        toOriginForm(request);
        handler(request, response);
      }),
    bodyLimit: limits.bodyBytes,
    // An id of any length is one that does not exist: what is too long are the headers.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.headerBytes },
    // A request that arrives while the gateway stops is still served.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    frameworkErrors: (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(reply);
      queue.add(() => sendProblem(reply, malformed('url', 'contains an invalid percent-encoding')));
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) =>
      connections.fail(socket, () =>
        queue.add(() => {
          const answered = answerClientError(error, socket, { publicUrl, corsOrigins });
          if (answered) logUnread(connections, answered);
        }),
      ),
  });
}

/** What the gateway's HTTP side is told. */
interface HttpOptions extends Front {
  logger: Logger;
  corsOrigins: '*' | string[];
  cursors: Cursors;
  publicUrl: string | undefined;
}

/**
 * Adds what every request and response has in common.
 *
 * @returns what makes problems of errors, for what Fastify serves without Nest
 */
export async function configureHttp(
  app: NestFastifyApplication,
  { logger, corsOrigins, cursors, limits, queue, connections, publicUrl }: HttpOptions,
): Promise<ProblemFilter> {
  const problems = new ProblemFilter(logger);
  app.useGlobalFilters(problems);
  const fastify = app.getHttpAdapter().getInstance();
  // Before that of CORS, which answers every OPTIONS. All others are refused behind it, so that pages can read why.
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(reply);
    const fault = request.method === 'OPTIONS' ? whyMalformed(request) : undefined;
    if (fault) queue.add(() => sendProblem(reply, fault));
    else done();
  });
  await app.register(cors, {
    origin: corsOrigins,
    // An OPTIONS that is no preflight is no mistake; refused, it would get an error that is no problem.
    strictPreflight: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  });
  await app.register(compress, { ...COMPRESSION, globalDecompression: false });
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'HEAD') route.onSend = [route.onSend ?? [], leaveLengthOpen].flat();
  });
  const bodies = new UnfinishedBodies({ bodyBytes: limits.bodyBytes, ...limits.unfinishedBodies });
  fastify.decorate('cursors', cursors);
  fastify.decorate('publicUrl', publicUrl);
  // Bodies stay bytes until the caller is known and the route has been found: see read-request.ts.
  fastify.removeAllContentTypeParsers();
  fastify.decorate('readBody', async (request: FastifyRequest) =>
    decodeBody(
      await bodies.read(request.raw, accountOf(request) ?? request.ip),
      request.headers['content-encoding'],
      limits.bodyBytes,
    ),
  );
  fastify.addContentTypeParser('*', (request: FastifyRequest) => fastify.readBody(request));
  fastify.addHook('onRequest', (request, reply, done) => {
    const refuse = refuseUnseen(request);
    if (refuse) queue.add(() => sendProblem(reply, refuse()));
    else done();
  });
  fastify.addHook('onSend', answerNotModified);
  fastify.addHook('onResponse', (request, reply, done) => {
    const line = lineOf(request, reply, connections.bytesOfAnswer(request.socket));
    if (isProbe(request)) logger.debug(line, 'request');
    else {
      logger.info(line, 'request');
      connections.metrics?.answered(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime);
      if (request.problem) connections.metrics?.failed(request.problem.code);
    }
    done();
  });
  return problems;
}

/** Those of load balancers, which ask all the time. */
const isProbe = ({ routeOptions: { url } }: FastifyRequest): boolean => url !== undefined && url.startsWith('/health/');

/** Tells of an answer to what never became a request. */
function logUnread({ log, metrics }: Connections, answered: NonNullable<ReturnType<typeof answerClientError>>): void {
  log?.info({ ...answered, method: null, route: null }, 'request');
  metrics?.answered('', undefined, answered.status, 0);
  metrics?.failed(answered.code);
}

/**
 * What can be refused before anything else is done for the request: what is malformed, a path or method that is none, no token, a
 * token that cannot be one. A flood of them must cost little.
 */
function refuseUnseen(request: FastifyRequest): (() => DomainError) | undefined {
  const fault = whyMalformed(request);
  if (fault) return () => fault;
  // A preflight belongs to CORS, whatever its path.
  if (request.is404 && request.method !== 'OPTIONS') return () => unroutable(request);
  const route = servedRoute(request);
  if (!route || route.isPublic) return undefined;
  const { authorization, [SESSION_HEADER]: asksAsPerson } = request.headers;
  if (authorization === undefined && asksAsPerson === '1') return undefined;
  try {
    bearerToken(authorization);
    return undefined;
  } catch (error) {
    return () => error as DomainError;
  }
}

/** The length of an answer to HEAD is that to GET, which nobody knows where it would be compressed. */
function leaveLengthOpen(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  if (headers['accept-encoding'] !== undefined) void reply.removeHeader('content-length');
  done(null, payload);
}

/** Of every answer. */
const FIXED_HEADERS = { ...securityHeaders(), 'cache-control': 'no-store' };
const setCommonHeaders = (reply: FastifyReply): void =>
  void reply.headers(FIXED_HEADERS).header('x-request-id', reply.request.id);

/**
 * What Node's HTTP parser refuses never becomes a request; it gets its problem all the same.
 *
 * @returns what the log says of it; nothing where nobody is left to be answered
 */
function answerClientError(
  parseError: NodeJS.ErrnoException,
  socket: Socket,
  { publicUrl, corsOrigins }: Pick<HttpOptions, 'publicUrl' | 'corsOrigins'>,
): { request_id: string; status: number; code: ErrorCode } | undefined {
  if (parseError.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const error =
    parseError.code === 'HPE_HEADER_OVERFLOW'
      ? new DomainError('headers_too_large')
      : parseError.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new DomainError('request_timeout')
        : parseError.code === 'HPE_INVALID_VERSION' || parseError.code === 'HPE_PAUSED_H2_UPGRADE'
          ? new DomainError('http_version_not_supported')
          : parseError.code === 'HPE_INVALID_URL'
            ? malformed('url', 'contains characters that must be percent-encoded')
            : parseError.code === 'HPE_INVALID_METHOD'
              ? malformed('request', 'has a method that is none, or is not HTTP')
              : malformed('request', 'is not valid HTTP');
  const requestId = newId();
  const body = JSON.stringify(toProblem(error, requestId, publicUrl ?? ''));
  const { status } = errorCatalogue[error.code];
  const headers = {
    ...FIXED_HEADERS,
    ...problemHeaders(error),
    // Of a list of origins nobody knows here which one asks.
    ...(corsOrigins === '*' && {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
    }),
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
  closeInStages(socket);
  return { request_id: requestId, status, code: error.code };
}
