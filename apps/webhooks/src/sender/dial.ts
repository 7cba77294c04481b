import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { ANSWER_MAX_BYTES, type Answer, KEPT_BYTES } from './answer.js';
import { asOutOfResources, describeFailure, DeadlinePassed, type OutOfResources } from './dial.failure.js';
import { AnswerTooLarge, Connector, strictTls } from './connector.js';
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
/** How many informational answers may precede the real one: they are short, and each costs as much as a real one to read. */
const ANNOUNCEMENTS_MAX = 16;
/** What comes by a proxy is counted nowhere else before the body. */
const HEADERS_BY_PROXY_MAX_BYTES = 16 * 1024;
/**
 * More than is read before the connection is cut. Beyond its bound undici makes an error with its stack of each header that was read along:
 * of eight thousand of them, a fifth of a second.
 */
const HEADERS_MAX_BYTES = 4 * ANSWER_MAX_BYTES;
/** Shorter than the keep-alive of common servers, so that no request uses a connection that is being closed. */
const IDLE_MS = 4_000;
const IDLE_MAX_MS = 10_000;

/**
 * Makes requests to untrusted hosts. It follows no redirects, asks for neither HTTP/2 nor compression, and unpacks nothing. No
 * answer, however long, slow or broken, takes more than the deadline and some 64 KiB.
 */
export class Dialer {
  private readonly agent: Dispatcher;
  private readonly connector: Connector;
  private readonly isProxied: boolean;
  private readonly deadlineMs: number;

  constructor(
    private readonly guard: TargetGuard,
    { deadlineMs = DEADLINE_MS, ca, proxyUrl }: DialOptions = {},
  ) {
    this.deadlineMs = deadlineMs;
    this.connector = new Connector({ lookup: guard.lookup, timeoutMs: deadlineMs, ca });
    this.isProxied = proxyUrl !== undefined;
    const options = {
      connectTimeout: deadlineMs,
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: proxyUrl === undefined ? HEADERS_MAX_BYTES : HEADERS_BY_PROXY_MAX_BYTES,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MAX_MS,
      // The deadline is for all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.agent =
      proxyUrl === undefined
        ? new Agent({ ...options, connect: this.connector.connect })
        : new ProxyAgent({ ...options, uri: proxyUrl, requestTls: strictTls(ca), proxyTunnel: true });
  }

  /**
   * POSTs, and comes back with an {@link Answer}, within the deadline.
   *
   * @throws OutOfResources when nothing was sent, for a reason of this machine's
   */
  post({ url, headers, body }: Outgoing): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(this.deadlineMs, resolve, reject);
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
    this.connector.close();
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
  private bodyBytes = 0;
  private announcements = 0;

  constructor(
    private readonly deadlineMs: number,
    private readonly settle: (answer: Answer) => void,
    private readonly fail: (error: OutOfResources) => void,
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
    // What has been read of a connection is parsed to its end, though it is cut: a thousand more of these, perhaps.
    if (this.isOver) return;
    // An informational answer, such as 103, comes before the real one.
    if (status < 200) {
      if (++this.announcements > ANNOUNCEMENTS_MAX) {
        this.end(new AnswerTooLarge(`${ANNOUNCEMENTS_MAX} informational answers`));
      }
      return;
    }
    this.status = status;
    // A header that is sent twice is a list, whatever the types say.
    [this.retryAfter] = [headers['retry-after']].flat();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    const missing = KEPT_BYTES - this.bodyBytes;
    // A copy: the chunk is a window on a much larger buffer.
    if (missing > 0) this.kept.push(Buffer.from(chunk.subarray(0, missing)));
    this.bodyBytes += chunk.length;
    // What comes by a proxy is counted nowhere else.
    if (this.bodyBytes > ANSWER_MAX_BYTES) this.end(new AnswerTooLarge());
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
    const fault = this.sentAt === undefined ? asOutOfResources(error) : undefined;
    if (fault) return this.fail(fault);
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
