import type { AttemptError } from '@nexivo/contracts/deliveries';

/** How much of an answer is read, headers and all, before its connection is cut. */
export const ANSWER_MAX_BYTES = 64 * 1024;
/** How much of an answer's body is kept. */
export const KEPT_BYTES = 2 * 1024;

/** What came of a request. */
export interface Answer {
  /** Nothing if there was no answer, or it broke off in its headers. */
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  /** The first {@link KEPT_BYTES} of the body. */
  readonly body: Buffer | undefined;
  /** Why the request has failed, whatever the status is. */
  readonly failure: Failure | undefined;
  /** When the request's first byte was handed to a connection, by `performance.now()`; nothing if none was. */
  readonly sentAt: number | undefined;
  /** Until the answer was complete or given up. */
  readonly latencyMs: number;
}

/** Why a request failed: a stable code for programs, and the same for people. */
export interface Failure {
  readonly code: Exclude<AttemptError, 'http_status' | 'redirect_not_followed'>;
  readonly detail: string;
}
