import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is still taken once the answer is sent: sixteen of the largest bodies that are read. */
export const LINGER_MAX_BYTES = 16 * 1024 * 1024;
/** For how long: enough to send that at 13 Mbit/s, and half of what a shutdown may take, which waits for it. */
export const LINGER_MAX_MS = 10_000;

/**
 * A response that may be sent before the request's body has come to its end, as a refusal is. The client is still sending
 * then, and a server that closes at once resets the connection, which can take the answer away from a client that has not read
 * it yet (RFC 9112, section 9.6). Such a response says `connection: close`, and the connection is closed in stages; all others
 * are as Node makes them.
 */
export class EarlyResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override writeHead(status: number, ...rest: unknown[]): this {
    const { req } = this;
    if (!req.complete && announcesBody(req)) {
      this.shouldKeepAlive = false;
      // Node calls it after the last response of a connection.
      req.socket.destroySoon = () => closeInStages(req.socket);
    }
    return super.writeHead(status, ...(rest as []));
  }
}

/** Whether a request has a body. One without is not complete either while its headers are being read. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Ends the connection's own side once all that was written is sent, then takes and drops what the client sends until it ends its
 * side as well; destroys it after {@link LINGER_MAX_BYTES} or {@link LINGER_MAX_MS}. Nothing that arrives is kept, and none of it
 * becomes a request.
 */
export function closeInStages(socket: Socket): void {
  const deadline = setTimeout(() => socket.destroy(), LINGER_MAX_MS);
  socket.once('close', () => clearTimeout(deadline));
  socket.end();
  // A body that nobody reads pauses it, and only with the HTTP parser in place can it be resumed.
  if (socket.isPaused()) socket.once('resume', () => dropRest(socket)).resume();
  else dropRest(socket);
}

function dropRest(socket: Socket): void {
  let bytes = 0;
  // The HTTP parser is among the listeners that go.
  socket.removeAllListeners('data').on('data', ({ length }: Buffer) => {
    bytes += length;
    if (bytes > LINGER_MAX_BYTES) socket.destroy();
    else dropped.count(socket, length);
  });
  socket.once('close', () => dropped.forget(socket));
}

/** What is dropped of all connections together in one turn: 50 MiB a second. More keeps the garbage collector busy, and with it everybody. */
const DROPPED_PER_TURN = 1024 * 1024;
const TURN_MS = 20;
/** What a connection is read by at a time. */
const CHUNK_BYTES = 64 * 1024;

/** Makes connections whose rest is dropped take turns. */
class DroppedInput {
  private bytes = 0;
  private readonly waiting = new Set<Socket>();
  private turns: NodeJS.Timeout | undefined;

  count(socket: Socket, bytes: number): void {
    this.bytes += bytes;
    this.turns ??= setInterval(() => this.nextTurn(), TURN_MS).unref();
    if (this.bytes < DROPPED_PER_TURN) return;
    socket.pause();
    this.waiting.add(socket);
  }

  /** One that is closed takes no turn away from others. */
  forget(socket: Socket): void {
    this.waiting.delete(socket);
  }

  private nextTurn(): void {
    if (this.bytes === 0) {
      clearInterval(this.turns);
      this.turns = undefined;
    }
    this.bytes = 0;
    let places = DROPPED_PER_TURN / CHUNK_BYTES;
    for (const socket of this.waiting) {
      if (places-- === 0) return;
      this.waiting.delete(socket);
      socket.resume();
    }
  }
}

const dropped = new DroppedInput();
