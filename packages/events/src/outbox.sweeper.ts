import { Injectable } from '@nestjs/common';
import { SWEPT_AT, Sweeper } from '@nexivo/store/sweeper';

/** How long a published event is kept, for Postgres: so much of the stream the reconciler can restore. */
const KEPT_FOR = `interval '3 days'`;

/** Deletes events from the outbox that were published long ago and that every consumer has had. */
@Injectable()
export class OutboxSweeper extends Sweeper<'outbox'> {
  protected readonly statements = {
    outbox: `
      delete from outbox where id in (
        select id from outbox where published_at <= ${SWEPT_AT} - ${KEPT_FOR} and not exists (
          select from outbox_consumed consumed
          where consumed.stream_id = outbox.stream_id and outbox.stream_seq > consumed.seq)
        order by published_at limit $1 for update skip locked)`,
  };
}
