import { setTimeout as pause } from 'node:timers/promises';
import type { JsMsg } from '@nats-io/jetstream';
import type { BusConnection } from '@nexivo/bus/connection';
import { type WorkContext, runInContext } from '@nexivo/bus/context';
import { isDatabaseAway } from '@nexivo/store/database';
import type { Logger } from 'pino';
import type { DataSource, EntityManager } from 'typeorm';
import {
  ack,
  type DeadLetter,
  deadLetter,
  type EventHandler,
  type Outcome,
  type ReceivedEvent,
  type Retry,
  retry,
} from './consumer.js';
import { ConsumerFeed } from './consumer.feed.js';
import { type DueMessage, Inbox, type Waiting } from './inbox.js';
import { digestOf, type ParkedMessage, parkedMessageOf, readEvent } from './read-event.js';

/** What became of an event. */
export type Disposition = 'done' | 'duplicate' | 'retry' | 'dead';

/** Times of the runner; tests use shorter ones. */
export interface RunnerOptions {
  /** How long after each failure the event is handled again, give or take a fifth. After the last one it is a dead letter. */
  readonly retryDelaysMs: readonly number[];
  /** How often the inbox is asked for messages that are due. */
  readonly duePollMs: number;
  /** When an attempt counts as failed if nothing is heard of it: its process has ended. */
  readonly leaseMs: number;
}

const DEFAULTS: RunnerOptions = {
  retryDelaysMs: [1_000, 5_000, 30_000, 120_000, 600_000],
  duePollMs: 1_000,
  leaseMs: 60_000,
};
const JITTER = 0.2;
/**
 * A message that was delivered more often than this is suspected to end the process. It is parked in the inbox: there each message
 * is handled alone, and an attempt is counted before it begins.
 */
const UNSUSPICIOUS_DELIVERIES = 3;
/** After so many errors in a row that look as if the database were away, it is asked whether it is. */
const FALSE_ALARMS = 3;
const BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 2_000;

/** Ends a transaction that the handler does not want committed. */
class NotAcknowledged extends Error {
  constructor(readonly outcome: Outcome) {
    super('not acknowledged');
  }
}

/** An event and the message that it came in. */
interface Delivery {
  readonly message: JsMsg;
  readonly received: ReceivedEvent;
}

/** Gives a consumer's events to its handler until each has taken effect once, or is a dead letter. Every replica of the service runs one. */
export class ConsumerRunner {
  private readonly feed: ConsumerFeed;
  private readonly inbox: Inbox;
  private readonly batchSize: number;
  private readonly options: RunnerOptions;
  private readonly end = new AbortController();
  private running: Promise<void> | undefined;
  private alarms = 0;

  constructor(
    bus: BusConnection,
    private readonly database: DataSource,
    private readonly handler: EventHandler,
    private readonly logger: Logger,
    private readonly count: (disposition: Disposition, events: number) => void = () => undefined,
    options: Partial<RunnerOptions> = {},
  ) {
    const { durable, batchSize = 1 } = handler.consumer;
    this.batchSize = batchSize;
    this.feed = new ConsumerFeed(bus, durable, batchSize, logger);
    this.inbox = new Inbox(database, durable);
    this.options = { ...DEFAULTS, ...options };
  }

  start(): void {
    this.feed.start();
    this.running = this.run();
  }

  /** Finishes what is being handled, and gives the rest back for others. */
  async stop(): Promise<void> {
    this.end.abort();
    this.feed.stop();
    await this.running;
    await this.feed.close();
  }

  private get isStopping(): boolean {
    return this.end.signal.aborted;
  }

  private async run(): Promise<void> {
    let pollAt = 0;
    while (!this.isStopping) {
      const messages = await this.feed.take(this.batchSize, Math.max(0, pollAt - performance.now()));
      if (this.isStopping) return;
      await this.untilItWorks(() => this.handleMessages(messages.filter((message) => this.feed.holds(message))));
      if (performance.now() < pollAt) continue;
      const wasDue = await this.untilItWorks(() => this.handleDue());
      pollAt = wasDue ? 0 : performance.now() + this.options.duePollMs;
    }
  }

