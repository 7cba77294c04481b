import type { EntityManager } from 'typeorm';

/**
 * Locks accounts until the end of the transaction: nobody else records their events, or adds or deletes their webhooks. The
 * statements that follow see all that was done under the lock before.
 *
 * @returns the position of the last event of each
 */
export async function lockAccounts(tx: EntityManager, accountIds: Iterable<string>): Promise<Map<string, number>> {
  // In one order, so that there is no deadlock.
  const ids = [...new Set(accountIds)].toSorted();
  await tx.query(`insert into event_positions (account_id) select unnest($1::uuid[]) on conflict do nothing`, [ids]);
  const rows = await tx.query<{ account_id: string; last: string }[]>(
    `select account_id, last from event_positions where account_id = any($1) order by account_id for update`,
    [ids],
  );
  return new Map(rows.map(({ account_id, last }) => [account_id, Number(last)]));
}

/** Like {@link lockAccounts}, for one. */
export const lockAccount = async (tx: EntityManager, accountId: string): Promise<number> =>
  (await lockAccounts(tx, [accountId])).get(accountId)!;
