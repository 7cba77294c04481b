/**
 * What a session that writes no row of a list is called: its `application_name` ends in one of these. The visibility horizon
 * passes such a session over, so a session that has the name must keep to what it says.
 */
export const NEVER_WRITES_LISTS = [
  /** Reads only: Postgres refuses its writes, because the connection has `default_transaction_read_only=on`. */
  ':reads',
  /** Deletes what is expired, and changes no time by which a list is read. Taken for one transaction by sweepers. */
  ':upkeep',
] as const;

/** For one transaction: the connection belongs to the pool. */
export const NAME_UPKEEP = `set local application_name = 'nexivo:upkeep'`;
