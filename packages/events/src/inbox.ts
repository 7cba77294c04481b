import type { DataSource, EntityManager } from 'typeorm';
import type { ReceivedEvent } from './consumer.js';
import type { FeedMessage } from './consumer.feed.js';
import type { ParkedMessage } from './read-event.js';

/** A parked message whose turn has come. */
export interface DueMessage extends ParkedMessage {
  readonly id: string;
  /** Including the one that begins now. */
  readonly attempts: number;
}

/** What becomes of a message: when it is due again, or that it is a dead letter. */
export interface Waiting {
  readonly attempts: number;
  readonly reason: string;
  /** From now; without it the message is a dead letter. */
  readonly dueInMs?: number | undefined;
}

/** An event and the message that it came in. */
export interface Arrival<Message extends FeedMessage> {
  readonly message: Message;
  readonly received: ReceivedEvent;
}

/** What is to be done with events that have come. */
export interface Admitted {
  /** To be handled now. */
  readonly events: readonly ReceivedEvent[];
  /** Put into the inbox behind an event of the same object that waits there. The others are known. */
  readonly heldBack: readonly ReceivedEvent[];
}

const LONGEST_REASON = 1_000;

/** What one consumer remembers of the events that it was given. */
export class Inbox<Message extends FeedMessage = FeedMessage> {
  constructor(
    protected readonly database: DataSource,
    protected readonly consumer: string,
  ) {}

  /** Marks events as done that this consumer sees for the first time, for whoever commits the transaction. */
  async admit(tx: EntityManager, arrivals: readonly Arrival<Message>[]): Promise<Admitted> {
    const fresh = await this.take(
      tx,
      arrivals.map(({ received }) => received.event.id),
    );
    // An event may be there twice. The first is handled, the second is a duplicate.
    const events = arrivals.map(({ received }) => received).filter(({ event }) => fresh.delete(event.id));
    return { events, heldBack: [] };
  }

  /**
   * Marks events as done, for whoever commits the transaction.
   *
   * @returns those that this consumer sees for the first time; of an event that another transaction holds it waits for the end
   */
  async take(tx: EntityManager, eventIds: readonly string[]): Promise<Set<string>> {
    // In one order, so that two replicas that take the same events do not wait for each other.
    const taken = await tx.query<{ event_id: string }[]>(
      `insert into inbox (consumer, event_id, state)
       select $1, id, 'done' from unnest($2::text[]) id order by id
       on conflict do nothing returning event_id`,
      [this.consumer, eventIds],
    );
    return new Set(taken.map(({ event_id }) => event_id));
  }

  /**
   * Keeps what did not go through.
   *
   * @param _from what it came in
   * @returns false if this consumer knows it already: then it stays as it is
   */
  async park(
    id: string,
    message: ParkedMessage,
    { attempts, reason, dueInMs }: Waiting,
    _from: Message,
  ): Promise<boolean> {
    const kept = await this.database.query<unknown[]>(
      `insert into inbox (consumer, event_id, state, attempts, reason, due_at, subject, version, traceparent, json)
       values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 ms', $7, $8, $9, $10)
       on conflict do nothing returning true`,
      [
        this.consumer,
        id,
        stateOf(dueInMs),
        attempts,
        storable(reason),
        dueInMs ?? null,
        message.subject,
        message.version,
        message.traceparent,
        message.json,
      ],
    );
    return kept.length > 0;
  }

  /**
   * The message that has been due for longest. The attempt that begins now is counted already, for it may end the process. If
   * nothing is heard of the message, it is due again later.
   *
   * @param delaysMs how long after each attempt the next one is due
   * @param leaseMs how long after the last attempt it is known to have ended the process
   */
  async claim(delaysMs: readonly number[], leaseMs: number): Promise<DueMessage | undefined> {
    const [[claimed]] = await this.database.query<[DueMessage[], number]>(
      `update inbox set
         attempts = attempts + 1,
         due_at = clock_timestamp() + coalesce(($2::float8[])[attempts + 1], $3) * interval '1 ms'
       where consumer = $1 and event_id = (
         select event_id from inbox
         where consumer = $1 and state = 'retry' and ${IS_DUE}
         order by due_at limit 1 for update skip locked)
       returning event_id as id, attempts, subject, version, traceparent, json`,
      [this.consumer, delaysMs, leaseMs, longestWaitMs(delaysMs, leaseMs)],
    );
    return claimed;
  }

  /**
   * Marks a message as done, for whoever commits the transaction.
   *
   * @returns false if it is no longer the claimant's
   */
  async complete(tx: EntityManager, { id, attempts }: DueMessage): Promise<boolean> {
    const [, completed] = await tx.query<[unknown[], number]>(
      `update inbox set state = 'done', due_at = null, reason = null, json = null, at = now()
       where consumer = $1 and event_id = $2 and state = 'retry' and attempts = $3`,
      [this.consumer, id, attempts],
    );
    return completed > 0;
  }

  /** What becomes of a message whose attempt has failed. */
  async reschedule({ id, attempts: claimed }: DueMessage, { attempts, reason, dueInMs }: Waiting): Promise<void> {
    await this.database.query(
      `update inbox set state = $4, attempts = $5, reason = $6, due_at = clock_timestamp() + $7 * interval '1 ms', at = now()
       where consumer = $1 and event_id = $2 and state = 'retry' and attempts = $3`,
      [this.consumer, id, claimed, stateOf(dueInMs), attempts, storable(reason), dueInMs ?? null],
    );
  }
}

/** Whether a message is due. What would wait longer than it can was written by a clock that has been set back since. $4 the longest wait */
export const IS_DUE = `(due_at <= clock_timestamp() or due_at > clock_timestamp() + $4 * interval '1 ms')`;

/** Give or take a fifth, and as much again for two clocks. */
export const longestWaitMs = (delaysMs: readonly number[], leaseMs: number): number =>
  1.5 * Math.max(...delaysMs, leaseMs);

export const stateOf = (dueInMs: number | undefined): string => (dueInMs === undefined ? 'dead' : 'retry');

/** Errors can say anything; Postgres takes this. */
export const storable = (reason: string): string =>
  reason.replaceAll('\0', '\u{fffd}').slice(0, LONGEST_REASON).toWellFormed();