  /**
   * Repeats work until it does not throw. A handler's failure throws nothing here, it is written into the inbox. What throws is that
   * the inbox cannot be reached, and then nothing can be settled.
   */
  private async untilItWorks<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    for (let failures = 0; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (failures === 0) this.logger.warn({ err: error, ...this.label }, 'events: waiting for the database');
        await this.pause(Math.min(BACKOFF_MS * 2 ** failures, MOST_BACKOFF_MS));
        if (this.isStopping) return undefined;
      }
    }
  }

  private async handleMessages(messages: readonly JsMsg[]): Promise<void> {
    const deliveries: Delivery[] = [];
    for (const message of messages) {
      const parked = parkedMessageOf(message);
      const read = readEvent(parked, this.handler.consumer.types);
      const isEvent = 'event' in read;
      if (isEvent && message.info.deliveryCount <= UNSUSPICIOUS_DELIVERIES)
        deliveries.push({ message, received: read });
      else {
        const id = isEvent ? read.event.id : digestOf(parked);
        await this.park(id, parked, isEvent ? suspected(message) : this.after(1, read));
        this.feed.settle([message]);
      }
    }
    if (deliveries.length > 0) await this.handleTogether(deliveries);
  }

  private async handleTogether(deliveries: readonly Delivery[]): Promise<void> {
    const events = deliveries.map(({ received }) => received);
    const outcome = await this.attempt(events, async (tx) => {
      const fresh = await this.inbox.take(
        tx,
        events.map(({ event }) => event.id),
      );
      // An event may be in the batch twice. The first is handled, the second is a duplicate.
      return events.filter(({ event }) => fresh.delete(event.id));
    });
    if (outcome.kind === 'ack') this.feed.settle(deliveries.map(({ message }) => message));
    else if (deliveries.length === 1) {
      const [{ message, received }] = deliveries as [Delivery];
      await this.park(received.event.id, parkedMessageOf(message), this.after(1, outcome));
      this.feed.settle([message]);
    } else {
      for (const delivery of deliveries) if (!this.isStopping) await this.handleTogether([delivery]);
    }
  }

  /**
   * Handles one parked message that is due. Then new events have their turn again.
   *
   * @returns whether there was one
   */
  private async handleDue(): Promise<boolean> {
    const { retryDelaysMs, leaseMs } = this.options;
    const message = await this.inbox.claim(retryDelaysMs, leaseMs);
    if (!message) return false;
    try {
      await this.handleDueMessage(message);
    } catch (error) {
      // The database went away. This attempt does not count.
      this.logger.warn({ err: error, ...this.label }, 'events: waiting for the database');
      const attempts = message.attempts - 1;
      await this.untilItWorks(() => this.inbox.reschedule(message, { attempts, reason: messageOf(error), dueInMs: 0 }));
    }
    return true;
  }

  private async handleDueMessage(message: DueMessage): Promise<void> {
    const before = message.attempts - 1;
    const isUsedUp = before > this.options.retryDelaysMs.length;
    const outcome = isUsedUp ? deadLetter('its last attempt ended the process') : await this.attemptAgain(message);
    if (outcome.kind === 'ack') return;
    const waiting = this.after(isUsedUp ? before : message.attempts, outcome);
    await this.inbox.reschedule(message, waiting);
    this.report(message.id, message, waiting);
  }

  private async attemptAgain(message: DueMessage): Promise<Outcome> {
    const read = readEvent(message, this.handler.consumer.types);
    if (!('event' in read)) return read;
    return this.attempt([read], async (tx) => {
      if (!(await this.inbox.complete(tx, message))) return [];
      // A message that could not be read is parked under its digest. Its event may have been handled meanwhile, under the event's id.
      const isKnown = read.event.id !== message.id && (await this.inbox.take(tx, [read.event.id])).size === 0;
      return isKnown ? [] : [read];
    });
  }

  /**
   * Handles events in one transaction.
   *
   * @param admit marks events as done in that transaction, and returns those that are still to be handled
   * @throws if the database is away
   */
  private async attempt(
    events: readonly ReceivedEvent[],
    admit: (tx: EntityManager) => Promise<readonly ReceivedEvent[]>,
  ): Promise<Outcome> {
    const startedAt = performance.now();
    let admitted: readonly ReceivedEvent[] = [];
    const work = (): Promise<void> =>
      this.database.transaction(async (tx) => {
        admitted = await admit(tx);
        if (admitted.length === 0) return;
        const outcome = await this.handler.handle(tx, admitted);
        if (outcome.kind !== 'ack') throw new NotAcknowledged(outcome);
      });
    try {
      const [first] = events;
      await (events.length === 1 && first ? runInContext(contextOf(first), work) : work());
    } catch (error) {
      if (error instanceof NotAcknowledged) return error.outcome;
      if (isDatabaseAway(error) && !(await this.isFalseAlarm())) throw error;
      if (events.length === 1) this.logger.error({ err: error, ...this.label }, 'event handler failed');
      return retry(messageOf(error));
    }
    this.alarms = 0;
    const ms = Math.round(performance.now() - startedAt);
    for (const { event } of admitted) this.logger.info({ ...this.label, ...idsOf(event), ms }, 'event');
    this.count('done', admitted.length);
    this.count('duplicate', events.length - admitted.length);
    if (admitted.length > 0) this.tellHandler();
    return ack();
  }

  /** Whether the database answers although errors say that it is away. They are the handler's then: something else that it asks is away. */
  private async isFalseAlarm(): Promise<boolean> {
    this.alarms++;
    if (this.alarms < FALSE_ALARMS) return false;
    return this.database.query('select 1').then(
      () => true,
      () => false,
    );
  }

  private tellHandler(): void {
    try {
      this.handler.committed?.();
    } catch (error) {
      this.logger.error({ err: error, ...this.label }, 'event handler failed after the commit');
    }
  }

  private async park(id: string, message: ParkedMessage, waiting: Waiting): Promise<void> {
    if (await this.inbox.park(id, message, waiting)) this.report(id, message, waiting);
    else this.count('duplicate', 1);
  }

  private report(id: string, { subject }: ParkedMessage, { attempts, reason, dueInMs }: Waiting): void {
    const line = { ...this.label, event: id, subject, attempts, reason };
    if (dueInMs === undefined) this.logger.error(line, 'event is a dead letter');
    else this.logger.warn({ ...line, due_in_ms: Math.round(dueInMs) }, 'event parked');
    this.count(dueInMs === undefined ? 'dead' : 'retry', 1);
  }

  /** What becomes of an event after so many attempts. */
  private after(attempts: number, outcome: Retry | DeadLetter): Waiting {
    const delayMs = outcome.kind === 'retry' ? this.options.retryDelaysMs[attempts - 1] : undefined;
    const factor = 1 + JITTER * (2 * Math.random() - 1);
    return { attempts, reason: outcome.reason, dueInMs: delayMs === undefined ? undefined : delayMs * factor };
  }

  private get label(): { consumer: string } {
    return { consumer: this.handler.consumer.durable };
  }

  private pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.end.signal }).catch(() => undefined);
  }
}

const suspected = ({ info }: JsMsg): Waiting => ({
  attempts: 0,
  reason: `delivered ${info.deliveryCount} times without being settled`,
  dueInMs: 0,
});

const contextOf = ({ event }: ReceivedEvent): WorkContext => ({
  accountId: event.account_id,
  requestId: event.request_id,
});

const idsOf = ({ id, type, account_id, request_id }: ReceivedEvent['event']) => ({
  event: id,
  type,
  account_id,
  request_id,
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
