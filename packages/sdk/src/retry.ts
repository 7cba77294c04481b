import { ApiError, ConnectionError } from './errors.js';

/** How a client goes on after what may be over in a moment. */
export interface RetryOptions {
  /** How often a request is sent again after a lost answer or a fault of the server. */
  maxRetries: number;
  /** Greatest sum of the waiting between tries, in milliseconds: longer than a minute's quota takes, shorter than a day's. */
  maxWaitMs: number;
}

const FIRST_MS = 250;
const LONGEST_MS = 8_000;

/**
 * How long to wait before a request is sent again; `undefined` if that would help nothing. Each of them may be sent again: those that
 * would not have the same effect twice carry an idempotency key.
 *
 * @param attempt how often it was sent again
 */
export function delayMs(error: unknown, attempt: number, maxRetries: number): number | undefined {
  if (!(error instanceof ApiError || error instanceof ConnectionError)) return undefined;
  const { status = 0, retryAfterMs } = error as Partial<ApiError>;
  // A conflict passes only if the API says when; so does a quota, which nobody is to ask for in vain.
  if ([408, 409, 429, 503].includes(status) && retryAfterMs !== undefined) return retryAfterMs + Math.random() * 500;
  const mayPass = status === 0 || status === 408 || status === 429 || status >= 500;
  if (!mayPass || attempt >= maxRetries) return undefined;
  return Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS) * (0.5 + Math.random());
}

/** @throws the signal's reason, as soon as it is aborted */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
