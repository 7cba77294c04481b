import { Injectable } from '@nestjs/common';
import { SWEPT_AT, Sweeper } from '@nexivo/store/sweeper';
import { INBOX_LIFETIME } from './inbox.table.js';

/** Deletes from the inbox what can no longer be delivered. Dead letters stay until an operator has decided about them. */
@Injectable()
export class InboxSweeper extends Sweeper<'inbox'> {
  protected readonly statements = {
    inbox: `
      delete from inbox where (consumer, event_id) in (
        select consumer, event_id from inbox
        where state = 'done' and at <= ${SWEPT_AT} - ${INBOX_LIFETIME}
        order by at limit $1 for update skip locked)`,
  };
}
