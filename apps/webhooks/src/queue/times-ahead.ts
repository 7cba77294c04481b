import { Injectable } from '@nestjs/common';
import { Clock } from '@nexivo/runtime/clock';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { DataSource } from 'typeorm';
import { LEASE_S } from './claim.sql.js';
import { RETRY_AFTER_MAX_MS } from './schedule.js';

/** No wait between two attempts is longer, its jitter included. */
const LONGEST_WAIT = `interval '${Math.ceil((RETRY_AFTER_MAX_MS * 1.25) / 3_600_000)} hours'`;
/** What two clocks may differ by. */
const SLACK = `interval '2 seconds'`;

/**
 * Ends what would last longer than it can, or was written in what is now the future: a pause after a 503 in a wrong hour would stop its
 * webhook for that hour, new events included.
 */
const MENDS = [
  `update endpoint_health set paused_until = null
   where paused_until > now() + ${LONGEST_WAIT} or (paused_until > now() and last_failure_at > now() + ${SLACK})`,
  `update deliveries set lease_until = now() + interval '${LEASE_S} seconds'
   where lease_token is not null and lease_until > now() + interval '${LEASE_S} seconds' + ${SLACK}`,
  `update deliveries set due_at = now()
   where status = 'pending' and due_at > now() and (due_at > now() + ${LONGEST_WAIT} or updated_at > now() + ${SLACK})`,
];

/** Mends the times of the queue when the database's clock has been set back. */
@Injectable()
export class TimesAhead {
  constructor(
    private readonly database: DataSource,
    private readonly wakeUp: WakeUp,
    clock: Clock,
  ) {
    clock.whenSetBack(() => this.mend());
  }

  async mend(): Promise<void> {
    for (const statement of MENDS) await this.database.query(statement);
    this.wakeUp.notify();
  }
}
