import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '@nexivo/runtime/metrics';
import type { Logger } from 'pino';
import { Connection, HeldInput } from './connection.js';
import { expectsContinue } from './expectations.js';
import { HttpMetrics } from './http-metrics.js';
import type { ConnectionLimits } from './limits.js';
import type { LowPriorityQueue } from './low-priority-queue.js';
import { RequestTurns } from './request-turns.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** How often answers that nobody takes are looked for. */
const SWEEP_EVERY_MS = 1_000;
const WARN_EVERY_MS = 60_000;

/** The connections of a server: see {@link Connection}. What expires is closed behind everything else, however many do at once. */
export class Connections {
  private readonly bySocket = new WeakMap<Socket, Connection>();
  private readonly open = new Set<Connection>();
  private readonly held = new HeldInput();
  private readonly turns = new RequestTurns();
  private refused = 0;
  private warnedAt = -Infinity;
  /** Where it is told of requests, and of what never became one; none before {@link report}. */
  log: Logger | undefined;
  metrics: HttpMetrics | undefined;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly queue: LowPriorityQueue,
  ) {}

  /** Makes the server whose connections these are. */
  createServer(options: ServerOptions, handle: Handler): Server {
    const { limits } = this;
    const take: Handler = (request, response) => this.bySocket.get(request.socket)!.take(request, response);
    const server = createServer(
      {
        ...options,
        requestTimeout: limits.requestTimeoutMs,
        headersTimeout: limits.headersTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        maxHeaderSize: limits.headerBytes,
        connectionsCheckingInterval: SWEEP_EVERY_MS,
        // A request without one gets its problem, as every other that is not as it must be.
        requireHostHeader: false,
      },
      take,
    );
    // Whoever asks for leave to send a body gets it once it is read, and whoever expects something else is refused as others are.
    server
      .on('checkContinue', (request, response) => {
        expectsContinue(request, response);
        take(request, response);
      })
      .on('checkExpectation', take);
    server
      .on('connection', (socket) => this.add(socket, handle))
      .on('timeout', (socket) => this.queue.add(() => this.closeIfIdle(socket)))
      .on('drop', () => this.noteRefused())
      // Node stops to listen to such a connection.
      .on('connect', (_request, socket) =>
        server.emit(
          'clientError',
          new Error('CONNECT'),
          socket.on('error', () => undefined),
        ),
      )
      .on('close', () => clearInterval(sweeping));
    // A client that ends its side still reads what it asked for. Node has no option for it.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.maxConnections = limits.maxConnections;
    const sweeping = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
    return server;
  }

  /** Tells operators of connections: how many there are, and how many were refused because there were too many. */
  report(log: Logger, metrics: Metrics): void {
    this.log = log;
    this.metrics = new HttpMetrics(metrics, () => this.requests);
    const count = () => Promise.resolve([{ value: this.open.size }]);
    metrics.gauge('nexivo_connections', 'Connections that clients have open', [], count);
    metrics.counter(
      'nexivo_connections_refused_total',
      'Connections that were closed at once because there were MAX_CONNECTIONS, or as many as open files allow',
      () => this.refused,
    );
  }

  /** How many requests are under way. */
  get requests(): number {
    let count = 0;
    for (const { current } of this.open) if (current) count++;
    return count;
  }

  /** How many bytes the answer that is under way has had so far, head included. */
  bytesOfAnswer(socket: Socket): number {
    return socket.bytesWritten - (this.bySocket.get(socket)?.sentBefore ?? 0);
  }

  /** Answers what is no request, after all that came before it on the connection. */
  fail(socket: Socket, answer: () => void): void {
    const connection = this.bySocket.get(socket);
    if (connection) connection.fail(answer);
    else answer();
  }

  private add(socket: Socket, handle: Handler): void {
    const connection = new Connection(socket, handle, this.held, this.turns);
    this.bySocket.set(socket, connection);
    this.open.add(connection);
    socket.once('close', () => this.open.delete(connection));
  }

  private noteRefused(): void {
    this.refused++;
    const now = performance.now();
    if (now - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = now;
    this.log?.warn({ max_connections: this.limits.maxConnections }, 'too many connections: further ones are closed');
  }

  /** A request may have come since it was idle for too long. */
  private closeIfIdle(socket: Socket): void {
    if (!this.bySocket.get(socket)?.current) socket.destroy();
  }

  /** Cuts off whoever does not take his answer in time, or, where too much is waiting, has not taken it for the longest time. */
  private sweep(): void {
    const now = performance.now();
    const unread: Connection[] = [];
    let bytes = 0;
    for (const connection of this.open) {
      const { current, socket } = connection;
      if (!current || socket.writableLength === 0) {
        connection.unreadSince = undefined;
      } else {
        connection.unreadSince ??= now;
        bytes += socket.writableLength;
        unread.push(connection);
      }
    }
    unread.sort((one, other) => one.unreadSince! - other.unreadSince!);
    for (const { socket, unreadSince } of unread) {
      if (bytes <= this.limits.unreadBytes && now - unreadSince! <= this.limits.writeTimeoutMs) return;
      bytes -= socket.writableLength;
      this.queue.add(() => socket.destroy());
    }
  }
}
