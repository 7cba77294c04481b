import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { type BusConnection, isBusAway } from '@nexivo/bus/connection';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { WakeUp } from '@nexivo/runtime/wake-up';
import type { Logger } from 'pino';
import { jetStreamOf, STREAM } from './stream.js';

/** How long a pull waits at the server, in which time a stopping service still takes what the server sends it. */
const PULL_MS = 1_000;
/** How much longer than that the end of a pull may take to arrive. */
const PULL_GRACE_MS = 1_500;
/** How often the bus is told that what is held here is not lost; it gives a message to another after 15 s without a word. */
const STILL_HELD_MS = 4_000;
const LEAST_PREFETCHED = 20;
const BACKOFF_MS = 250;
const MOST_BACKOFF_MS = 5_000;

/** A message of the stream, however it came. Its subject is without the prefix that ours may have on the bus. */
export interface FeedMessage extends Pick<JsMsg, 'seq' | 'subject' | 'headers' | 'data'> {
  readonly info: { readonly deliveryCount: number };
}

/** A message that a consumer was given. */
export interface DeliveredMessage extends FeedMessage {
  readonly info: JsMsg['info'];
  readonly delivery: Pick<JsMsg, 'ack' | 'nak' | 'working'>;
}

/** Where a runner has its messages from. */
export interface Feed<Message extends FeedMessage> {
  start(): void;
  /** What is there, at most `limit`. Waits for the first until the time is over or the feed ends, and may end the wait earlier. */
  take(limit: number, withinMs: number): Promise<Message[]>;
  /** Whether the message has still to be settled. */
  holds(message: Message): boolean;
  /** Tells the bus that the messages need not come again. */
  settle(messages: readonly Message[]): void;
  /** Has the next {@link take} find out anew where the consumer is. */
  resynchronize?(): void;
  /** Ends the waiting of {@link take}; no more is fetched. */
  stop(): void;
  /** Gives back what was not settled, once nothing is being fetched any more. */
  close(): Promise<void>;
}

/**
 * The messages of a durable consumer, fetched ahead of their turn, so that the next is there when the last is done. It
 * survives whatever happens to the bus; a message that is not settled comes again, to this replica of the service or another.
 */
export class ConsumerFeed implements Feed<DeliveredMessage> {
  private readonly waiting: DeliveredMessage[] = [];
  private readonly unsettled = new Set<DeliveredMessage>();
  private readonly capacity: number;
  private readonly end = new AbortController();
  private readonly arrived = new WakeUp();
  private readonly taken = new WakeUp();
  private pulling: Promise<void> | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private readonly failures: FailureLog;

  constructor(
    private readonly bus: BusConnection,
    private readonly durable: string,
    batchSize: number,
    logger: Logger,
  ) {
    this.failures = new FailureLog(logger, `events ${durable}, fetching`);
    this.capacity = Math.max(2 * batchSize, LEAST_PREFETCHED);
  }

  start(): void {
    this.pulling = this.pull();
    this.heartbeat = setInterval(() => {
      if (this.bus.isConnected) for (const { delivery } of this.unsettled) delivery.working();
    }, STILL_HELD_MS);
  }

  /**
   * What is there, at most `limit`, in the order of the stream. Waits for the first until the time is over or the feed ends. A
   * notification of messages that were taken meanwhile can end the wait earlier, with none.
   */
  async take(limit: number, withinMs: number): Promise<DeliveredMessage[]> {
    if (this.waiting.length === 0 && !this.end.signal.aborted) await this.arrived.wait(withinMs);
    const taken = this.waiting.splice(0, limit);
    this.taken.notify();
    return taken.toSorted((a, b) => a.seq - b.seq);
  }

  holds(message: DeliveredMessage): boolean {
    return this.unsettled.has(message);
  }

  /** Does not wait: if this gets lost, they come once more for nothing. */
  settle(messages: readonly DeliveredMessage[]): void {
    for (const message of messages) {
      this.unsettled.delete(message);
      if (!this.bus.nats.isClosed()) message.delivery.ack();
    }
  }

  stop(): void {
    this.end.abort();
    this.arrived.notify();
    this.taken.notify();
  }

  /** @param place up to which message of the stream all has taken effect, however it was read: that need not come again */
  async close(place = 0): Promise<void> {
    this.stop();
    await this.pulling;
    clearInterval(this.heartbeat);
    if (!this.bus.isConnected) return;
    for (const { seq, delivery } of this.unsettled) {
      if (seq <= place) delivery.ack();
      else delivery.nak();
    }
    this.unsettled.clear();
    await this.bus.nats.flush();
  }

  private async pull(): Promise<void> {
    let consumer: Consumer | undefined;
    let failures = 0;
    while (!this.end.signal.aborted) {
      if (this.waiting.length > this.capacity / 2) {
        await this.taken.wait(PULL_MS);
        continue;
      }
      if (!this.bus.isConnected) {
        await this.pause(BACKOFF_MS);
        continue;
      }
      try {
        const { names } = this.bus;
        consumer ??= await jetStreamOf(this.bus).consumers.get(names.name(STREAM), names.name(this.durable));
        await this.fetch(consumer);
        this.failures.succeeded();
        failures = 0;
      } catch (error) {
        consumer = undefined;
        failures++;
        // One lost pull is a reconnection, and told of there.
        if (failures > 1) this.failures.failed(error, isBusAway(error) ? 'away' : undefined);
        await this.pause(Math.min(BACKOFF_MS * 2 ** (failures - 1), MOST_BACKOFF_MS));
      }
    }
  }

  private async fetch(consumer: Consumer): Promise<void> {
    const messages: ConsumerMessages = await consumer.fetch({
      max_messages: this.capacity - this.waiting.length,
      expires: PULL_MS,
      idle_heartbeat: PULL_MS / 2,
      bind: true,
    });
    const watchdog = setTimeout(() => void messages.close(), PULL_MS + PULL_GRACE_MS);
    try {
      for await (const delivery of messages) {
        const { seq, headers, data, info } = delivery;
        const message = { seq, headers, data, info, delivery, subject: this.bus.names.plainSubject(delivery.subject) };
        this.waiting.push(message);
        this.unsettled.add(message);
        this.arrived.notify();
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  private pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.end.signal }).catch(() => undefined);
  }
}
