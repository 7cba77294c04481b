import { Inject, Injectable, Optional } from '@nestjs/common';
import { errors as natsErrors, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { type Command, type InputOf, type OutputOf, serviceOf } from '@nexivo/contracts/command';
import { type CommandObserver, SENT_COMMANDS } from './command-observer.js';
import { BusConnection } from './connection.js';
import { decodeError, decodeReply, encodeContext, GIVEN_UP, isTooLarge, probeHeaders, type RawReply } from './wire.js';
import { currentContext, type RequestContext } from './context.js';
import { DomainError } from './domain-error.js';
import { newId } from './new-id.js';
import { Requests } from './requests.js';
import { faultOf, startSpan } from './tracing.js';
import { TurnBatch } from './turn-batch.js';

/** How soon a client may try again when a service is away. */
const RETRY_AFTER_S = 1;
/** How long a reply may take before the client asks whether anyone still serves the command. */
const PROBE_AFTER_MS = 1_000;
const PROBE_TIMEOUT_MS = 500;
/** How long after one replica has answered another is waited for: one whose database is away takes a second and a half longer. */
const STALL_MS = 2_000;

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
  private readonly requests: Requests;

  constructor(
    private readonly connection: BusConnection,
    @Optional() @Inject(SENT_COMMANDS) private readonly observer?: CommandObserver,
  ) {
    this.requests = new Requests(connection);
  }

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
    const startedAt = performance.now();
    const { subject } = command;
    const span = startSpan(
      { kind: 'client', name: subject, attributes: { 'rpc.system.name': 'nats', 'rpc.method': subject } },
      context.traceparent,
    );
    const sent = span ? { ...context, traceparent: span.traceparent } : context;
    let outcome = 'ok';
    try {
      const reply = decodeReply<OutputOf<C>>(await this.send(command, input, sent));
      if (reply.isReplay) outcome = 'replay';
      return reply;
    } catch (error) {
      outcome = error instanceof DomainError ? error.code : 'internal_error';
      throw error;
    } finally {
      this.observer?.ended(subject, outcome, performance.now() - startedAt);
      span?.end({ 'nexivohr.outcome': outcome }, faultOf(outcome));
    }
  }

  /**
   * Asks every replica of a service, and waits for as long as the command says, or until no more of them are heard of.
   *
   * @returns what those have said that are there, in no order; nothing where nobody serves the command
   * @throws DomainError `service_unavailable` when the bus is away
   */
  async gather<C extends Command>(
    command: C,
    input: InputOf<C>,
    context: Omit<RequestContext, 'idempotencyKey' | 'ifMatch' | 'ifNoneMatch'>,
  ): Promise<OutputOf<C>[]> {
    const { nats, names } = this.connection;
    const answers: OutputOf<C>[] = [];
    try {
      const replies = await nats.requestMany(names.subject(command.subject), JSON.stringify(input), {
        strategy: 'stall',
        maxWait: command.timeoutMs,
        stall: STALL_MS,
        headers: encodeContext(context, command.timeoutMs),
      });
      for await (const reply of replies) {
        if (decodeError(reply.headers, () => reply.json())) continue;
        answers.push(reply.json<OutputOf<C>>());
      }
    } catch (error) {
      if (!isNobodyThere(error)) throw unavailable('bus', error);
    }
    return answers;
  }

  private async send<C extends Command>(command: C, input: InputOf<C>, context: RequestContext): Promise<Msg> {
    const service = serviceOf(command);
    const signal = currentContext()?.signal;
    await this.batch.join();
    if (!this.connection.isConnected) throw unavailable(service);
    // Nobody waits for it any more, and nobody would end it.
    if (signal?.aborted) throw late(service);
    const timeLeftMs = Math.min(command.timeoutMs, (context.deadline ?? Infinity) - performance.now());
    if (timeLeftMs < 1) throw late(service);
    const commandId = signal && newId();
    const giveUp = (): void => this.giveUp(service, commandId!);
    signal?.addEventListener('abort', giveUp, { once: true });
    let reply: Msg;
    try {
      const headers = encodeContext(context, timeLeftMs, commandId);
      reply = await this.awaitReply(command, JSON.stringify(input), headers, timeLeftMs);
    } catch (error) {
      if (isTimeout(error) && this.connection.isConnected) {
        throw late(service, error);
      }
      // A body within the limit can still grow on its way: `1e15` has four characters, what becomes of it sixteen.
      if (isTooLarge(error)) throw new DomainError('payload_too_large', { cause: error });
      throw unavailable(service, error);
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
    const failure = decodeError(reply.headers, () => reply.json());
    if (failure) throw failure;
    return reply;
  }

  /** The replica that has the command ends it; what it answers then is read by nobody. */
  private giveUp(service: string, commandId: string): void {
    const { nats, names, isConnected } = this.connection;
    if (isConnected) nats.publish(names.subject(`${service}.${GIVEN_UP}`), commandId);
  }

  /**
   * A service that dies with the message in its hands cannot say so, and the bus does not either. So whoever waits for
   * long asks whether any replica is left, and gives up at once if none is.
   */
  private async awaitReply(command: Command, payload: string, headers: MsgHdrs, timeoutMs: number): Promise<Msg> {
    const subject = this.connection.names.subject(command.subject);
    const { reply, fail } = this.requests.send(subject, payload, headers);
    const timeOut = (): void => fail(new natsErrors.TimeoutError());
    let timer = setTimeout(
      () => {
        if (timeoutMs <= PROBE_AFTER_MS) return timeOut();
        timer = setTimeout(timeOut, timeoutMs - PROBE_AFTER_MS);
        this.probe(subject).catch(fail);
      },
      Math.min(timeoutMs, PROBE_AFTER_MS),
    );
    try {
      return await reply;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws Error if nobody serves a subject any more */
  private async probe(subject: string): Promise<void> {
    if (!this.connection.isConnected) throw new Error('the bus went away');
    try {
      await this.connection.nats.request(subject, '', { timeout: PROBE_TIMEOUT_MS, headers: probeHeaders() });
    } catch (error) {
      if (!isTimeout(error)) throw error;
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

const isNobodyThere = (error: unknown): boolean =>
  error instanceof natsErrors.NoRespondersError ||
  (error instanceof Error && error.cause instanceof natsErrors.NoRespondersError);

/** nats.js wraps what ended a request in a RequestError, except a plain timeout. */
const isTimeout = (error: unknown): boolean =>
  error instanceof natsErrors.TimeoutError ||
  (error instanceof Error && error.cause instanceof natsErrors.TimeoutError);
