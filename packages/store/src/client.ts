import { connect } from 'node:net';
import { currentContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { isTraced, type OpenSpan, startSpan } from '@nexivo/bus/tracing';
import pg from 'pg';
import { summaryOf } from './statement-summary.js';

/** How long a statement may take to end after it was cancelled, before its connection is given up. */
const CANCELLED_WITHIN_MS = 1_000;
/** PostgreSQL's error code of a statement that was cancelled. */
const QUERY_CANCELED = '57014';

/** Of a request that is given up, for its caller waits no longer. */
class TooLate extends DomainError {
  constructor(cause?: unknown) {
    super('service_timeout', { detail: 'The request took too long and was given up.', cause });
  }
}

/** As much of node-postgres' client as its types do not tell. */
interface Wire {
  readonly host: string;
  readonly port: number;
  readonly processID: number;
  readonly secretKey: number;
  readonly connection: { readonly stream: { cork(): void; uncork(): void; destroy(): void } };
}

/**
 * A connection that ends what nobody waits for, and that may be lost.
 *
 * Each statement of a command ends by the command's deadline, or when its caller has gone: the server is asked to cancel it (PostgreSQL, "Canceling Requests in
 * Progress"), which costs nothing as long as it is not needed, unlike a `statement_timeout` set anew each time. A statement that would
 * begin behind the deadline is not begun; the end of a transaction always is.
 *
 * What is sent in one turn of the event loop is written at once, and does not wait for the answers to what is before it (PostgreSQL, "Pipelining"): the begin of a
 * transaction goes with its first statement, and the last one with the commit, see {@link sendIn}.
 *
 * It may be lost at any moment: its next statement fails, and that is all. Without a listener, its error would end the process. TypeORM
 * listens only a turn after it was given the connection, and misses the error of a server that greets and ends in the same breath, as
 * one does that is being restarted.
 */
export class ResilientClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, pipeline: true });
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...statement: unknown[]) => unknown;
    const send = (...statement: unknown[]): unknown => {
      const { stream } = (this as unknown as Wire).connection;
      stream.cork();
      process.nextTick(() => stream.uncork());
      return query(...statement);
    };
    this.query = ((...statement: unknown[]) => {
      if (statement[0] === BEGIN) return this.begin(send(BEGIN) as Promise<unknown>);
      const { deadline, signal, traceparent } = currentContext() ?? {};
      const trace = isTraced(traceparent) ? traced(traceparent, send) : send;
      if (deadline === undefined || isEnd(statement[0])) return trace(...statement);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || signal?.aborted) return Promise.reject(new TooLate());
      const result = trace(...statement);
      return isPromise(result) ? this.endBy(leftMs, signal, result) : result;
    }) as pg.Client['query'];
  }

  /** Nobody waits for it. Should it fail, what was sent behind it must not be committed piece by piece. */
  private begin(begun: Promise<unknown>): Promise<{ rows: [] }> {
    begun.catch(() => (this as unknown as Wire).connection.stream.destroy());
    return Promise.resolve({ rows: [] });
  }

  private async endBy<Result>(
    leftMs: number,
    signal: AbortSignal | undefined,
    running: Promise<Result>,
  ): Promise<Result> {
    let ended: Promise<void> | undefined;
    const end = (): void => {
      ended ??= this.cancel(running);
    };
    const timer = setTimeout(end, leftMs);
    signal?.addEventListener('abort', end);
    try {
      return await running;
    } catch (error) {
      throw ended && (error as { code?: unknown }).code === QUERY_CANCELED ? new TooLate(error) : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      // The request to cancel is about whatever the connection does when it arrives: nothing else may begin before.
      await ended;
    }
  }

  /** A server that does not hear, or does not end the statement, loses the connection. */
  private async cancel(running: Promise<unknown>): Promise<void> {
    const { connection } = this as unknown as Wire;
    const timer = setTimeout(() => connection.stream.destroy(), CANCELLED_WITHIN_MS);
    await Promise.allSettled([this.requestCancel(), running]);
    clearTimeout(timer);
  }

  private requestCancel(): Promise<void> {
    const { host, port, processID, secretKey } = this as unknown as Wire;
    const message = Buffer.alloc(16);
    for (const [index, value] of [16, CANCEL_REQUEST, processID, secretKey].entries()) {
      message.writeInt32BE(value, index * 4);
    }
    return new Promise((resolve) => {
      const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
      socket.setTimeout(CANCELLED_WITHIN_MS, () => socket.destroy());
      // The server closes the connection when it has told the other process.
      socket.on('connect', () => socket.end(message));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
    });
  }
}

/** The code of a CancelRequest (PostgreSQL, "Message Formats"). */
const CANCEL_REQUEST = 80_877_102;

type Send = (...statement: unknown[]) => unknown;

/** Sends a statement as a span of a trace, from its sending to its answer. What has a callback has none. */
const traced =
  (traceparent: string, send: Send): Send =>
  (...statement) => {
    const result = send(...statement);
    if (!isPromise(result)) return result;
    const { operation, table } = summaryOf(textOf(statement[0]));
    const summary = table === undefined ? operation : `${operation} ${table}`;
    const span = startSpan(
      {
        kind: 'client',
        name: summary,
        attributes: {
          'db.system.name': 'postgresql',
          'db.operation.name': operation,
          'db.query.summary': summary,
          ...(table !== undefined && { 'db.collection.name': table }),
        },
      },
      traceparent,
    );
    if (span) endWith(span, result);
    return result;
  };

const textOf = (statement: unknown): string =>
  typeof statement === 'string' ? statement : ((statement as { text?: string }).text ?? '');

/** Of an error the span has Postgres' code, or the name of its class: a message may quote a row. */
function endWith(span: OpenSpan, answer: Promise<unknown>): void {
  answer.then(
    () => span.end(),
    (error: Error & { code?: unknown }) => span.end({}, typeof error.code === 'string' ? error.code : error.name),
  );
}

/** Neither a callback nor a query object is bounded here. */
const isPromise = (result: unknown): result is Promise<unknown> =>
  typeof (result as Partial<Promise<unknown>> | undefined)?.then === 'function';

/** As TypeORM writes them. */
const BEGIN = 'START TRANSACTION';
const isEnd = (statement: unknown): boolean =>
  statement === 'COMMIT' || statement === 'ROLLBACK' || (statement as { isUnbounded?: boolean }).isUnbounded === true;
