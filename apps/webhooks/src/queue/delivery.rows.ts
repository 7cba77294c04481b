import type { Claimed, Completion, HealthChange, EndpointHealth } from './queue.types.js';

/** The health of an endpoint, as Postgres has it. */
export interface HealthRow {
  failing_since: Date | null;
  failures: number;
  failing_days: number;
  last_failure_at: Date | null;
  last_success_at: Date | null;
  paused_until: Date | null;
  consecutive_slowdowns: number;
  is_oversized: boolean;
}

/** What a claim has seen of the queue. */
export interface ChoiceRow {
  is_truncated: boolean;
  /** Account and webhook of the last endpoint that it looked at. */
  last: [string, string] | null;
  /** How many deliveries are due, as far as it looked. */
  due: number;
}

/** What monitoring reads of the queue. */
export interface BacklogRow {
  pending: number;
  late_ours: number;
  late_endpoint: number;
  oldest_ours_s: number;
  oldest_endpoint_s: number;
}

export interface ClaimRow extends HealthRow {
  id: string;
  tid: string;
  account_id: string;
  webhook_id: string;
  event_id: string;
  event_type: string;
  origin: string;
  attempts: number;
  attempts_total: number;
  waited_s: number;
  claimed_at: Date;
  body: string | null;
  traceparent: string | null;
  url: string;
  secret_key_id: string;
  secret: Buffer;
  previous_secret_key_id: string | null;
  previous_secret: Buffer | null;
  has_previous: boolean | null;
  is_degraded: boolean;
}

export interface LockedHealthRow extends HealthRow {
  webhook_id: string;
  /** By the database's clock. */
  now: Date;
}

export const completionColumns = (completions: readonly Completion[]): unknown[][] => [
  completions.map(({ delivery }) => delivery.accountId),
  completions.map(({ delivery }) => delivery.id),
  completions.map(({ delivery }) => delivery.token),
  completions.map(({ delivery }) => delivery.attempts),
  completions.map(({ outcome }) => outcome.status),
  completions.map(({ outcome }) => outcome.dueInMs),
  completions.map(({ outcome }) => outcome.attempt.at),
  completions.map(({ outcome }) => outcome.attempt.statusCode),
  completions.map(({ outcome }) => outcome.attempt.latencyMs),
  completions.map(({ outcome }) => outcome.attempt.responseBody),
  completions.map(({ outcome }) => outcome.attempt.error),
  completions.map(({ outcome }) => outcome.attempt.errorDetail),
  completions.map(({ delivery }) => delivery.tid),
];

export function missingFrom(written: readonly { id: string }[], completions: readonly Completion[]): Completion[] {
  const ids = new Set(written.map(({ id }) => id));
  return completions.filter(({ delivery }) => !ids.has(delivery.id));
}

export const healthColumns = (changes: readonly HealthChange[]): unknown[][] => [
  changes.map(({ accountId }) => accountId),
  changes.map(({ webhookId }) => webhookId),
  changes.map(({ health }) => health.failingSince),
  changes.map(({ health }) => health.lastSuccessAt),
  changes.map(({ health }) => health.pausedUntil),
  changes.map(({ health }) => health.consecutiveSlowdowns),
  changes.map(({ health }) => health.isOversized),
  changes.map(({ health }) => health.failures),
  changes.map(({ health }) => health.failingDays),
  changes.map(({ health }) => health.lastFailureAt),
];

export function disableColumns(changes: readonly HealthChange[]): unknown[][] {
  const toDisable = changes.filter(({ disable }) => disable !== undefined);
  return [
    toDisable.map(({ accountId }) => accountId),
    toDisable.map(({ webhookId }) => webhookId),
    toDisable.map(({ disable }) => disable),
  ];
}

export const toHealth = (row: HealthRow): EndpointHealth => ({
  failingSince: row.failing_since ?? undefined,
  failures: row.failures,
  failingDays: row.failing_days,
  lastFailureAt: row.last_failure_at ?? undefined,
  lastSuccessAt: row.last_success_at ?? undefined,
  pausedUntil: row.paused_until ?? undefined,
  consecutiveSlowdowns: row.consecutive_slowdowns,
  isOversized: row.is_oversized,
});

export const toClaimed = (row: ClaimRow, token: string): Claimed => ({
  accountId: row.account_id,
  id: row.id,
  token,
  tid: row.tid,
  webhookId: row.webhook_id,
  eventId: row.event_id,
  eventType: row.event_type,
  origin: row.origin,
  attempts: row.attempts,
  attemptsTotal: row.attempts_total,
  dueAt: performance.now() - row.waited_s * 1_000,
  clockOffsetMs: row.claimed_at.getTime() - performance.now(),
  body: row.body ?? undefined,
  traceparent: row.traceparent ?? undefined,
  url: row.url,
  secrets: [
    { keyId: row.secret_key_id, sealed: row.secret },
    ...(row.has_previous ? [{ keyId: row.previous_secret_key_id!, sealed: row.previous_secret! }] : []),
  ],
  health: toHealth(row),
  isDegraded: row.is_degraded,
});
