import { Injectable } from '@nestjs/common';
import { errors as natsErrors, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import { BusConnection } from './connection.js';
import { decodeError, decodeReply, encodeContext, isTooLarge, probeHeaders, type RawReply } from './wire.js';
import type { RequestContext } from './context.js';
import { DomainError } from './domain-error.js';
import { TurnBatch } from './turn-batch.js';

/** How soon a client may try again when a service is away. */
const RETRY_AFTER_S = 1;
/** How long a reply may take before the client asks whether anyone still serves the command. */
const PROBE_AFTER_MS = 1_000;
const PROBE_TIMEOUT_MS = 500;

/**
 * Sends commands to the services that own them. Nothing is ever sent twice: whether a write that timed out took effect only
 * its sender can decide.
 *
 * Both ways throw a DomainError: the service's own; `service_unavailable` when nobody serves the command or the bus is away;
 * `service_timeout` when no reply came within the command's `timeoutMs`, or what is
 * left of the time of whoever asked for this; `payload_too_large` when the bus does not carry
 * messages of that size.
 */
@Injectable()
export class BusClient {
  private readonly batch = new TurnBatch();

  constructor(private readonly connection: BusConnection) {}

  /**
   * Asks for what the caller needs itself, and answers with the body. The conditions of the caller's own write (idempotency
   * key, `ifMatch`, `ifNoneMatch`) stay behind: they say nothing of the commands that are sent on the way to it.
   */
  async request<C extends Command>(
    command: C,
    input: InputOf<C>,
    { idempotencyKey: _key, ifMatch: _ifMatch, ifNoneMatch: _ifNoneMatch, ...context }: RequestContext,
  ): Promise<OutputOf<C>> {
    const { body, page } = await this.forward(command, input, context);
    return (page ? { data: body.parse(), meta: page } : body.parse()) as OutputOf<C>;
  }

  /** Hands the caller's own request on, conditions included, and its answer back: the body is bytes, with what was said beside it. */
  async forward<C extends Command>(
    command: C,
    input: InputOf<C>,
    context: RequestContext,
  ): Promise<RawReply<OutputOf<C>>> {
    return decodeReply(await this.send(command, input, context));
  }

  private async send<C extends Command>(command: C, input: InputOf<C>, context: RequestContext): Promise<Msg> {
    const service = command.subject.split('.', 1)[0]!;
    await this.batch.join();
    if (!this.connection.isConnected) throw unavailable(service);
    const timeLeftMs = Math.min(command.timeoutMs, (context.deadline ?? Infinity) - performance.now());
    if (timeLeftMs < 1) throw late(service);
    let reply: Msg;
    try {
      const headers = encodeContext(context, timeLeftMs);
      reply = await this.awaitReply(command, JSON.stringify(input), headers, timeLeftMs);
    } catch (error) {
      if (isTimeout(error) && this.connection.isConnected) {
        throw late(service, error);
      }
      // A body within the limit can still grow on its way: `1e15` has four characters, what becomes of it sixteen.
      if (isTooLarge(error)) throw new DomainError('payload_too_large', { cause: error });
      throw unavailable(service, error);
    }
    const failure = decodeError(reply.headers, () => reply.json());
    if (failure) throw failure;
    return reply;
  }

  /**
   * A service that dies with the message in its hands cannot say so, and the bus does not either. So whoever waits for
   * long asks whether any replica is left, and gives up at once if none is.
   */
  private async awaitReply(command: Command, payload: string, headers: MsgHdrs, timeout: number): Promise<Msg> {
    const { nats, names } = this.connection;
    const subject = names.subject(command.subject);
    let timer: NodeJS.Timeout | undefined;
    const abandoned = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        if (!this.connection.isConnected) reject(new Error('the bus went away'));
        nats.request(subject, '', { timeout: PROBE_TIMEOUT_MS, headers: probeHeaders() }).catch((error: Error) => {
          if (!isTimeout(error)) reject(error);
        });
      }, PROBE_AFTER_MS);
    });
    try {
      return await Promise.race([nats.request(subject, payload, { timeout, headers }), abandoned]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const unavailable = (service: string, cause?: unknown): DomainError =>
  new DomainError('service_unavailable', {
    detail: `The ${service} service is away for the moment.`,
    retryAfterS: RETRY_AFTER_S,
    cause,
  });

const late = (service: string, cause?: unknown): DomainError =>
  new DomainError('service_timeout', { detail: `The ${service} service did not answer in time.`, cause });

/** nats.js wraps what ended a request in a RequestError, except a plain timeout. */
const isTimeout = (error: unknown): boolean =>
  error instanceof natsErrors.TimeoutError ||
  (error instanceof Error && error.cause instanceof natsErrors.TimeoutError);
