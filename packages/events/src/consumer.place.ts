import type { DataSource, EntityManager } from 'typeorm';

/** A consumer's place is not where its replica believes it to be. It begins anew from where it is. */
export class PlaceLost extends Error {}

/** What the bus says of a consumer and its stream. */
export interface OnTheBus {
  /** Tells the stream from one of the same name before or after it. */
  readonly streamId: string;
  /** Up to which message of the stream something was delivered. */
  readonly deliveredSeq: number;
  /** Up to which message all is settled. */
  readonly settledSeq: number;
}

/** Up to which message of the stream a consumer has come: all until there has taken effect, or waits in the inbox. */
export class ConsumerPlace {
  constructor(
    private readonly database: DataSource,
    private readonly consumer: string,
  ) {}

  /**
   * Where to go on. It is the first place of a new stream. A place behind what was delivered is that of a stream that was restored from
   * an older copy, which uses its sequence numbers a second time: then it is up to where all is settled.
   *
   * @returns `takeovers`: how often a replica has begun here, now included, and has come no further
   */
  async open({ streamId, deliveredSeq, settledSeq }: OnTheBus): Promise<{ seq: number; takeovers: number }> {
    const [{ seq, takeovers }] = await this.database.query<[{ seq: string; takeovers: number }]>(
      `insert into consumer_places as place (consumer, stream_id, seq) values ($1, $2, least($4::bigint, $3))
       on conflict (consumer) do update set
         stream_id = $2,
         seq = case when place.stream_id <> $2 then 0 when place.seq > $3 then least($4, $3) else place.seq end,
         takeovers = case when place.stream_id = $2 and place.seq < $3 then place.takeovers + 1 else 0 end
       returning seq, takeovers`,
      [this.consumer, streamId, deliveredSeq, settledSeq],
    );
    return { seq: Number(seq), takeovers };
  }

  /**
   * Reads the place, and keeps it from moving until the transaction ends.
   *
   * @throws PlaceLost if it is before that of the message handed out last: Postgres has lost what was committed
   */
  async lock(tx: EntityManager, after: number): Promise<number> {
    const [place] = await tx.query<{ seq: string }[]>(
      `select seq from consumer_places where consumer = $1 for update`,
      [this.consumer],
    );
    if (!place || Number(place.seq) < after) throw new PlaceLost(`the place is ${place?.seq}, not ${after}`);
    return Number(place.seq);
  }

  async move(tx: EntityManager, seq: number): Promise<void> {
    await tx.query(`update consumer_places set seq = greatest(seq, $2), takeovers = 0 where consumer = $1`, [
      this.consumer,
      seq,
    ]);
  }

  /** For a replica that has ended as it should: what it leaves undone is not suspected to end the process. */
  async leave(): Promise<void> {
    await this.database.query(`update consumer_places set takeovers = 0 where consumer = $1`, [this.consumer]);
  }
}
