import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Connection, HeldInput } from './connection.js';
import type { ConnectionLimits } from './limits.js';
import type { LowPriorityQueue } from './low-priority-queue.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** How often answers that nobody takes are looked for. */
const SWEEP_EVERY_MS = 1_000;

/** The connections of a server: see {@link Connection}. What expires is closed behind everything else, however many do at once. */
export class Connections {
  private readonly bySocket = new WeakMap<Socket, Connection>();
  private readonly open = new Set<Connection>();
  private readonly held = new HeldInput();
  /** Connections that were refused because there were too many. */
  refused = 0;

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
    server.on('checkContinue', take).on('checkExpectation', take);
    server
      .on('connection', (socket) => this.add(socket, handle))
      .on('timeout', (socket) => this.queue.add(() => this.closeIfIdle(socket)))
      .on('drop', () => void this.refused++)
      .on('close', () => clearInterval(sweeping));
    // A client that ends its side still reads what it asked for. Node has no option for it.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.maxConnections = limits.maxConnections;
    const sweeping = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
    return server;
  }

  /** Answers what is no request, after all that came before it on the connection. */
  fail(socket: Socket, answer: () => void): void {
    const connection = this.bySocket.get(socket);
    if (connection) connection.fail(answer);
    else answer();
  }

  private add(socket: Socket, handle: Handler): void {
    const connection = new Connection(socket, handle, this.held);
    this.bySocket.set(socket, connection);
    this.open.add(connection);
    socket.once('close', () => this.open.delete(connection));
  }

  /** A request may have come since it was idle for too long. */
  private closeIfIdle(socket: Socket): void {
    if (!this.bySocket.get(socket)?.current) socket.destroy();
  }

  private sweep(): void {
    const now = performance.now();
    for (const connection of this.open) {
      const { current, socket } = connection;
      if (!current || socket.writableLength === 0) connection.unreadSince = undefined;
      else if (connection.unreadSince === undefined) connection.unreadSince = now;
      else if (now - connection.unreadSince > this.limits.writeTimeoutMs) this.queue.add(() => socket.destroy());
    }
  }
}
