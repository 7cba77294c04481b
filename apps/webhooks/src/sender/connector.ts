import { constants } from 'node:crypto';
import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { DEFAULT_CIPHERS } from 'node:tls';
import { buildConnector, errors } from 'undici';
import { ANSWER_MAX_BYTES } from './answer.js';

/** More came in than an answer may have. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  /** @param limit in words */
  constructor(limit = `${ANSWER_MAX_BYTES / 1_024} KiB`) {
    super(`the connection was cut after ${limit}, before the answer was complete`);
  }
}

export interface ConnectorOptions {
  readonly lookup: LookupFunction;
  /** For look-up, connecting and the handshake of TLS together. */
  readonly timeoutMs: number;
  /** Certificates (PEM) to trust beside those of Node. */
  readonly ca?: string | undefined;
}

/** How TLS is spoken with servers that nobody knows. */
export const strictTls = (ca: string | undefined): buildConnector.BuildOptions => ({
  rejectUnauthorized: true,
  // Or a server could ask for one handshake after the other.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  // With DHE the server chooses the numbers: large ones cost a quarter of a second of CPU for each handshake.
  ciphers: `${DEFAULT_CIPHERS}:!DHE`,
  ...(ca !== undefined && { ca }),
});

/** How often open connections are looked at: what TLS keeps for itself makes no event. */
const LOOK_EVERY_MS = 25;

/**
 * Connects to untrusted hosts, and cuts a connection once more than {@link ANSWER_MAX_BYTES} have come in since its last
 * request was written. Whatever arrives counts: headers and informational answers, the framing of chunks, trailers, what
 * follows an answer, and handshakes and other records of TLS. undici by itself counts nothing but bodies.
 */
export class Connector {
  private readonly open = new Set<Connection>();
  private readonly secure: buildConnector.connector;
  private looking: NodeJS.Timeout | undefined;

  constructor(private readonly options: ConnectorOptions) {
    // The time limit is for connecting and the handshake together.
    this.secure = buildConnector({ ...strictTls(options.ca), allowH2: false, timeout: 0 });
  }

  /** What undici calls for each connection that it needs. */
  readonly connect: buildConnector.connector = (target, callback) => {
    const { hostname, protocol, port } = target;
    const isSecure = protocol === 'https:';
    const tcp = connectTcp({
      host: hostname,
      port: port ? Number(port) : isSecure ? 443 : 80,
      lookup: this.options.lookup,
      noDelay: true,
    });
    const connection = this.watch(tcp);
    const timer = setTimeout(() => settle(new errors.ConnectTimeoutError(), null), this.options.timeoutMs);
    let isSettled = false;
    const settle: buildConnector.Callback = (...[error, socket]) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      if (error) {
        tcp.destroy();
        callback(error, null);
      } else {
        callback(null, socket);
        connection.uses(socket);
      }
    };
    tcp.on('error', (error) => settle(error, null));
    tcp.once('close', () => settle(new errors.SocketError('closed while connecting'), null));
    tcp.once('connect', () => {
      if (isSecure) this.secure({ ...target, httpSocket: tcp }, settle);
      else settle(null, tcp);
    });
  };

  /** Cuts all connections, those that are being made included. */
  close(): void {
    for (const { tcp } of this.open) tcp.destroy();
  }

  private watch(tcp: Socket): Connection {
    const connection = new Connection(tcp);
    this.open.add(connection);
    this.looking ??= setInterval(() => {
      for (const each of this.open) each.check();
    }, LOOK_EVERY_MS).unref();
    tcp.once('close', () => {
      this.open.delete(connection);
      if (this.open.size > 0) return;
      clearInterval(this.looking);
      this.looking = undefined;
    });
    return connection;
  }
}

/** A connection, and how much has come in on it. */
class Connection {
  /** What requests are written to, once it is there: with TLS another one than that which bytes come in on. */
  private socket: Socket | undefined;
  private written = 0;
  /** Bytes that had come in at the last look, and when the last request was written. */
  private read = 0;
  private readBefore = 0;

  constructor(readonly tcp: Socket) {}

  uses(socket: Socket): void {
    this.socket = socket;
    // undici has listened for longer, so what has arrived is parsed by now: an answer that is cut is known as far as it goes.
    socket.on('readable', () => this.check());
  }

  check(): void {
    const { bytesRead } = this.tcp;
    const written = this.socket?.bytesWritten ?? 0;
    if (written !== this.written) {
      this.written = written;
      this.readBefore = this.read;
    }
    this.read = bytesRead;
    if (bytesRead - this.readBefore > ANSWER_MAX_BYTES) (this.socket ?? this.tcp).destroy(new AnswerTooLarge());
  }
}
