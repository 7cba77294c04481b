import { type Answer, type Call, toAnswer, toCall } from './call.js';
import { ConnectionError, errorOf, UnexpectedAnswerError } from './errors.js';
import { List, type Page } from './list.js';
import type { ChangeOptions, Options, PutOptions } from './options.js';
import { search } from './path.js';
import { delayMs, type RetryOptions, sleep } from './retry.js';

/** Whom a client speaks to, and as whom. */
export interface ClientOptions extends Partial<RetryOptions> {
  /** Where the API is, its path included: `https://ats.example.com/ats/api/v1`. */
  baseUrl: string;
  /** An API token: `nxv_live_…`. */
  token: string;
  /** Greatest time of one try, in milliseconds. */
  timeoutMs?: number;
  /** Instead of the platform's own. */
  fetch?: typeof fetch;
}

type Sent = ChangeOptions & PutOptions;

/** Sends requests, and sends them again where that helps. */
export class Http {
  readonly #options: Required<ClientOptions>;

  constructor(options: ClientOptions) {
    if (!/^https?:\/\/./.test(options.baseUrl)) throw new TypeError(`not a URL of an API: ${options.baseUrl}`);
    if (!options.token) throw new TypeError('token is missing');
    // Browsers call their own fetch as a function of the window only.
    const ours = { timeoutMs: 30_000, maxRetries: 5, maxWaitMs: 65_000, fetch: fetch.bind(globalThis) };
    this.#options = { ...ours, ...options, baseUrl: options.baseUrl.replace(/\/+$/, '') };
  }

  send<Data>(method: string, path: string, options: Sent = {}, body?: unknown, query: object = {}): Call<Data> {
    const { idempotencyKey = newKey(), ifMatch, ifNoneMatch } = options;
    const isKeyed = method === 'POST' || method === 'PATCH';
    const request = {
      method,
      headers: {
        authorization: `Bearer ${this.#options.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(isKeyed && { 'idempotency-key': idempotencyKey }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(ifNoneMatch && { 'if-none-match': ifNoneMatch }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // An error would do, but Workers know none: a token is for the API alone.
      redirect: 'manual' as const,
    };
    return toCall(this.#sendUntilAnswered<Data>(this.#options.baseUrl + path + search(query), request, options));
  }

  list<Item, PageOf extends Page<Item>>(
    path: string,
    query: object,
    isByCursor: boolean,
    options?: Options,
  ): List<Item, PageOf> {
    return new List((asked) => this.send('GET', path + asked, options), query, isByCursor);
  }

  async #sendUntilAnswered<Data>(url: string, request: RequestInit, options: Options): Promise<Answer<Data>> {
    const { maxRetries, maxWaitMs } = this.#options;
    for (let attempt = 0, waitedMs = 0; ; attempt++) {
      try {
        return await this.#sendOnce<Data>(url, request, options);
      } catch (error) {
        const waitMs = delayMs(error, attempt, maxRetries);
        if (waitMs === undefined || waitedMs + waitMs > maxWaitMs) throw error;
        waitedMs += waitMs;
        await sleep(waitMs, options.signal);
      }
    }
  }

  async #sendOnce<Data>(url: string, request: RequestInit, options: Options): Promise<Answer<Data>> {
    const { signal, timeoutMs = this.#options.timeoutMs } = options;
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    let response: Response;
    let text: string;
    try {
      response = await this.#options.fetch(url, { ...request, signal: either });
      text = await response.text();
    } catch (cause) {
      signal?.throwIfAborted();
      const why = timeout.aborted ? `no answer within ${timeoutMs} ms` : 'the connection failed';
      throw new ConnectionError(`${request.method} ${url}: ${why}`, { cause });
    }
    if (response.ok) return toAnswer(response, parsed<Data>(url, text));
    const isRedirect = response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400);
    if (isRedirect) throw new UnexpectedAnswerError(`${url} redirects: is baseUrl that of the API?`);
    throw errorOf(response, text);
  }
}

function parsed<Data>(url: string, text: string): Data {
  try {
    return JSON.parse(text) as Data;
  } catch (cause) {
    throw new UnexpectedAnswerError(`${url} answers no JSON: is baseUrl that of the API?`, { cause });
  }
}

/** Random like a UUID; `randomUUID` is not there on pages over plain http. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
