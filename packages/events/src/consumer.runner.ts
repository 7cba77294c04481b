import { setTimeout as pause } from 'node:timers/promises';
import type { BusConnection } from '@nexivo/bus/connection';
import { type WorkContext, runInContext } from '@nexivo/bus/context';
import { type OpenSpan, startSpan } from '@nexivo/bus/tracing';
import { errorLine } from '@nexivo/runtime/describe-error';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { unavailabilityOf } from '@nexivo/store/database';
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
import { ConsumerFeed, type Feed, type FeedMessage } from './consumer.feed.js';
import { ConsumerPlace, PlaceLost } from './consumer.place.js';
import { type Admitted, type Arrival, type DueMessage, Inbox, type Waiting } from './inbox.js';
import { OrderedInbox } from './inbox.ordered.js';
import { OrderedFeed } from './ordered.feed.js';
import { STREAM } from './stream.js';
import { digestOf, type ParkedMessage, parkedMessageOf, readEvent } from './read-event.js';

/** What became of an event. */
export type Disposition = 'done' | 'duplicate' | 'retry' | 'dead' | 'missed';

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

/** Gives a consumer's events to its handler until each has taken effect once, or is a dead letter. Every replica of the service runs one. */
export class ConsumerRunner {
  private readonly feed: Feed<FeedMessage>;
  private readonly inbox: Inbox;
  private readonly batchSize: number;
  private readonly options: RunnerOptions;
  private readonly end = new AbortController();
  private running: Promise<void> | undefined;
  private alarms = 0;
  private readonly failures: FailureLog;

