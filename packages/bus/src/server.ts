import { setTimeout as delay } from 'node:timers/promises';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { type Msg, type Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { lastValueFrom, isObservable } from 'rxjs';
import { Busy } from './busy.js';
import type { CommandObserver } from './command-observer.js';
import type { BusConnection } from './connection.js';
import {
  commandIdOf,
  deadlineOf,
  decodeContext,
  encodeError,
  encodeReply,
  GIVEN_UP,
  isProbe,
  isTooLarge,
  readHeaders,
  type ReceivedHeaders,
} from './wire.js';
import { type RequestContext, runInContext } from './context.js';
import { DomainError } from './domain-error.js';
import { Reply } from './reply.js';
import { faultOf, startSpan } from './tracing.js';
import { TravelTime } from './travel-time.js';
import type { Unavailability } from './unavailability.js';

/** What a service does for a command. */
type Handler = (data: unknown, context: RequestContext) => Promise<unknown>;

/** What the bus needs to know of what a service keeps its data in. */
interface Store {
  /** Whether an error means that it cannot be reached, or has too much to do. */
  unavailability(error: unknown): Unavailability | undefined;
  /** What an error of its means to the caller, where it is an answer and no fault. */
  refusalOf(error: unknown): DomainError | undefined;
}

const RETRY_AFTER_MS = 250;

/**
 * Nest's side of the bus: one subscription per command, in the service's queue group, so that any number of replicas share
 * the load. It differs from Nest's own NATS server in what a rolling restart needs: `close` stops taking messages, then
 * finishes and answers all that it took.
 *
 * What its caller has given up on is not begun, and ended where it says so. Of more commands than `atOnce`, or more than half of them from one account, the rest
 * is refused with `service_unavailable` at once.
 */
export class BusServer extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  /** Commands under way, by account. */
  private readonly ofAccount = new Map<string, number>();
  /** Commands under way that their senders may give up, by id. */
  private readonly endable = new Map<string, AbortController>();
  private readonly travelTime = new TravelTime();

  constructor(
    private readonly connection: BusConnection,
    private readonly queue: string,
    private readonly log: Logger,
    private readonly store: Store,
    private readonly atOnce: number,
    private readonly observer?: CommandObserver,
  ) {
    super();
  }

  /** How many commands are under way. */
  get underWay(): number {
    return this.inFlight.size;
  }

  listen(callback: (error?: unknown) => void): void {
    for (const [subject, handler] of this.messageHandlers) {
      this.subscriptions.push(
        this.connection.nats.subscribe(this.connection.names.subject(subject), {
          queue: this.queue,
          callback: (error, message) => {
            if (error) {
              this.log.error({ err: error, subject }, 'bus: subscription failed');
              return;
            }
            const headers = readHeaders(message.headers);
            if (isProbe(headers)) message.respond();
            else this.take(subject, handler, message, headers);
          },
        }),
      );
    }
    // Of all replicas: nobody but the one that has the command knows its id.
    this.subscriptions.push(
      this.connection.nats.subscribe(this.connection.names.subject(`${this.queue}.${GIVEN_UP}`), {
        callback: (error, message) => {
          if (!error) this.endable.get(message.string())?.abort();
        },
      }),
    );
    // Only after the server has seen the subscriptions may the service call itself ready.
    this.subscribed().then(() => callback(), callback);
  }

  /** A bus that goes away meanwhile learns of the subscriptions when it is back. */
  private async subscribed(): Promise<void> {
    const { nats } = this.connection;
    for (;;) {
      try {
        await nats.flush();
        return;
      } catch (error) {
        if (nats.isClosed()) throw error;
        this.log.warn({ err: error }, 'bus: not reached while subscribing; trying on');
        await delay(RETRY_AFTER_MS);
      }
    }
  }

  async close(): Promise<void> {
    if (this.connection.isConnected) {
      await Promise.allSettled(this.subscriptions.map((subscription) => subscription.drain()));
    }
    while (this.inFlight.size > 0) await Promise.allSettled(this.inFlight);
    if (this.connection.isConnected) await this.connection.nats.flush();
  }

  on(): never {
    throw new Error('The bus has no events to listen to; use the connection.');
  }

  unwrap<Client>(): Client {
    return this.connection.nats as Client;
  }

  private take(subject: string, handler: Handler, message: Msg, headers: ReceivedHeaders): void {
    // A reply that can no longer be sent is no reason for the process to end: nobody would catch it here.
    const work = this.answer(subject, handler, message, headers)
      .catch((error: unknown) => this.log.error({ err: error, subject: message.subject }, 'bus: reply failed'))
      .finally(() => this.inFlight.delete(work));
    this.inFlight.add(work);
  }

  private async answer(subject: string, handler: Handler, message: Msg, headers: ReceivedHeaders): Promise<void> {
    const deadline = deadlineOf(headers, message, this.travelTime);
    const commandId = commandIdOf(headers);
    const ending = commandId === undefined ? undefined : new AbortController();
    const asked = decodeContext(headers);
    const span = startSpan(
      {
        kind: 'server',
        name: subject,
        attributes: {
          'rpc.system.name': 'nats',
          'rpc.method': subject,
          'nexivohr.account_id': asked.accountId,
          'nexivohr.request_id': asked.requestId,
        },
      },
      asked.traceparent,
    );
    const context = {
      ...asked,
      ...(span && { traceparent: span.traceparent }),
      ...(deadline !== undefined && { deadline }),
      ...(ending && { signal: ending.signal }),
    };
    if (ending) this.endable.set(commandId!, ending);
    await runInContext(context, async () => {
      const startedAt = performance.now();
      let outcome = 'ok';
      try {
        const reply = await this.handle(handler, message, context);
        this.respond(message, reply);
        if (reply.isReplay) outcome = 'replay';
      } catch (thrown) {
        const error = this.toDomainError(thrown);
        outcome = error.code;
        const encoded = encodeError(error);
        message.respond(encoded.payload, { headers: encoded.headers });
      } finally {
        if (commandId !== undefined) this.endable.delete(commandId);
      }
      const ms = performance.now() - startedAt;
      this.observer?.ended(subject, outcome, ms);
      span?.end({ 'nexivohr.outcome': outcome }, faultOf(outcome));
      this.log.info({ subject: message.subject, outcome, ms: Math.round(ms) }, 'command');
    });
  }

  private async handle(handler: Handler, message: Msg, context: RequestContext): Promise<Reply<unknown>> {
    if (context.deadline !== undefined && context.deadline <= performance.now()) {
      throw new DomainError('service_timeout', { detail: `The ${this.queue} service got the request too late.` });
    }
    const { accountId } = context;
    const others = this.ofAccount.get(accountId) ?? 0;
    if (this.inFlight.size >= this.atOnce || others >= this.atOnce / 2) {
      throw new Busy(`The ${this.queue} service has as many requests as it takes at once.`);
    }
    this.ofAccount.set(accountId, others + 1);
    try {
      const result = await handler(message.json(), context);
      const value: unknown = isObservable(result) ? await lastValueFrom(result) : result;
      return value instanceof Reply ? value : new Reply(value);
    } finally {
      const left = this.ofAccount.get(accountId)! - 1;
      if (left > 0) this.ofAccount.set(accountId, left);
      else this.ofAccount.delete(accountId);
    }
  }

  private respond(message: Msg, reply: Reply<unknown>): void {
    const { payload, headers } = encodeReply(reply);
    try {
      message.respond(payload, headers && { headers });
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      throw new DomainError('response_too_large', {
        errors: [{ field: 'per_page', code: 'response_too_large', message: 'ask for fewer items per page' }],
      });
    }
  }

  private toDomainError(thrown: unknown): DomainError {
    const refusal = thrown instanceof DomainError ? thrown : this.store.refusalOf(thrown);
    if (refusal) return refusal;
    const unavailability = this.store.unavailability(thrown);
    if (unavailability) {
      this.log.warn({ err: thrown }, `database: ${unavailability}`);
      return new DomainError('service_unavailable', { retryAfterS: 1 });
    }
    this.log.error({ err: thrown }, 'command failed');
    return new DomainError('internal_error');
  }
}
