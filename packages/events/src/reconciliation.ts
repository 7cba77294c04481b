import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';
import type { EntityManager } from 'typeorm';

const PAGE_ROWS = 500;
/** Every run looks at what was published since, for Postgres: three times as long as two runs are apart. */
const RECENT = `interval '15 minutes'`;
/** And at so many events before that. */
const RECENT_ROWS = 100;
/** The stream names what was deleted from its middle; a list longer than this is not asked for. */
const MAX_DELETED = 10_000;
/** How often one event is published again. A stream that does not keep what it acknowledges must not be fed for ever. */
const MAX_REPUBLISHED = 3;
const FOREVER_MS = 100 * 365 * 24 * 60 * 60_000;

/** A published event, and where the stream should have it. */
interface Row {
  id: string;
  stream_seq: string;
}

/** Part of the stream, both ends included. */
interface Range {
  from: number;
  to: number;
}
const END = Number.MAX_SAFE_INTEGER;

/**
 * One comparison of the outbox with the stream.
 *
 * What can be lost without the stream saying so is what came last before the server was stopped: another message may have its
 * sequence number by now. So the events published lately are each looked up, by id, and all the others only if one of
 * those is missing. What was purged or deleted the stream says itself.
 *
 * It takes as long as the stream takes to answer for each event, so it has no transaction: what a page has found missing is
 * published again whatever becomes of the rest.
 */
export class Reconciliation {
  private readonly streamId: string;
  /** Of rows that were published in this span of time, in seconds ago. */
  private readonly span: readonly [oldest: number, newest: number];

  constructor(
    private readonly outbox: EntityManager,
    private readonly manager: JetStreamManager,
    private readonly stream: StreamInfo,
    private readonly isStopping: () => boolean,
  ) {
    const { created, config } = stream;
    this.streamId = created;
    // What the stream has let expire is not lost. And within the de-duplication window it would take an event for a duplicate
    // even though the first is gone: its turn comes with the next run.
    this.span = [(millis(config.max_age) || FOREVER_MS) / 1_000, millis(config.duplicate_window) / 1_000];
  }

  /** @returns how many events were found missing and are unpublished again */
  async run(): Promise<number> {
    // The server leaves out `num_deleted` when there are none, which compares as well.
    const { first_seq, num_deleted } = this.stream.state;
    const fromOthers = await this.adopt();
    const recent = await this.startOfRecent();
    const missing = fromOthers + (await this.check({ from: recent, to: END }));
    const older = { from: 0, to: recent - 1 };
    if (missing > fromOthers || num_deleted > MAX_DELETED) return missing + (await this.check(older));
    const purged = await this.check({ from: 0, to: Math.min(first_seq, recent) - 1 });
    return missing + purged + (num_deleted > 0 ? await this.checkDeleted() : 0);
  }

  /** Events that went into a stream of the same name before this one, or were noted as if: they are here, or missing. */
  private async adopt(): Promise<number> {
    let missing = 0;
    while (!this.isStopping()) {
      const rows = await this.outbox.query<Row[]>(
        `select id, stream_seq from outbox
         where published_at > clock_timestamp() - make_interval(secs => $2) and republished < ${MAX_REPUBLISHED}
           and (stream_id < $1 or stream_id > $1)
         limit ${PAGE_ROWS}`,
        [this.streamId, this.span[0]],
      );
      if (rows.length === 0) break;
      missing += await this.unpublishMissing(rows);
      await this.outbox.query(`update outbox set stream_id = $1 where id = any($2) and published_at is not null`, [
        this.streamId,
        rows.map(({ id }) => id),
      ]);
    }
    return missing;
  }

  /**
   * The smallest sequence number of the events published lately. If the server came back without its last messages, the last of ours
   * before that is among them, however few there were.
   */
  private async startOfRecent(): Promise<number> {
    const [{ seq }] = await this.outbox.query<[{ seq: string | null }]>(
      `select min(stream_seq) as seq from (
         (select stream_seq from outbox where stream_id = $1 and published_at > clock_timestamp() - ${RECENT})
         union all
         (select stream_seq from outbox where stream_id = $1 and published_at <= clock_timestamp() - ${RECENT}
          order by published_at desc limit ${RECENT_ROWS})
       ) as recent`,
      [this.streamId],
    );
    return Number(seq);
  }

  private async check({ from, to }: Range): Promise<number> {
    let missing = 0;
    let after: Row = { id: '', stream_seq: String(from) };
    while (!this.isStopping()) {
      const rows = await this.published(
        `(stream_seq, id) > ($4, $5) and stream_seq <= $6 order by stream_seq, id limit ${PAGE_ROWS}`,
        [after.stream_seq, after.id, to],
      );
      missing += await this.unpublishMissing(rows);
      if (rows.length < PAGE_ROWS) break;
      after = rows.at(-1)!;
    }
    return missing;
  }

  private async checkDeleted(): Promise<number> {
    const { state } = await this.manager.streams.info(this.stream.config.name, { deleted_details: true });
    return this.unpublishMissing(await this.published('stream_seq = any($4)', [state.deleted ?? []]));
  }

  /** @param condition with parameters from $4 on */
  private published(condition: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.outbox.query<Row[]>(
      `select id, stream_seq from outbox
       where stream_id = $1 and published_at > clock_timestamp() - make_interval(secs => $2)
         and published_at < clock_timestamp() - make_interval(secs => $3) and republished < ${MAX_REPUBLISHED}
         and ${condition}`,
      [this.streamId, ...this.span, ...parameters],
    );
  }

  private async unpublishMissing(rows: readonly Row[]): Promise<number> {
    const found = await Promise.all(rows.map(async (row) => (await this.holds(row)) || (await this.holds(row))));
    const missing = rows.filter((_row, index) => !found[index]).map(({ id }) => id);
    if (missing.length === 0) return 0;
    await this.outbox.query(
      `update outbox set published_at = null, stream_seq = null, stream_id = null, republished = republished + 1
       where id = any($1)`,
      [missing],
    );
    return missing.length;
  }

  /** Any server that has a copy of the stream may answer; one that lags is the reason to ask twice. */
  private async holds({ id, stream_seq }: Row): Promise<boolean> {
    const message = await this.manager.direct.getMessage(this.stream.config.name, { seq: Number(stream_seq) });
    return message?.header.get('Nats-Msg-Id') === id;
  }
}
