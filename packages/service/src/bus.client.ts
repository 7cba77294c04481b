import { Injectable } from '@nestjs/common';
import { errors as natsErrors, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import type { Page } from '@nexivo/contracts/pagination';
import { BusConnection } from './bus.connection.js';
import { decodeError, decodeReply, encodeCall, isTooLarge, probeHeaders } from './bus.wire.js';
import type { Call } from './call.js';
import { DomainError } from './domain-error.js';
import { Json } from './json.js';
import type { Reply } from './reply.js';

/** How soon a client may try again when a service is away. */
const RETRY_AFTER_S = 1;
/** How long a reply may take before the client asks whether anyone still serves the command. */
const PROBE_AFTER_MS = 1_000;
const PROBE_TIMEOUT_MS = 500;

/** A body that was not read: of a page, its rows. */
export type Relayed = Json | (Omit<Page<never>, 'data'> & { data: Json });

/** Sends commands to the services that own them. */
@Injectable()
export class BusClient {
  constructor(private readonly connection: BusConnection) {}

  /**
   * Sends a command and waits for its reply, at most the command's `timeoutMs`. Nothing is ever sent twice: whether a
   * write that timed out took effect only its sender can decide.
   *
   * The call goes along whole, its idempotency key and `ifMatch` included; see {@link call} for asking on the way.
   *
   * @throws DomainError the service's own error; `service_unavailable` when nobody serves the command or the bus is away;
   * `service_timeout` when no reply came in time; `payload_too_large` when the bus does not carry messages of that size
   */
  async exchange<C extends Command>(command: C, input: InputOf<C>, call: Call): Promise<Reply<OutputOf<C>>> {
    const message = await this.send(command, input, call);
    return decodeReply(message.headers, message.json());
  }

  /** As {@link exchange}, for whoever hands the answer on as it is: the body, or the rows of a page, stay JSON text. */
  async relay<C extends Command>(command: C, input: InputOf<C>, call: Call): Promise<Reply<Relayed>> {
    const message = await this.send(command, input, call);
    return decodeReply(message.headers, new Json(message.string()));
  }

  private async send<C extends Command>(command: C, input: InputOf<C>, call: Call): Promise<Msg> {
    const service = command.subject.split('.', 1)[0]!;
    if (!this.connection.isConnected) throw unavailable(service);
    let reply: Msg;
    try {
      reply = await this.request(command, JSON.stringify(input), encodeCall(call));
    } catch (error) {
      if (isTimeout(error) && this.connection.isConnected) {
        throw new DomainError('service_timeout', {
          detail: `The ${service} service did not answer in time.`,
          cause: error,
        });
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
   * As {@link exchange}, for whoever needs the body only. What the caller made conditions of its own write (idempotency key,
   * `ifMatch`) stays behind: it says nothing of the commands that are sent on the way to it.
   */
  async call<C extends Command>(
    command: C,
    input: InputOf<C>,
    { idempotencyKey: _key, ifMatch: _ifMatch, ...call }: Call,
  ): Promise<OutputOf<C>> {
    return (await this.exchange(command, input, call)).body;
  }

  /**
   * A service that dies with the message in its hands cannot say so, and the bus does not either. So whoever waits for
   * long asks whether any copy is left, and gives up at once if none is.
   */
  private async request({ subject, timeoutMs }: Command, payload: string, headers: MsgHdrs): Promise<Msg> {
    const { nats } = this.connection;
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
      return await Promise.race([nats.request(subject, payload, { timeout: timeoutMs, headers }), abandoned]);
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

/** nats.js wraps what ended a request in a RequestError, except a plain timeout. */
const isTimeout = (error: unknown): boolean =>
  error instanceof natsErrors.TimeoutError ||
  (error instanceof Error && error.cause instanceof natsErrors.TimeoutError);
