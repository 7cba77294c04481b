import { setTimeout as pause } from 'node:timers/promises';
import { type BusConnection, isBusAway } from '@nexivo/bus/connection';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { unavailabilityOf } from '@nexivo/store/database';
import { underSessionLock } from '@nexivo/store/session-lock';
import type { Logger } from 'pino';
import type { DataSource, EntityManager } from 'typeorm';
import type { EventConsumer } from './consumer.js';
import { ConsumerFeed, type Feed } from './consumer.feed.js';
import type { ConsumerPlace } from './consumer.place.js';
import { type Gap, type OrderedMessage, Tenure } from './consumer.tenure.js';

/** How often a replica looks whether the one that has the consumer is gone. */
const TRY_EVERY_MS = 500;
/** How often it shows that it is not. */
const ALIVE_EVERY_MS = 2_500;
const HUNG_AFTER_MS = 10_000;
const RETRY_AFTER_MS = 250;

/** The messages of a consumer that keeps the order. One replica of the service is given them at a time. */
export class OrderedFeed implements Feed<OrderedMessage> {
  private tenure: Tenure | undefined;
  private pulling: ConsumerFeed | undefined;
  private holding: Promise<void> | undefined;
  private readonly holdFailures: FailureLog;
  private readonly takeFailures: FailureLog;
  private readonly began = new WakeUp();
  private readonly end = new AbortController();

  constructor(
    private readonly bus: BusConnection,
    private readonly database: DataSource,
    private readonly consumer: EventConsumer,
    private readonly place: ConsumerPlace,
    private readonly logger: Logger,
    private readonly countMissed: (messages: number) => void,
  ) {
    this.holdFailures = new FailureLog(logger, `events ${consumer.durable}, taking the lead`);
    this.takeFailures = new FailureLog(logger, `events ${consumer.durable}, finding its place`);
  }

  start(): void {
    this.holding = this.hold();
  }

  async take(limit: number, withinMs: number): Promise<OrderedMessage[]> {
    const { tenure } = this;
    if (!tenure) {
      await this.began.wait(withinMs);
      return [];
    }
    try {
      const messages = await tenure.take(limit, withinMs);
      this.takeFailures.succeeded();
      return messages;
    } catch (error) {
      tenure.resynchronize();
      this.takeFailures.failed(error, isBusAway(error) ? 'away' : unavailabilityOf(error));
      await this.pause(RETRY_AFTER_MS);
      return [];
    }
  }

  holds(message: OrderedMessage): boolean {
    return message.tenure === this.tenure && message.tenure.holds(message);
  }

  settle(messages: readonly OrderedMessage[]): void {
    for (const { tenure, seq } of messages) tenure.settle(seq);
  }

  resynchronize(): void {
    this.tenure?.resynchronize();
  }

  stop(): void {
    this.pulling?.stop();
    this.began.notify();
  }

  /** Lets another replica have the consumer. */
  async close(): Promise<void> {
    this.end.abort();
    await this.holding;
  }

  private async hold(): Promise<void> {
    while (!this.end.signal.aborted) {
      try {
        const lock = { name: `consumer ${this.consumer.durable}`, hungAfterMs: HUNG_AFTER_MS };
        await underSessionLock(this.database, lock, (session) => this.lead(session));
        this.holdFailures.succeeded();
      } catch (error) {
        this.holdFailures.failed(error, unavailabilityOf(error));
      }
      await this.pause(TRY_EVERY_MS);
    }
  }

  private async lead(session: EntityManager): Promise<void> {
    const pulling = new ConsumerFeed(this.bus, this.consumer.durable, this.consumer.batchSize ?? 1, this.logger);
    pulling.start();
    this.pulling = pulling;
    const tenure = new Tenure(this.bus, this.consumer, pulling, this.place, (gap) => this.reportGap(gap));
    this.tenure = tenure;
    this.began.notify();
    try {
      while (!this.end.signal.aborted) {
        await this.pause(ALIVE_EVERY_MS);
        await session.query('select 1');
      }
      await this.place.leave();
    } finally {
      this.tenure = undefined;
      await tenure.close();
    }
  }

  /** What expired is published again by those who have it in their outboxes, see `consumed.ts`. */
  private reportGap({ from, to }: Gap): void {
    const messages = to - from + 1;
    this.countMissed(messages);
    this.logger.error(
      { consumer: this.consumer.durable, from, to, messages },
      'events expired before they were consumed; those that are in an outbox still come again',
    );
  }

  private pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.end.signal }).catch(() => undefined);
  }
}
