import { setTimeout as delay } from 'node:timers/promises';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { type Msg, type Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { lastValueFrom, isObservable } from 'rxjs';
import type { BusConnection } from './connection.js';
import { decodeContext, encodeError, encodeReply, isProbe, isTooLarge } from './wire.js';
import { type RequestContext, runInContext } from './context.js';
import { DomainError } from './domain-error.js';
import { Reply } from './reply.js';

const RETRY_AFTER_MS = 250;

/**
 * Nest's side of the bus: one subscription per command, in the service's queue group, so that any number of replicas share
 * the load. It differs from Nest's own NATS server in what a rolling restart needs: `close` stops taking messages, then
 * finishes and answers all that it took.
 */
export class BusServer extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly inFlight = new Set<Promise<void>>();

  constructor(
    private readonly connection: BusConnection,
    private readonly queue: string,
    private readonly log: Logger,
    /** Whether an error means that what the service keeps its data in cannot be reached. */
    private readonly isStoreAway: (error: unknown) => boolean,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    for (const [subject, handler] of this.messageHandlers) {
      this.subscriptions.push(
        this.connection.nats.subscribe(subject, {
          queue: this.queue,
          callback: (error, message) => {
            if (error) this.log.error({ err: error, subject }, 'bus: subscription failed');
            else if (isProbe(message.headers)) message.respond();
            else this.take(handler, message);
          },
        }),
      );
    }
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

  private take(handler: (data: unknown, context: RequestContext) => Promise<unknown>, message: Msg): void {
    // A reply that can no longer be sent is no reason for the process to end: nobody would catch it here.
    const work = this.handle(handler, message)
      .catch((error: unknown) => this.log.error({ err: error, subject: message.subject }, 'bus: reply failed'))
      .finally(() => this.inFlight.delete(work));
    this.inFlight.add(work);
  }

  private async handle(
    handler: (data: unknown, context: RequestContext) => Promise<unknown>,
    message: Msg,
  ): Promise<void> {
    const context = decodeContext(message.headers);
    await runInContext(context, async () => {
      const startedAt = performance.now();
      let outcome = 'ok';
      try {
        const result = await handler(message.json(), context);
        const value: unknown = isObservable(result) ? await lastValueFrom(result) : result;
        const reply = value instanceof Reply ? value : new Reply(value);
        this.respond(message, reply);
        if (reply.isReplay) outcome = 'replay';
      } catch (thrown) {
        const error = this.toDomainError(thrown);
        outcome = error.code;
        const { payload, headers } = encodeError(error);
        message.respond(payload, { headers });
      }
      this.log.info({ subject: message.subject, outcome, ms: Math.round(performance.now() - startedAt) }, 'command');
    });
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
    if (thrown instanceof DomainError) return thrown;
    if (this.isStoreAway(thrown)) {
      this.log.warn({ err: thrown }, 'database: away');
      return new DomainError('service_unavailable', { retryAfterS: 1 });
    }
    this.log.error({ err: thrown }, 'command failed');
    return new DomainError('internal_error');
  }
}
