import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * On whose behalf a command runs. It travels in the message's headers, never inside the payload.
 */
export interface Call {
  /** The account that everything read or written must belong to; empty for operators' commands. */
  readonly accountId: string;
  /** The API token that asked, or `operator:<user>@<host>`. */
  readonly actorId: string;
  /** Where an operator's command came from, as the bus sees it. */
  readonly address?: string;
  readonly requestId: string;
  /** W3C trace context, handed on as it came. */
  readonly traceparent?: string;
  /** Under which the answer to this write is kept. For the service that is asked, and not for those that it asks. */
  readonly idempotencyKey?: string;
  /** Versions of which the row must have one for this write to happen; `*` is any. Not handed on either. */
  readonly ifMatch?: '*' | readonly number[];
}

const current = new AsyncLocalStorage<Call>();

/** Runs `work` so that every log line it causes carries the call's ids. */
export const runInCall = <Result>(call: Call, work: () => Result): Result => current.run(call, work);

/** The call being handled, if any. */
export const currentCall = (): Call | undefined => current.getStore();
