import { Injectable } from '@nestjs/common';
import { SESSION_IDLE_HOURS } from '@nexivo/contracts/sessions';
import { SWEPT_AT, Sweeper } from '@nexivo/store/sweeper';

/** For how long one can still see what became of a link. */
const LINKS_KEPT_DAYS = 90;

/** Deletes sessions that are over, links that ended long ago, and failures that no longer count. */
@Injectable()
export class PeopleSweeper extends Sweeper<'sessions' | 'links' | 'signInFailures'> {
  protected readonly statements = {
    sessions: `
      delete from sessions where id in (
        select id from sessions where expires_at <= ${SWEPT_AT} or last_seen_at <= ${SWEPT_AT} - interval '${SESSION_IDLE_HOURS} hours'
        limit $1 for update skip locked)`,
    links: `
      delete from invitations where id in (
        select id from invitations where expires_at < ${SWEPT_AT} - interval '${LINKS_KEPT_DAYS} days'
        order by expires_at limit $1 for update skip locked)`,
    signInFailures: `
      delete from sign_in_failures where key in (
        select key from sign_in_failures where until < ${SWEPT_AT} - interval '2 hours'
        order by until limit $1 for update skip locked)`,
  };
}
