import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from '@nexivo/contracts/accounts';
import type { Principal } from '@nexivo/contracts/principal';

/** What is known of work wherever it goes on: log lines are told apart by it, and waiting and statements end by it. */
export interface WorkContext {
  /** The account that everything read or written must belong to; empty for operators' commands. */
  readonly accountId: string;
  readonly requestId: string;
  /** When whoever asked gives up, by this process's `performance.now()`. Absent where nobody waits. */
  readonly deadline?: number;
  /** Aborted when whoever asked has gone before. Absent where that is not looked for. */
  readonly signal?: AbortSignal;
  /** W3C trace context of what is caused: of the span that is under way, or as it came where none is recorded. */
  readonly traceparent?: string;
}

/** On whose behalf a command runs. It travels in the message's headers, never inside the payload. */
export interface RequestContext extends WorkContext {
  /** Who asked. */
  readonly principal: Principal;
  /** What whoever asked may do. Absent where no gateway asks, or one of a release up to 0.1: then nothing is kept back. */
  readonly scopes?: readonly Scope[];
  /** Where an operator's command came from, as the bus sees it. */
  readonly address?: string;
  /** Under which the answer to this write is kept. For the service that is asked, and not for those that it asks. */
  readonly idempotencyKey?: string;
  /** Versions of which the row must have one for this write to happen; `*` is any. Not handed on either. */
  readonly ifMatch?: '*' | readonly number[];
  /** This write is to create a row, and to change none that is there. Not handed on either. */
  readonly ifNoneMatch?: '*';
}

const current = new AsyncLocalStorage<WorkContext>();

/** Runs `work` so that every log line it causes carries the ids of the context, and its statements end by the deadline or with the signal. */
export const runInContext = <Result>(context: WorkContext, work: () => Result): Result => current.run(context, work);

/** The context of what is being handled, if any. */
export const currentContext = (): WorkContext | undefined => current.getStore();

/** How long somebody waits of whom nobody has said how long: no longer than a statement may take. */
const LONGEST_WAIT_MS = 10_000;

/** How long whoever asked for what is being handled still waits for it, in ms; negative if no longer. */
export const timeLeftMs = ({ deadline }: { deadline?: number } = currentContext() ?? {}): number =>
  deadline === undefined ? LONGEST_WAIT_MS : deadline - performance.now();
