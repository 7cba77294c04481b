import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestTurns } from './request-turns.js';

/** What of a connection's input is parsed at once: more than the head of most requests, and at most some 160 of the smallest. */
const SLICE_BYTES = 4 * 1024;

/** What is kept of the input of all connections because requests before it are still under way. */
export class HeldInput {
  /** A flood is cut off there; nobody else sends requests ahead of answers on hundreds of connections. */
  static readonly MAX_BYTES = 32 * 1024 * 1024;
  bytes = 0;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A connection whose requests are carried out one after the other, however many are sent at once (pipelining, RFC 9112, section
 * 9.3.2). Its input is parsed in slices, and not at all while a request is under way that has been read to its end. Node's own server begins
 * every request that a segment holds.
 *
 * So every answer belongs to its request: what is under way is answered before a fault that follows it, and before the connection
 * ends because the client has ended its side.
 */
export class Connection {
  /** The answer of the request that is under way. */
  current: ServerResponse | undefined;
  /** Since when the client has not taken an answer that is complete, by `performance.now()`. */
  unreadSince: number | undefined;
  /** How much had been sent before the answer that is under way. */
  sentBefore = 0;
  private readonly waiting: [IncomingMessage, ServerResponse][] = [];
  private rest: Buffer | undefined;
  private isHeld = false;
  private hasEnded = false;
  private isOver = false;
  private failure: (() => void) | undefined;
  private readonly parse: (input: Buffer) => void;
  private readonly finish: () => void;

  /** @param socket to which Node's HTTP server has just added its listeners */
  constructor(
    readonly socket: Socket,
    private readonly handle: Handler,
    private readonly held: HeldInput,
    private readonly turns: RequestTurns,
  ) {
    this.parse = takeLastListener(socket, 'data');
    this.finish = takeLastListener(socket, 'end');
    socket
      .on('data', (chunk: Buffer) => this.receive(chunk))
      .on('end', () => this.end())
      .on('resume', () => this.resumed())
      .on('drain', () => this.resumed())
      .on('close', () => this.forget());
  }

  /** A request has been parsed: it begins, or waits for those before it. */
  take(request: IncomingMessage, response: ServerResponse): void {
    if (this.current) this.waiting.push([request, response]);
    // What follows a request that was refused while it was still being sent is no request.
    else if (!this.socket.writableEnded) this.begin(request, response);
  }

  /**
   * What has been parsed is followed by something that is no request.
   *
   * @param answer says so, and ends the connection; called when all requests before have been answered
   */
  fail(answer: () => void): void {
    this.isOver = true;
    this.keep(undefined);
    if (this.current?.req.complete) {
      this.failure = answer;
      this.hold();
    } else {
      this.isHeld = false;
      answer();
    }
  }

  private begin(request: IncomingMessage, response: ServerResponse): void {
    this.current = response;
    this.sentBefore = this.socket.bytesWritten;
    response.once('close', this.goOn);
    this.turns.add(senderOf(request), () => {
      // It may have been refused meanwhile, while it was still being sent.
      if (this.current === response && !this.socket.writableEnded) this.handle(request, response);
    });
  }

  private readonly goOn = (): void => {
    this.current = undefined;
    this.unreadSince = undefined;
    if (this.socket.writableEnded || this.socket.destroyed) {
      this.forget();
      return;
    }
    const next = this.waiting.shift();
    if (next) this.begin(...next);
    else if (this.failure) this.answerFailure(this.failure);
    else if (this.isHeld) this.advance();
  };

  private answerFailure(answer: () => void): void {
    this.failure = undefined;
    this.isHeld = false;
    answer();
  }

  /** Whether input belongs to the request that is under way, or to the next one and can be answered. */
  private get isReading(): boolean {
    return (this.current === undefined || !this.current.req.complete) && !this.socket.writableNeedDrain;
  }

  private receive(chunk: Buffer): void {
    if (this.isOver) return;
    if (chunk.length <= SLICE_BYTES && this.rest === undefined && this.isReading) {
      this.parse(chunk);
      return;
    }
    this.keep(this.rest ? Buffer.concat([this.rest, chunk]) : chunk);
    this.advance();
  }

  private advance(): void {
    while (this.rest) {
      if (!this.isReading) {
        this.hold();
        return;
      }
      // Whoever reads a body slowly has paused it, and resumes it.
      if (this.socket.isPaused() && !this.isHeld) return;
      const slice = this.rest.subarray(0, SLICE_BYTES);
      this.keep(this.rest.length > SLICE_BYTES ? this.rest.subarray(SLICE_BYTES) : undefined);
      this.parse(slice);
    }
    if (this.isOver) return;
    if (this.isHeld) {
      this.isHeld = false;
      this.socket.resume();
    }
    if (this.hasEnded) this.finish();
  }

  private hold(): void {
    this.isHeld = true;
    this.socket.pause();
  }

  /** Node resumes a socket also where the input that follows is not wanted yet. */
  private resumed(): void {
    if (this.isHeld && (this.isOver || !this.isReading)) this.socket.pause();
    else if (this.rest) this.advance();
  }

  private end(): void {
    if (this.rest) this.hasEnded = true;
    else if (!this.isOver) this.finish();
  }

  private forget(): void {
    this.isOver = true;
    this.waiting.length = 0;
    this.failure = undefined;
    this.isHeld = false;
    this.keep(undefined);
  }

  private keep(rest: Buffer | undefined): void {
    this.held.bytes += (rest?.length ?? 0) - (this.rest?.length ?? 0);
    this.rest = rest;
    if (rest && this.held.bytes > HeldInput.MAX_BYTES) this.socket.destroy();
  }
}

/** Whose turn a request needs: that of its token, however the header is written, or else of its connection. */
const senderOf = ({ headers, socket }: IncomingMessage): unknown =>
  /(\S+) *$/.exec(headers.authorization ?? '')?.[1] ?? socket;

function takeLastListener<Input extends unknown[]>(socket: Socket, event: string): (...input: Input) => void {
  const listener = socket.listeners(event).at(-1) as (...input: Input) => void;
  socket.removeListener(event, listener);
  return listener;
}
