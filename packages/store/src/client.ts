import { connect } from 'node:net';
import { currentContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import pg from 'pg';

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
  readonly connection: { readonly stream: { destroy(): void } };
}

/**
 * A connection that ends what nobody waits for, and that may be lost.
 *
 * Each statement of a command ends by the command's deadline: the server is asked to cancel it (PostgreSQL, "Canceling Requests in
 * Progress"), which costs nothing as long as it is not needed, unlike a `statement_timeout` set anew each time. A statement that would
 * begin behind the deadline is not begun; the end of a transaction always is.
 *
 * It may be lost at any moment: its next statement fails, and that is all. Without a listener, its error would end the process. TypeORM
 * listens only a turn after it was given the connection, and misses the error of a server that greets and ends in the same breath, as
 * one does that is being restarted.
 */
export class ResilientClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
    const send = this.query.bind(this) as (...statement: unknown[]) => unknown;
    this.query = ((...statement: unknown[]) => {
      const deadline = currentContext()?.deadline;
      if (deadline === undefined || isEnd(statement[0])) return send(...statement);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return Promise.reject(new TooLate());
      const result = send(...statement);
      return isPromise(result) ? this.endBy(leftMs, result) : result;
    }) as pg.Client['query'];
  }

  private async endBy<Result>(leftMs: number, running: Promise<Result>): Promise<Result> {
    let ended: Promise<void> | undefined;
    const timer = setTimeout(() => {
      ended = this.cancel(running);
    }, leftMs);
    try {
      return await running;
    } catch (error) {
      throw ended && (error as { code?: unknown }).code === QUERY_CANCELED ? new TooLate(error) : error;
    } finally {
      clearTimeout(timer);
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

/** Neither a callback nor a query object is bounded here. */
const isPromise = (result: unknown): result is Promise<unknown> =>
  typeof (result as Partial<Promise<unknown>> | undefined)?.then === 'function';

const isEnd = (statement: unknown): boolean => statement === 'COMMIT' || statement === 'ROLLBACK';
