import type { EntityManager } from 'typeorm';

/**
 * The first event since a time, by when it was recorded and not by when it was made: an event that was made shortly before
 * `since` may have been recorded after it. Times are shown rounded to the millisecond, so a `disabled_at` may be half a millisecond late.
 */
export async function firstPositionSince(tx: EntityManager, accountId: string, since: string): Promise<number> {
  const [row] = await tx.query<[{ position: string }]>(
    `select coalesce(
       (select position from events where account_id = $1 and received_at >= $2::timestamptz - interval '1 ms'
        order by received_at, position limit 1),
       (select last + 1 from event_positions where account_id = $1),
       1) as position`,
    [accountId, since],
  );
  return Number(row.position);
}
