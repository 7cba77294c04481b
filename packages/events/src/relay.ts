import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BusConnection, isBusAway } from '@nexivo/bus/connection';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { LOGGER } from '@nexivo/runtime/logging';
import { unavailabilityOf } from '@nexivo/store/database';
import { underSessionLock } from '@nexivo/store/session-lock';
import { WakeUp } from '@nexivo/runtime/wake-up';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { OutboxSubscriber } from './outbox.subscriber.js';
import { type OutboxRow, Publisher, type Stored } from './publisher.js';
import { STORES_NOTHING, type StreamState, streamStateAfter } from './stream-state.js';

const BATCH_ROWS = 500;
/** How often the relay looks without having been notified. */
const POLL_MS = 1_000;
/** After the first failure; doubled with every further one. */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** After which no further event of a batch is sent. With the wait for the last ack it stays below {@link TURN}'s limit. */
const SEND_FOR_MS = 3_000;
/** The same once the relay is to stop. */
const LAST_SEND_FOR_MS = 1_000;
/**
 * Only one replica at a time may publish, or two of them would send events of one resource side by side. Of one that hangs for so
 * long, another takes over.
 */
const TURN = { name: 'outbox relay', hungAfterMs: 10_000 };

/** What a turn has come to. */
type Turn = 'done' | 'more' | 'partly' | 'busy' | 'away' | 'failed';

/** How soon it tries again while another replica is at it, while some events fail and others do not, and while there is no bus. */
const PAUSE_MS = { busy: 25, partly: FIRST_BACKOFF_MS, away: POLL_MS };

/** What waits in the outbox. */
export interface Backlog {
  rows: number;
  /** Seconds since the oldest of them was written; 0 when there is none. */
  oldestS: number;
}

/**
 * Publishes what the service has put into its outbox: each event at least once, those of one resource in their order. It runs in
 * every replica of the service, and one of them at a time has its turn.
 *
 * An event is marked as published after the stream has acknowledged it. A relay that dies in between has it published again, which
 * the stream notices by its id if it comes within the de-duplication window, and the consumers' inboxes do if it comes later.
 *
 * A flag for each row, and not a cursor: a transaction may be committed after one that began later, and its rows would then lie
 * behind the cursor.
 */
@Injectable()
export class Relay implements OnApplicationBootstrap, OnApplicationShutdown {
  /** How many events this replica has published. */
  published = 0;
  /** What publishing has shown of the stream. */
  streamState: StreamState = 'ok';
  /** How many of its turns have failed. */
  failures = 0;
  private readonly publisher: Publisher;
  private readonly failureLog: FailureLog;
  private readonly appended = new WakeUp();
  private readonly stopRequested = new WakeUp();
  private readonly subscriber = new OutboxSubscriber(() => this.appended.notify());
  private running: Promise<void> | undefined;
  private isStopping = false;
  private sendUntil = Infinity;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    private readonly bus: BusConnection,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.publisher = new Publisher(bus);
    this.failureLog = new FailureLog(logger, 'outbox');
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  /** Later than the commands end, whose events there are to publish, and earlier than database and bus are closed. */
  onApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  start(): void {
    this.database.subscribers.push(this.subscriber);
    this.running = this.run();
  }

  /**
   * Publishes what was appended last, as far as that is soon done, and ends when all that was sent is acknowledged and marked. The
   * rest is for another replica, or the next start.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.sendUntil = performance.now() + LAST_SEND_FOR_MS;
    this.stopRequested.notify();
    this.appended.notify();
    await this.running;
    const index = this.database.subscribers.indexOf(this.subscriber);
    if (index >= 0) this.database.subscribers.splice(index, 1);
  }

  async backlog(): Promise<Backlog> {
    const [{ rows, oldest_s }] = await this.database.query<[{ rows: string; oldest_s: number }]>(
      `select count(*) as rows, coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_s
       from outbox where published_at is null`,
    );
    return { rows: Number(rows), oldestS: oldest_s };
  }

  /** Notes where the stream holds the events. */
  protected async mark(manager: EntityManager, stored: readonly Stored[], streamId: string): Promise<void> {
    await manager.query(
      `update outbox set published_at = clock_timestamp(), stream_seq = stored.seq, stream_id = $3
       from unnest($1::text[], $2::bigint[]) as stored (id, seq) where outbox.id = stored.id`,
      [stored.map(({ id }) => id), stored.map(({ streamSeq }) => streamSeq), streamId],
    );
  }

  private async run(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    let turn: Turn | undefined;
    while (!this.isStopping) {
      turn = await this.takeTurn();
      if (turn === 'failed') {
        // Not all replicas of all services at the same moment.
        await this.stopRequested.wait(backoffMs * (0.5 + Math.random() / 2));
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
        continue;
      }
      backoffMs = FIRST_BACKOFF_MS;
      if (turn === 'done') await this.appended.wait(POLL_MS);
      else if (turn !== 'more') await this.stopRequested.wait(PAUSE_MS[turn]);
    }
    // What was appended just before the stop.
    if (turn === 'done') await this.takeTurn();
  }

  private async takeTurn(): Promise<Turn> {
    if (!this.bus.isConnected) return 'away';
    try {
      const turn = (await underSessionLock(this.database, TURN, (manager) => this.publishBatch(manager))) ?? 'busy';
      if (turn === 'done' || turn === 'more') {
        this.failureLog.succeeded();
        this.streamState = 'ok';
      }
      return turn;
    } catch (error) {
      this.failures++;
      this.failureLog.failed(error, unavailabilityOf(error));
      return 'failed';
    }
  }

  private async publishBatch(manager: EntityManager): Promise<Turn> {
    const rows = await unpublished(manager);
    if (rows.length === 0) return 'done';

    const until = performance.now() + SEND_FOR_MS;
    const mayGoOn = (): boolean => performance.now() < Math.min(until, this.sendUntil);
    const { stored, streamId, errors, isStreamSilent } = await this.publisher.publish(rows, mayGoOn);
    if (stored.length > 0) await this.mark(manager, stored, streamId);
    this.published += stored.length;
    if (errors.length === 0) return rows.length === BATCH_ROWS || stored.length < rows.length ? 'more' : 'done';
    this.failures++;
    this.streamState = isStreamSilent ? STORES_NOTHING : (streamStateAfter(errors[0]) ?? this.streamState);
    const fields = { stream: this.streamState, failed: errors.length, stored: stored.length };
    const isAway = this.streamState === 'ok' && isBusAway(errors[0]);
    this.failureLog.failed(errors[0], isAway ? 'away' : undefined, fields);
    return stored.length > 0 ? 'partly' : 'failed';
  }
}

const unpublished = (manager: EntityManager): Promise<OutboxRow[]> =>
  manager.query<OutboxRow[]>(
    `select id, aggregate_id, type, version, payload, request_id, traceparent
     from outbox where published_at is null order by seq limit $1`,
    [BATCH_ROWS],
  );
