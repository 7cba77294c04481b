import type { AttemptError } from '@nexivo/contracts/deliveries';
import { ANSWER_MAX_BYTES, type Answer, KEPT_BYTES } from '../sender/answer.js';
import { verdictOf } from './endpoint-health.js';
import type { Outcome } from './queue.types.js';
import { nextAttemptInMs, parseRetryAfter, type Random } from './schedule.js';

/**
 * Decides what comes after an attempt. Success is a complete answer, or the first 64 KiB of one, with a status of 2xx.
 *
 * @param attempts made before in this round of the schedule
 * @param at when the attempt began
 * @param now when it was over
 */
export function outcomeOf(
  attempts: number,
  answer: Answer,
  { at, now, random }: { at: Date; now: Date; random: Random },
): Outcome {
  const { status, failure, body } = answer;
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
  const isSuccess = status !== undefined && status >= 200 && status < 300;
  const isCut =
    failure?.code === 'response_too_large' || (failure?.code === 'response_headers_too_large' && status === undefined);
  // A 2xx that broke off is no success, unless we broke it off. Any other status is trusted even if the answer broke off.
  const verdict = verdictOf(failure && isSuccess && !isCut ? undefined : status, retryAfterMs, isCut);
  const { code, detail } =
    isCut && status !== undefined
      ? cut(status, isSuccess)
      : (failure ?? (isSuccess ? undefined : refusal(status!)) ?? {});
  const attempt = {
    at,
    statusCode: status,
    latencyMs: answer.latencyMs,
    responseBody: body && readable(body),
    error: code,
    errorDetail: detail,
  };
  if (verdict.kind === 'success') return { status: 'succeeded', dueInMs: undefined, verdict, attempt };
  const dueInMs = verdict.kind === 'gone' ? undefined : nextAttemptInMs(attempts + 1, retryAfterMs, random);
  return { status: dueInMs === undefined ? 'failed' : 'pending', dueInMs, verdict, attempt };
}

/** Of a delivery whose event is no longer kept: there is nothing to send, now or later. */
export const unsentOutcome = (at: Date): Outcome => ({
  status: 'failed',
  dueInMs: undefined,
  verdict: { kind: 'unsent' },
  attempt: {
    at,
    statusCode: undefined,
    latencyMs: 0,
    responseBody: undefined,
    error: 'event_expired',
    errorDetail: 'the event is no longer kept, and nothing was sent',
  },
});

interface Reason {
  readonly code?: AttemptError | undefined;
  readonly detail?: string | undefined;
}

/** An answer that was cut, but whose status had come before. */
function cut(status: number, isSuccess: boolean): Reason {
  const { code, detail } = isSuccess ? { code: undefined, detail: `answered ${status}` } : refusal(status);
  return { code, detail: `${detail}; the connection was cut after ${ANSWER_MAX_BYTES / 1_024} KiB` };
}

const refusal = (status: number): Required<Reason> =>
  status >= 300 && status < 400
    ? { code: 'redirect_not_followed', detail: `answered ${status}, and redirects are not followed` }
    : { code: 'http_status', detail: `answered ${status}` };

/** Bytes as text that Postgres takes: without NUL, and without half a character at the end of what was cut. */
const readable = (bytes: Buffer): string =>
  new TextDecoder().decode(bytes, { stream: bytes.length === KEPT_BYTES }).replaceAll('\0', '\uFFFD');
