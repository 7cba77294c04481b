import type { BusConnection } from '@nexivo/bus/connection';
import { parseEventSubject } from '@nexivo/contracts/events';
import type { EventConsumer } from './consumer.js';
import type { ConsumerFeed, DeliveredMessage, FeedMessage } from './consumer.feed.js';
import type { ConsumerPlace } from './consumer.place.js';
import { jetStreamOf, STREAM } from './stream.js';

/** A message in its order. */
export interface OrderedMessage extends FeedMessage {
  /** The sequence number of the message handed out before it. */
  readonly after: number;
  readonly tenure: Tenure;
}

/** Messages of the stream that expired before they were consumed, both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What the tenure goes by, as long as nothing shows that it is wrong. */
interface Synchrony {
  /** Of the connection that it was asked over. */
  readonly disconnections: number;
  /** Number of the consumer's last delivery that is accounted for. Deliveries are numbered without gaps, to whomever they go. */
  delivery: number;
  /** Up to which message of the stream all was handed out or is about to be read. */
  covered: number;
  /** What was delivered before, perhaps to a replica that has died: it is read from the stream. */
  readonly unread: { from: number; readonly to: number };
}

/**
 * The time in which one replica has a consumer that keeps the order to itself. It hands out the messages of the stream from the
 * consumer's place on, without gaps.
 *
 * A message that was delivered and not settled comes again only after a while, and the bus delivers what follows it at once. So
 * whenever deliveries have a gap, and at the beginning, what was delivered is read from the stream, and what comes again is known.
 */
export class Tenure {
  private synchrony: Synchrony | undefined;
  /** Up to where everything has taken effect. */
  private place = 0;
  private handedOut = { seq: 0, messages: 0 };
  private takeovers = 0;
  private reportedTo = 0;
  private readonly unsettled = new Map<number, DeliveredMessage[]>();

  constructor(
    private readonly bus: BusConnection,
    private readonly consumer: EventConsumer,
    private readonly feed: ConsumerFeed,
    private readonly consumerPlace: ConsumerPlace,
    private readonly missed: (gap: Gap) => void,
  ) {}

  /** Has the next {@link take} find out where the consumer is. */
  resynchronize(): void {
    this.synchrony = undefined;
  }

  /** Whether the message has still to take effect. */
  holds({ seq }: FeedMessage): boolean {
    return seq > this.place;
  }

  /**
   * The next messages, at most `limit`. Waits for the first until the time is over.
   *
   * @throws if the bus or the database does not say where the consumer is
   */
  async take(limit: number, withinMs: number): Promise<OrderedMessage[]> {
    if (this.synchrony?.disconnections !== this.bus.disconnections) this.resynchronize();
    const synchrony = (this.synchrony ??= await this.synchronize());
    if (synchrony.unread.from <= synchrony.unread.to) return this.readDelivered(synchrony.unread, limit);
    const deliveries = await this.feed.take(limit, withinMs);
    const next = deliveries
      .toSorted((a, b) => a.info.deliverySequence - b.info.deliverySequence)
      .filter((message) => this.isNext(message))
      .map((message) => this.handOut(message));
    this.settle(this.place);
    return next;
  }

  /** Tells the bus that it need not deliver again what has taken effect, up to a message. */
  settle(place: number): void {
    this.place = Math.max(this.place, place);
    for (const [seq, messages] of this.unsettled) {
      if (seq > this.place) continue;
      this.unsettled.delete(seq);
      this.feed.settle(messages);
    }
  }

  /** Gives back what has not taken effect, once nothing is being handled any more. */
  close(): Promise<void> {
    return this.feed.close(this.place);
  }

  private async synchronize(): Promise<Synchrony> {
    const { disconnections } = this.bus;
    const { names } = this.bus;
    const stream = names.name(STREAM);
    const { streams, consumers } = await jetStreamOf(this.bus).jetstreamManager(false);
    const { created: streamId } = await streams.info(stream);
    const { delivered, ack_floor } = await consumers.info(stream, names.name(this.consumer.durable));
    const { created, state } = await streams.info(stream);
    if (created !== streamId) throw new Error('the stream was made anew');
    const { seq, takeovers } = await this.consumerPlace.open({
      streamId,
      deliveredSeq: delivered.stream_seq,
      settledSeq: ack_floor.stream_seq,
    });
    // One that has never had a message has missed none.
    const to = state.first_seq - 1;
    if (seq > 0 && seq < to && this.reportedTo < to) this.missed({ from: seq + 1, to: (this.reportedTo = to) });
    this.place = seq;
    this.handedOut = { ...this.handedOut, seq };
    this.takeovers = takeovers;
    return {
      disconnections,
      delivery: delivered.consumer_seq,
      covered: delivered.stream_seq,
      unread: { from: Math.max(seq + 1, state.first_seq), to: delivered.stream_seq },
    };
  }

  private async readDelivered(unread: Synchrony['unread'], limit: number): Promise<OrderedMessage[]> {
    const { names } = this.bus;
    const { streams } = await jetStreamOf(this.bus).jetstreamManager(false);
    const end = Math.min(unread.from + limit - 1, unread.to);
    const seqs = Array.from({ length: end - unread.from + 1 }, (_, index) => unread.from + index);
    // Of the stream's leader, which has all that was delivered: what it does not have was deleted.
    const stored = await Promise.all(seqs.map((seq) => streams.getMessage(names.name(STREAM), { seq })));
    unread.from = end + 1;
    return stored.flatMap((message) => {
      if (!message) return [];
      const subject = names.plainSubject(message.subject);
      const type = parseEventSubject(subject)?.type;
      if (!this.consumer.types.some((each) => each === type)) return [];
      const { seq, data, header: headers } = message;
      return [this.handOut({ seq, subject, data, headers })];
    });
  }

  /** Whether a delivery is the next of the stream. If something is missing before it, where the consumer is has to be found out. */
  private isNext(message: DeliveredMessage): boolean {
    const { seq, info } = message;
    this.unsettled.set(seq, [...(this.unsettled.get(seq) ?? []), message]);
    const { synchrony } = this;
    if (!synchrony) return false;
    const isNew = seq > synchrony.covered;
    if (info.deliverySequence === synchrony.delivery + 1) {
      synchrony.delivery++;
      if (isNew) synchrony.covered = seq;
      return isNew;
    }
    // What was under way when the consumer's place was found out is accounted for.
    if (isNew || info.deliverySequence > synchrony.delivery) this.resynchronize();
    return false;
  }

  /** What a replica after another has begun with and has not survived is suspected to end the process. */
  private handOut({ seq, subject, data, headers }: Omit<FeedMessage, 'info'>): OrderedMessage {
    const isAmongFirst = this.handedOut.messages < (this.consumer.batchSize ?? 1);
    const after = this.handedOut.seq;
    this.handedOut = { seq, messages: this.handedOut.messages + 1 };
    return {
      seq,
      subject,
      data,
      headers,
      info: { deliveryCount: isAmongFirst ? this.takeovers : 0 },
      after,
      tenure: this,
    };
  }
}