  constructor(
    bus: BusConnection,
    private readonly database: DataSource,
    private readonly handler: EventHandler,
    private readonly logger: Logger,
    private readonly count: (disposition: Disposition, events: number) => void = () => undefined,
    options: Partial<RunnerOptions> = {},
  ) {
    const { durable, batchSize = 1, inOrder = false } = handler.consumer;
    this.batchSize = batchSize;
    if (inOrder) {
      const place = new ConsumerPlace(database, durable);
      this.feed = new OrderedFeed(bus, database, handler.consumer, place, logger, (messages) =>
        this.count('missed', messages),
      );
      this.inbox = new OrderedInbox(database, durable, place);
    } else {
      this.feed = new ConsumerFeed(bus, durable, batchSize, logger);
      this.inbox = new Inbox(database, durable);
    }
    this.options = { ...DEFAULTS, ...options };
    this.failures = new FailureLog(logger, `events ${durable}`);
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
        const result = await work();
        this.failures.succeeded();
        return result;
      } catch (error) {
        if (error instanceof PlaceLost) {
          this.logger.error({ err: error, ...this.label }, 'events: the database is back at an earlier state');
          this.feed.resynchronize?.();
          return undefined;
        }
        this.failures.failed(error, unavailabilityOf(error), this.label);
        await this.pause(Math.min(BACKOFF_MS * 2 ** failures, MOST_BACKOFF_MS));
        if (this.isStopping) return undefined;
      }
    }
  }

  /** Handles messages in their order: events together, as far as there is nothing between them that is to be parked. */
  private async handleMessages(messages: readonly FeedMessage[]): Promise<void> {
    const together: Arrival<FeedMessage>[] = [];
    const handle = async (): Promise<void> => {
      if (together.length > 0) await this.handleTogether(together.splice(0));
    };
    for (const message of messages) {
      const parked = parkedMessageOf(message);
      const read = readEvent(parked, this.handler.consumer.types);
      const isEvent = 'event' in read;
      if (isEvent && message.info.deliveryCount <= UNSUSPICIOUS_DELIVERIES) together.push({ message, received: read });
      else {
        await handle();
        const id = isEvent ? read.event.id : digestOf(parked);
        await this.park(id, message, isEvent ? suspected(message) : this.after(1, read));
      }
    }
    await handle();
  }

  private async handleTogether(arrivals: readonly Arrival<FeedMessage>[]): Promise<void> {
    const events = arrivals.map(({ received }) => received);
    const outcome = await this.attempt(events, (tx) => this.inbox.admit(tx, arrivals));
    if (outcome.kind === 'ack') this.feed.settle(arrivals.map(({ message }) => message));
    else if (arrivals.length === 1) {
      const [{ message, received }] = arrivals as [Arrival<FeedMessage>];
      await this.park(received.event.id, message, this.after(1, outcome));
    } else {
      for (const arrival of arrivals) if (!this.isStopping) await this.handleTogether([arrival]);
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
      this.failures.failed(error, unavailabilityOf(error), this.label);
      const attempts = message.attempts - 1;
      await this.untilItWorks(() => this.inbox.reschedule(message, { attempts, reason: errorLine(error), dueInMs: 0 }));
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
      const admit = (...events: ReceivedEvent[]): Admitted => ({ events, heldBack: [] });
      if (!(await this.inbox.complete(tx, message))) return admit();
      // A message that could not be read is parked under its digest. Its event may have been handled meanwhile, under the event's id.
      const isKnown = read.event.id !== message.id && (await this.inbox.take(tx, [read.event.id])).size === 0;
      return isKnown ? admit() : admit(read);
    });
  }

  /**
   * Handles events in one transaction, each as a span of its trace.
   *
   * @param admit marks events as done in that transaction, and returns which are still to be handled
   * @throws if the database is away
   */
  private async attempt(
    events: readonly ReceivedEvent[],
    admit: (tx: EntityManager) => Promise<Admitted>,
  ): Promise<Outcome> {
    const spans = new Map<ReceivedEvent, OpenSpan>();
    for (const received of events) {
      const span = this.startSpan(received);
      if (span) spans.set(received, span);
    }
    let outcome: Outcome | undefined;
    try {
      return (outcome = await this.attemptTraced(events, admit, spans));
    } finally {
      const kind = outcome?.kind ?? 'unavailable';
      for (const span of spans.values()) span.end({ 'nexivohr.outcome': kind }, kind === 'ack' ? undefined : kind);
    }
  }

  private startSpan({ event, traceparent }: ReceivedEvent): OpenSpan | undefined {
    const { durable } = this.handler.consumer;
    return startSpan(
      {
        kind: 'consumer',
        name: `process ${event.type}`,
        attributes: { ...consumption(durable, event.id), ...idsIn(event) },
      },
      traceparent,
    );
  }

  private async attemptTraced(
    events: readonly ReceivedEvent[],
    admit: (tx: EntityManager) => Promise<Admitted>,
    spans: ReadonlyMap<ReceivedEvent, OpenSpan>,
  ): Promise<Outcome> {
    const startedAt = performance.now();
    const ofSpan = (received: ReceivedEvent): ReceivedEvent => {
      const span = spans.get(received);
      return span ? { ...received, traceparent: span.traceparent } : received;
    };
    let admitted: readonly ReceivedEvent[] = [];
    let heldBack: readonly ReceivedEvent[] = [];
    const work = (): Promise<void> =>
      this.database.transaction(async (tx) => {
        ({ events: admitted, heldBack } = await admit(tx));
        if (admitted.length === 0) return;
        const outcome = await this.handler.handle(tx, admitted.map(ofSpan));
        if (outcome.kind !== 'ack') throw new NotAcknowledged(outcome);
      });
    try {
      const [first] = events;
      await (events.length === 1 && first ? runInContext(contextOf(ofSpan(first)), work) : work());
    } catch (error) {
      if (error instanceof NotAcknowledged) return error.outcome;
      if (error instanceof PlaceLost) throw error;
      // Nor is it an event's fault that no connection was free.
      if (unavailabilityOf(error) && !(await this.isFalseAlarm())) throw error;
      if (events.length === 1) this.logger.error({ err: error, ...this.label }, 'event handler failed');
      return retry(errorLine(error));
    }
    this.alarms = 0;
    const ms = Math.round(performance.now() - startedAt);
    for (const { event } of admitted) this.logger.info({ ...this.label, ...idsOf(event), ms }, 'event');
    this.count('done', admitted.length);
    this.count('duplicate', events.length - admitted.length - heldBack.length);
    for (const { event } of heldBack) this.logger.warn({ ...this.label, ...idsOf(event) }, 'event held back');
    this.count('retry', heldBack.length);
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

  private async park(id: string, message: FeedMessage, waiting: Waiting): Promise<void> {
    const isKept = await this.inbox.park(id, parkedMessageOf(message), waiting, message);
    if (isKept) this.report(id, parkedMessageOf(message), waiting);
    else this.count('duplicate', 1);
    this.feed.settle([message]);
  }

  private report(
    id: string,
    { subject, traceparent }: Pick<ParkedMessage, 'subject' | 'traceparent'>,
    { attempts, reason, dueInMs }: Waiting,
  ): void {
    const line = { ...this.label, event: id, subject, attempts, reason };
    if (dueInMs === undefined) {
      this.logger.error(line, 'event is a dead letter');
      this.traceDeadLetter(id, traceparent);
    } else this.logger.warn({ ...line, due_in_ms: Math.round(dueInMs) }, 'event parked');
    this.count(dueInMs === undefined ? 'dead' : 'retry', 1);
  }

  /** A span without a length: what could not be read, or ended the process, has no other. */
  private traceDeadLetter(id: string, traceparent: string | null): void {
    const { durable } = this.handler.consumer;
    const start = { kind: 'internal', name: 'dead letter', attributes: consumption(durable, id) } as const;
    startSpan(start, traceparent)?.end({}, 'dead_letter');
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

const suspected = ({ info }: FeedMessage): Waiting => ({
  attempts: 0,
  reason: `delivered ${info.deliveryCount} times without being settled`,
  dueInMs: 0,
});

const contextOf = ({ event, traceparent }: ReceivedEvent): WorkContext => ({
  accountId: event.account_id,
  requestId: event.request_id,
  ...(traceparent !== undefined && { traceparent }),
});

/** What spans of the consumption of a message have in common. */
const consumption = (durable: string, messageId: string) => ({
  'messaging.system': 'nats',
  'messaging.operation.type': 'process',
  'messaging.operation.name': 'process',
  'messaging.destination.name': STREAM,
  'messaging.consumer.group.name': durable,
  'messaging.message.id': messageId,
});

const idsIn = ({ account_id, request_id }: ReceivedEvent['event']) => ({
  'nexivohr.account_id': account_id,
  'nexivohr.request_id': request_id,
});

const idsOf = ({ id, type, account_id, request_id }: ReceivedEvent['event']) => ({
  event: id,
  type,
  account_id,
  request_id,
});
