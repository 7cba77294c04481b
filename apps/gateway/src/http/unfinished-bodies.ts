import type { IncomingMessage } from 'node:http';
import { DomainError } from '@nexivo/bus/domain-error';
import { tooLarge } from './content-coding.js';
import { askForBody } from './expectations.js';
import { malformed } from './problem.js';

/** What bodies may take while they arrive. */
interface BodyLimits {
  /** Of one body. */
  readonly bodyBytes: number;
  /** Of all unfinished bodies of one sender. */
  readonly perSender: number;
  /** Of all unfinished bodies. */
  readonly total: number;
}

/** A body that has not been read to its end after so long gives way to others. */
export const SLOW_AFTER_MS = 1_000;

interface Unfinished {
  readonly sender: string;
  readonly startedAt: number;
  bytes: number;
  refuse(error: DomainError): void;
}

/**
 * Reads bodies, and bounds the bytes of those that have not come to their end. Beyond the bound the oldest slow ones are refused, and the
 * one that has just grown where none is slow.
 */
export class UnfinishedBodies {
  /** The oldest first. */
  private readonly all = new Set<Unfinished>();
  private readonly bySender = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: BodyLimits) {}

  /**
   * Reads the body of a request; asks for it first where it is held back.
   *
   * @param sender whose bodies count together
   * @throws DomainError `payload_too_large`; `service_unavailable` when it gives way to others
   */
  async read(request: IncomingMessage, sender: string): Promise<Buffer> {
    const { bodyBytes } = this.limits;
    if (Number(request.headers['content-length']) > bodyBytes) throw tooLarge(bodyBytes);
    askForBody(request);
    return new Promise((resolve, reject) => {
      const body = new GrowingBuffer();
      const stop = (): void => {
        request.removeListener('data', onData).removeListener('end', onEnd).removeListener('close', onClose);
        this.leave(unfinished);
      };
      const refuse = (error: DomainError): void => {
        stop();
        // What still comes waits until the refusal has been sent, and is dropped then.
        request.pause();
        reject(error);
      };
      const onData = (chunk: Buffer): void => {
        if (body.length + chunk.length > bodyBytes) {
          refuse(tooLarge(bodyBytes));
          return;
        }
        body.append(chunk);
        this.grow(unfinished, chunk.length);
      };
      const onEnd = (): void => {
        stop();
        resolve(body.take());
      };
      const onClose = (): void => refuse(malformed('body', 'did not come to its end'));
      const unfinished: Unfinished = { sender, startedAt: performance.now(), bytes: 0, refuse };
      this.all.add(unfinished);
      // What ends it early is an error first, and the close follows.
      request.on('error', ignore).on('data', onData).on('end', onEnd).on('close', onClose);
    });
  }

  private grow(body: Unfinished, bytes: number): void {
    body.bytes += bytes;
    this.total += bytes;
    const { sender } = body;
    this.bySender.set(sender, (this.bySender.get(sender) ?? 0) + bytes);
    this.makeRoom(
      body,
      (each) => each.sender === sender,
      () => this.bySender.get(sender)! > this.limits.perSender,
    );
    this.makeRoom(
      body,
      () => true,
      () => this.total > this.limits.total,
    );
  }

  private makeRoom(last: Unfinished, isConcerned: (body: Unfinished) => boolean, isTooMuch: () => boolean): void {
    if (!this.all.has(last) || !isTooMuch()) return;
    const slowSince = performance.now() - SLOW_AFTER_MS;
    for (const body of this.all) {
      if (body.startedAt > slowSince) break;
      if (!isConcerned(body)) continue;
      body.refuse(gaveWay());
      if (!isTooMuch()) return;
    }
    if (this.all.has(last)) last.refuse(gaveWay());
  }

  private leave(body: Unfinished): void {
    if (!this.all.delete(body)) return;
    this.total -= body.bytes;
    const left = (this.bySender.get(body.sender) ?? 0) - body.bytes;
    if (left > 0) this.bySender.set(body.sender, left);
    else this.bySender.delete(body.sender);
  }
}

/** However small the pieces are in which it comes, it takes at most twice its size. */
class GrowingBuffer {
  length = 0;
  private bytes: Buffer | undefined;

  append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.bytes === undefined) {
      this.bytes = chunk;
    } else {
      if (length > this.bytes.length) {
        const larger = Buffer.allocUnsafeSlow(2 * length);
        this.bytes.copy(larger, 0, 0, this.length);
        this.bytes = larger;
      }
      chunk.copy(this.bytes, this.length);
    }
    this.length = length;
  }

  take(): Buffer {
    return this.bytes?.subarray(0, this.length) ?? Buffer.alloc(0);
  }
}

const ignore = (): void => undefined;

const gaveWay = (): DomainError =>
  new DomainError('service_unavailable', {
    detail: 'Too many bodies that come slowly are under way; send this one again.',
    retryAfterS: 1,
  });
