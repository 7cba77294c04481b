import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * On whose behalf a command runs. It travels in the message's headers, never inside the payload.
 */
export interface Call {
  /** The account that everything read or written must belong to; empty for operators' commands. */
  readonly accountId: string;
  /** The API token that asked, or `operator`. */
  readonly actorId: string;
  readonly requestId: string;
  /** W3C trace context, handed on as it came. */
  readonly traceparent?: string;
}

const current = new AsyncLocalStorage<Call>();

/** Runs `work` so that every log line it causes carries the call's ids. */
export const runInCall = <Result>(call: Call, work: () => Result): Result => current.run(call, work);

/** The call being handled, if any. */
export const currentCall = (): Call | undefined => current.getStore();
