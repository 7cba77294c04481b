import { errors as natsErrors, headers, type MsgHdrs } from '@nats-io/transport-node';
import type { BusConnection } from '@nexivo/bus/connection';
import { startSpan } from '@nexivo/bus/tracing';
import { eventSubject, type EventType } from '@nexivo/contracts/events';
import { jetStreamOf, STREAM } from './stream.js';

/** A row of the outbox, as far as it is published. */
export interface OutboxRow {
  id: string;
  aggregate_id: string;
  type: EventType;
  version: number;
  payload: string;
  request_id: string;
  traceparent: string | null;
}

/** Where the stream holds an event. */
export interface Stored {
  id: string;
  streamSeq: number;
}

/** What became of some rows: those that are in neither list were not sent. */
export interface Published {
  stored: Stored[];
  /** What tells the stream that holds them from one of the same name before or after it. */
  streamId: string;
  /** One for each that failed; whether the stream holds it is unknown. */
  errors: unknown[];
  /** Whether the stream answers, and has stored nothing of several batches in a row, nor of anybody else meanwhile. */
  isStreamSilent: boolean;
}

/**
 * How many events are under way at once. With an fsync for each event the stream takes no more per second however many there are,
 * and the last of them must not wait for all the others longer than {@link ACK_TIMEOUT_MS} on a slow disk.
 */
const MAX_IN_FLIGHT = 100;
const ACK_TIMEOUT_MS = 5_000;
/** How soon a stream that was made anew is noticed here; the reconciler sets right what was noted wrongly until then. */
const IDENTITY_LIFETIME_MS = 10_000;
/** After so many batches in a row of which nothing was acknowledged, the stream is silent; after one it may have been slow. */
const SILENT_BATCHES = 2;

/** Puts events into the stream. */
export class Publisher {
  private identity: { id: string; readAt: number } | undefined;
  /** How many batches in a row were not acknowledged, and which event was the stream's last meanwhile. */
  private unanswered: { batches: number; lastSeq: number } | undefined;

  constructor(private readonly bus: BusConnection) {}

  /**
   * Publishes events in their order as far as they are about one resource, otherwise side by side: an event is sent once the
   * stream has acknowledged the one before it. When one fails, those of the same resource behind it are not sent.
   *
   * @param mayGoOn asked before each event
   */
  async publish(rows: readonly OutboxRow[], mayGoOn: () => boolean): Promise<Published> {
    const result: Published = { stored: [], streamId: '', errors: [], isStreamSilent: false };
    try {
      result.streamId = await this.streamId();
    } catch (error) {
      result.errors.push(error);
      return result;
    }
    // All take from the one iterator, so each resource's events are with one of them.
    const resources = Map.groupBy(rows, (row) => row.aggregate_id).values();
    const publishInTurn = async (): Promise<void> => {
      for (const events of resources) await this.publishInOrder(events, mayGoOn, result);
    };
    await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, publishInTurn));
    if (result.errors.length > 0) this.identity = undefined;
    result.isStreamSilent = await this.hasBeenSilent(result);
    return result;
  }

  /** nats-server does not answer what it cannot write; the last event tells that from answers that are late or were lost. */
  private async hasBeenSilent({ stored, errors }: Published): Promise<boolean> {
    const isUnanswered = stored.length === 0 && errors.length > 0 && errors.every(isTimeout);
    const lastSeq = isUnanswered ? await this.lastSeq().catch(() => undefined) : undefined;
    if (lastSeq === undefined) this.unanswered = undefined;
    else if (this.unanswered?.lastSeq !== lastSeq) this.unanswered = { batches: 1, lastSeq };
    else this.unanswered.batches += 1;
    return this.unanswered !== undefined && this.unanswered.batches >= SILENT_BATCHES;
  }

  private async lastSeq(): Promise<number> {
    const manager = await jetStreamOf(this.bus).jetstreamManager(false);
    return (await manager.streams.info(this.bus.names.name(STREAM))).state.last_seq;
  }

  private async streamId(): Promise<string> {
    const now = performance.now();
    if (!this.identity || now - this.identity.readAt > IDENTITY_LIFETIME_MS) {
      const manager = await jetStreamOf(this.bus).jetstreamManager(false);
      this.identity = { id: (await manager.streams.info(this.bus.names.name(STREAM))).created, readAt: now };
    }
    return this.identity.id;
  }

  private async publishInOrder(
    events: readonly OutboxRow[],
    mayGoOn: () => boolean,
    { stored, errors }: Published,
  ): Promise<void> {
    for (const event of events) {
      if (!mayGoOn()) return;
      const span = startSpan(
        {
          kind: 'producer',
          name: `publish ${event.type}`,
          attributes: {
            'messaging.system': 'nats',
            'messaging.operation.type': 'send',
            'messaging.operation.name': 'publish',
            'messaging.destination.name': STREAM,
            'messaging.message.id': event.id,
          },
        },
        event.traceparent,
      );
      const traceparent = span?.traceparent ?? event.traceparent;
      try {
        const { names } = this.bus;
        const subject = names.subject(eventSubject(event.type, event.aggregate_id));
        const { seq } = await jetStreamOf(this.bus).publish(subject, event.payload, {
          msgID: event.id,
          headers: headersOf({ ...event, traceparent }),
          timeout: ACK_TIMEOUT_MS,
          expect: { streamName: names.name(STREAM) },
        });
        span?.end();
        stored.push({ id: event.id, streamSeq: seq });
      } catch (error) {
        span?.end({}, (error as Error).name);
        errors.push(error);
        return;
      }
    }
  }
}

const isTimeout = (error: unknown): boolean => error instanceof natsErrors.TimeoutError;

function headersOf({ version, request_id, traceparent }: OutboxRow): MsgHdrs {
  const result = headers();
  result.set('Nexivo-Event-Version', String(version));
  result.set('Nexivo-Request-Id', request_id);
  if (traceparent) result.set('traceparent', traceparent);
  return result;
}
