import type { EventType, StoredEvent } from '@nexivo/contracts/events';
import type { EntityManager } from 'typeorm';

/**
 * A reader of events with a memory of its own: a durable pull consumer of the stream, of which every replica of the service
 * takes its share. The migrate step provisions it, no service does.
 */
export interface EventConsumer {
  /** Its name on the bus and in the inbox, such as `candidates-submission-placed`; it begins with the service's. */
  readonly durable: string;
  readonly types: readonly EventType[];
  /** How many events may be handled in one transaction; 1 where it is left out. */
  readonly batchSize?: number;
  /**
   * Whether the events of one object take effect in the order of the stream, whatever fails or is killed: one replica handles them
   * at a time, and what follows an event that has to be tried again waits for it, until it has taken effect or is a dead letter.
   *
   * How far the consumer has come is one number, and no event is remembered. The handler therefore has to know by id an event
   * that was published twice; one and the same message it is never given again.
   */
  readonly inOrder?: boolean;
}

/** One event, and the text it came as: who hands it on hands on that. */
export interface ReceivedEvent {
  readonly event: StoredEvent;
  readonly json: string;
  /** W3C trace context of what caused it; to a handler it is that of the handling, where that is recorded. */
  readonly traceparent?: string;
}

/**
 * What a service does with the events of a consumer. Each event takes effect once, however often the bus delivers it:
 * what `handle` writes is committed together with the consumer's inbox.
 */
export interface EventHandler {
  readonly consumer: EventConsumer;

  /**
   * Handles events in the order of the stream, as far as they go together: unless the consumer is {@link EventConsumer.inOrder},
   * one that failed comes again later, after those that followed it, and two replicas of a service handle their shares side by
   * side. An error that is thrown is a {@link retry}.
   *
   * @param tx the transaction that all writing goes through; it is committed if this returns {@link ack}
   * @param events up to `batchSize`. If several do not go through together, each is handled alone, so that an outcome need
   * not say which of them it is about
   */
  handle(tx: EntityManager, events: readonly ReceivedEvent[]): Promise<Outcome>;

  /** Called when what `handle` did is committed. Nothing may depend on it: a process can end in between. */
  committed?(): void;
}

/** What becomes of the events that were handled. */
export type Outcome = Ack | Retry | DeadLetter;
export interface Ack {
  readonly kind: 'ack';
}
export interface Retry {
  readonly kind: 'retry';
  readonly reason: string;
}
export interface DeadLetter {
  readonly kind: 'dead';
  readonly reason: string;
}

/** Done: commit. */
export const ack = (): Ack => ({ kind: 'ack' });

/** Not now: roll back, and come again later, a limited number of times. `reason` is for the operator. */
export const retry = (reason: string): Retry => ({ kind: 'retry', reason });

/** Never: roll back, and put it aside for the operator, who can have it handled again. */
export const deadLetter = (reason: string): DeadLetter => ({ kind: 'dead', reason });
