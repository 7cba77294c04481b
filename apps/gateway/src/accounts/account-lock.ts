import type { EntityManager } from 'typeorm';

/** What an account may have only so many of. */
type Counted = 'tokens' | 'invitations';

/**
 * Lets nobody else add to what an account has of something until the transaction ends, so that those who add at once do not go
 * beyond a limit together. It is no lock of the account's row, which every request's quota needs.
 */
export const lockCount = (tx: EntityManager, accountId: string, counted: Counted): Promise<unknown> =>
  tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${counted} of ${accountId}`]);
