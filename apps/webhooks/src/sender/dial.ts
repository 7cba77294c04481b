import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type Answer, KEPT_BYTES } from './answer.js';
import { describeFailure, DeadlinePassed } from './dial.failure.js';
import type { TargetGuard } from './target-guard.js';

/** One request to be made. */
export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface DialOptions {
  /** For look-up, connecting, TLS, headers and body together. */
  readonly deadlineMs?: number;
  /** Certificates (PEM) to trust beside those of Node, for instance an operator's own. */
  readonly ca?: string;
  /**
   * A proxy by which requests go, through a tunnel (RFC 9110, section 9.3.6). It looks hosts up itself, so what the guard sees of them beforehand is
   * a check and no proof: the proxy has to refuse addresses that are not public.
   */
  readonly proxyUrl?: string | undefined;
}

export const DEADLINE_MS = 15_000;
/** How much of an answer is read before the connection is cut. */
const READ_MAX_BYTES = 64 * 1024;
const HEADERS_MAX_BYTES = 16 * 1024;
/** Shorter than the keep-alive of common servers, so that no request uses a connection that is being closed. */
const IDLE_MS = 4_000;
const IDLE_MAX_MS = 10_000;

/**
 * Makes requests to untrusted hosts. It follows no redirects and asks for neither HTTP/2 nor compression. No answer, however
 * long, slow or broken, takes more than the deadline and some 64 KiB.
 */
export class Dialer {
  private readonly agent: Dispatcher;
  private readonly isProxied: boolean;
  private readonly deadlineMs: number;

  constructor(
    private readonly guard: TargetGuard,
    { deadlineMs = DEADLINE_MS, ca, proxyUrl }: DialOptions = {},
  ) {
    this.deadlineMs = deadlineMs;
    this.isProxied = proxyUrl !== undefined;
    const tls = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
    const options = {
      connectTimeout: deadlineMs,
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: HEADERS_MAX_BYTES,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MAX_MS,
      // The deadline is for all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.agent =
      proxyUrl === undefined
        ? new Agent({ ...options, connect: { ...tls, lookup: guard.lookup } })
        : new ProxyAgent({ ...options, uri: proxyUrl, requestTls: tls, proxyTunnel: true });
  }

  /** POSTs, and always comes back with an {@link Answer}, within the deadline. */
  post({ url, headers, body }: Outgoing): Promise<Answer> {
    return new Promise((resolve) => {
      const exchange = new Exchange(this.deadlineMs, resolve);
      const send = (): void => {
        const { origin, pathname, search } = this.guard.parse(url);
        this.agent.dispatch({ origin, path: pathname + search, method: 'POST', headers, body }, exchange);
      };
      try {
        if (this.isProxied)
          this.guard
            .assertAllowed(url)
            .then(send)
            .catch((error: unknown) => exchange.end(error));
        else send();
      } catch (error) {
        exchange.end(error);
      }
    });
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | undefined;
  private isOver = false;
  private sentAt: number | undefined;
  private status: number | undefined;
  private retryAfter: string | undefined;
  private readonly kept: Buffer[] = [];
  private readBytes = 0;

  constructor(
    private readonly deadlineMs: number,
    private readonly settle: (answer: Answer) => void,
  ) {
    this.timer = setTimeout(() => this.end(new DeadlinePassed(this.deadlineMs)), this.deadlineMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // The connection came after the deadline: nothing may be sent any more.
    if (this.isOver) controller.abort(new DeadlinePassed(this.deadlineMs));
    else this.sentAt = performance.now();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // An informational answer, such as 103, comes before the real one.
    if (status < 200) return;
    this.status = status;
    // A header that is sent twice is a list, whatever the types say.
    [this.retryAfter] = [headers['retry-after']].flat();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const missing = KEPT_BYTES - this.readBytes;
    // A copy: the chunk is a window on a much larger buffer.
    if (missing > 0) this.kept.push(Buffer.from(chunk.subarray(0, missing)));
    this.readBytes += chunk.length;
    if (this.readBytes > READ_MAX_BYTES) this.end();
  }

  onResponseEnd(): void {
    this.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.end(error);
  }

  /** Settles once, and cuts the connection if it is still at work. */
  end(error?: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.settle({
      status: this.status,
      retryAfter: this.retryAfter,
      body: this.status === undefined ? undefined : Buffer.concat(this.kept),
      failure: error === undefined ? undefined : describeFailure(error),
      sentAt: this.sentAt,
      latencyMs: Math.round(performance.now() - this.startedAt),
    });
    this.controller?.abort(new Error('over'));
  }
}
