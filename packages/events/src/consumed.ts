import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { errors, millis } from '@nats-io/transport-node';
import type { EntityManager } from 'typeorm';

/** How often an event is published again because it expired before all had it: twice as long as the stream keeps events is enough. */
const MAX_REPUBLISHED = 1;
const PAGE_ROWS = 1_000;

/** Part of the stream that no consumer is known to have had and that is gone, and how many events of this service it had. */
export interface Expired {
  readonly from: number;
  readonly to: number;
  readonly events: number;
}

/**
 * Up to which message of the stream every durable consumer has settled what it is for.
 *
 * @param stream as it was before the consumers are asked
 * @returns undefined if this service may not ask, as with rights of an earlier release
 */
async function consumedUpTo({ consumers }: JetStreamManager, stream: StreamInfo): Promise<number | undefined> {
  let seq = stream.state.last_seq;
  try {
    for await (const consumer of consumers.list(stream.config.name)) {
      const { config, num_pending, num_ack_pending, ack_floor } = consumer;
      // One that waits for nothing has come to the end, however long ago its last message was.
      if (config.durable_name && num_pending + num_ack_pending > 0) seq = Math.min(seq, ack_floor.stream_seq);
    }
  } catch (error) {
    const cause = error instanceof errors.RequestError ? error.cause : error;
    if (cause instanceof errors.PermissionViolationError) return undefined;
    throw error;
  }
  return seq;
}

/**
 * Notes how far all consumers are: the outbox keeps what is beyond. If the stream has let something expire that was beyond when that was last
 * noted, the relay is to publish it again: nobody was there to consume it. What some of them did have they know by its id.
 *
 * @param outbox that of the one who reconciles
 */
export async function noteConsumed(
  outbox: EntityManager,
  manager: JetStreamManager,
  stream: StreamInfo,
): Promise<Expired | undefined> {
  const seq = await consumedUpTo(manager, stream);
  if (seq === undefined) return undefined;
  const last = stream.state.first_seq - 1;
  const [noted] = await outbox.query<{ seq: string }[]>('select seq from outbox_consumed where stream_id = $1', [
    stream.created,
  ]);
  const from = noted && Number(noted.seq) + 1;
  let expired: Expired | undefined;
  if (from !== undefined && from <= last) {
    expired = { from, to: last, events: 0 };
    for (let found = PAGE_ROWS; found === PAGE_ROWS; expired = { ...expired, events: expired.events + found }) {
      [, found] = await outbox.query<[unknown[], number]>(
        `update outbox set published_at = null, stream_seq = null, stream_id = null, republished = republished + 1
         where id in (
           select id from outbox where stream_id = $1 and stream_seq between $2 and $3 and republished < ${MAX_REPUBLISHED}
             and published_at < clock_timestamp() - make_interval(secs => $4)
           limit ${PAGE_ROWS})`,
        [stream.created, from, last, millis(stream.config.duplicate_window) / 1_000],
      );
    }
  }
  await outbox.query(
    `insert into outbox_consumed (stream_id, seq) values ($1, $2) on conflict (stream_id) do update set seq = excluded.seq`,
    [stream.created, Math.max(seq, last)],
  );
  return expired;
}
