import { createInbox, errors as natsErrors, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import type { BusConnection } from './connection.js';

/** A request whose reply has not come. */
interface Waiting {
  readonly subject: string;
  resolve(reply: Msg): void;
  reject(error: Error): void;
}

/** A request that is on its way. */
interface SentRequest {
  /** Rejects with `NoRespondersError` where nobody serves the subject, and with what keeps the bus from carrying the request. */
  readonly reply: Promise<Msg>;
  /** Gives it up: the reply rejects, and is dropped if it comes. */
  readonly fail: (error: Error) => void;
}

/**
 * Sends requests, and receives all replies by one subscription. nats.js does the same, but makes an error with its stack and several
 * promises for each request that is answered, a twentieth of what a request costs the gateway.
 */
export class Requests {
  private readonly waiting = new Map<string, Waiting>();
  /** To which replies come, once there is a subscription. */
  private inbox: string | undefined;
  private count = 0;

  constructor(private readonly connection: BusConnection) {}

  send(subject: string, payload: string, headers: MsgHdrs): SentRequest {
    const { promise: reply, resolve, reject } = Promise.withResolvers<Msg>();
    const inbox = (this.inbox ??= this.subscribe());
    const replyTo = `${inbox}.${this.count++}`;
    const fail = (error: Error): void => {
      this.waiting.delete(replyTo);
      reject(error);
    };
    this.waiting.set(replyTo, { subject, resolve, reject });
    try {
      this.connection.nats.publish(subject, payload, { reply: replyTo, headers });
    } catch (error) {
      fail(error as Error);
    }
    return { reply, fail };
  }

  private subscribe(): string {
    const { nats, inboxPrefix } = this.connection;
    const inbox = createInbox(inboxPrefix);
    const subscription = nats.subscribe(`${inbox}.*`, {
      callback: (error, reply) => {
        if (error) this.failAll(inbox, error);
        else this.receive(reply);
      },
    });
    void subscription.closed.then(() => this.failAll(inbox, new natsErrors.ClosedConnectionError()));
    return inbox;
  }

  private receive(reply: Msg): void {
    const waiting = this.waiting.get(reply.subject);
    if (!waiting) return;
    this.waiting.delete(reply.subject);
    const isNobodyThere = reply.data.length === 0 && reply.headers?.code === NO_RESPONDERS;
    if (isNobodyThere) waiting.reject(new natsErrors.NoRespondersError(waiting.subject));
    else waiting.resolve(reply);
  }

  /** Replies come no more to this inbox; what is sent next opens another. */
  private failAll(inbox: string, error: Error): void {
    if (this.inbox !== inbox) return;
    this.inbox = undefined;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const waiting of all) waiting.reject(error);
  }
}

/** The status that the server itself replies with where nobody has subscribed to the subject. */
const NO_RESPONDERS = 503;
