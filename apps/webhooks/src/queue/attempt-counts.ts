/** So many buckets has each doubling of the latency: whoever takes a bucket's middle is at most 9.1 % off. */
const BUCKETS_PER_DOUBLING = 4;

/** So many rows hold one count, so that those who write at the same time do not queue for it. */
const SHARDS = 16;

/** Counts are kept for as long as they are shown, as an SQL interval, and to the end of their hour. */
export const COUNTS_KEPT_FOR = `interval '25 hours'`;

/** The number of the bucket of a latency in ms, as an SQL expression. */
export const bucketOf = (latencyMs: string): string =>
  `ceil(${BUCKETS_PER_DOUBLING} * ln(greatest(${latencyMs}, 1)::float8) / ln(2::float8))::smallint`;

/** The middle of a bucket, in ms. */
export const latencyOf = (bucket: number): number =>
  bucket === 0 ? 1 : Math.round(2 ** ((bucket - 0.5) / BUCKETS_PER_DOUBLING));

/**
 * Counts the attempts of a batch that has been written down, in the same statement: an attempt is counted once, like its row in the
 * log. Each connection has a shard of its own, and takes its rows in the order of their keys, so nobody waits for long, and there is
 * no deadlock.
 *
 * @param completed name of what has `account_id`, `webhook_id`, `outcome` and `latency_ms` of each
 */
export const countAttempts = (completed: string): string => `
    insert into attempt_counts as kept (account_id, webhook_id, hour, is_success, latency_bucket, shard, attempts)
    select account_id, webhook_id, date_trunc('hour', statement_timestamp(), 'UTC'), outcome = 'succeeded',
      ${bucketOf('latency_ms')}, pg_backend_pid() % ${SHARDS}, count(*)
    from ${completed} group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (account_id, webhook_id, hour, is_success, latency_bucket, shard)
      do update set attempts = kept.attempts + excluded.attempts`;
