const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long after an attempt has failed the next one is due. The first is due at once. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** How many attempts a round of the schedule has. */
export const ATTEMPTS_MAX = DELAYS_MS.length + 1;
/** The longest wait that a receiver may ask for. */
export const RETRY_AFTER_MAX_MS = DAY_MS;
/** Every wait is shorter or longer by up to this part, so that deliveries that fail together are not retried together. */
const JITTER = 0.2;

/** A number from 0 up to, but not including, 1. */
export type Random = () => number;

/** A wait, shorter or longer by up to 20 %. */
export const jittered = (ms: number, random: Random): number => Math.round(ms * (1 - JITTER + 2 * JITTER * random()));

/**
 * When to try again.
 *
 * @param attempts made in this round, the one that just failed included
 * @param retryAfterMs what the receiver asked for, see {@link parseRetryAfter}
 * @returns the wait from now in ms; nothing when that was the last attempt
 */
export function nextAttemptInMs(
  attempts: number,
  retryAfterMs: number | undefined,
  random: Random,
): number | undefined {
  const delayMs = DELAYS_MS[attempts - 1];
  if (delayMs === undefined) return undefined;
  return Math.max(jittered(delayMs, random), retryAfterMs ?? 0);
}

/** RFC 9110, section 5.6.7: the form in use, and the two that are obsolete but must be understood. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/**
 * Reads `Retry-After` (RFC 9110, section 10.2.3): seconds or a date.
 *
 * @returns the wait in ms, at most {@link RETRY_AFTER_MAX_MS}; nothing for what is neither, or over already
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND_MS : HTTP_DATE.test(text) ? dateOf(text) - now.getTime() : 0;
  return ms > 0 ? Math.min(ms, RETRY_AFTER_MAX_MS) : undefined;
}

/** The asctime form names no zone; it is GMT like the others. */
const dateOf = (text: string): number => Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
