import type { DisabledReason, EndpointHealth, Verdict } from './queue.types.js';
import { jittered, type Random } from './schedule.js';

/** The health of an endpoint that nothing has been sent to. */
export const UNKNOWN_HEALTH: EndpointHealth = {
  failingSince: undefined,
  failures: 0,
  failingDays: 0,
  lastFailureAt: undefined,
  lastSuccessAt: undefined,
  pausedUntil: undefined,
  consecutiveSlowdowns: 0,
  isOversized: false,
};

const SLOWDOWN_STATUSES = new Set([429, 502, 503, 504]);
const GONE = 410;

/**
 * @param status of the answer; nothing if there was none, or it cannot be trusted
 * @param isCut whether it was cut because it was too large
 */
export function verdictOf(status: number | undefined, retryAfterMs: number | undefined, isCut = false): Verdict {
  // What pours without answering is left alone for a while, too.
  if (status === undefined) return isCut ? { kind: 'slowdown', retryAfterMs: undefined } : { kind: 'failure' };
  if (status >= 200 && status < 300) return { kind: 'success', isOversized: isCut };
  if (status === GONE) return { kind: 'gone' };
  return SLOWDOWN_STATUSES.has(status) ? { kind: 'slowdown', retryAfterMs } : { kind: 'failure' };
}

const PAUSE_MIN_MS = 5_000;
const PAUSE_MAX_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
const FAILING_DAYS_MAX = 5;
const FAILURES_MAX = 10;
const NOTABLE_DAYS = 2;
/** How often the success of a healthy endpoint is written down. More often, all of its deliveries would wait for one row. */
const SUCCESS_WRITTEN_EVERY_MS = 60_000;

/**
 * The health of an endpoint after an attempt, and the reason to disable it if there is one. Only a failure disables.
 *
 * An answer during a pause is to a request that was sent before it. It neither ends the pause nor counts as another slowdown:
 * eight requests that were refused at the same time are one refusal.
 */
export function healthAfter(
  health: EndpointHealth,
  verdict: Verdict,
  now: Date,
  random: Random,
): { health: EndpointHealth; disable: DisabledReason | undefined } {
  if (verdict.kind === 'unsent') return { health, disable: undefined };
  const isPaused = health.pausedUntil !== undefined && health.pausedUntil > now;
  if (verdict.kind === 'success') {
    const pause = isPaused
      ? { pausedUntil: health.pausedUntil, consecutiveSlowdowns: health.consecutiveSlowdowns }
      : { pausedUntil: undefined, consecutiveSlowdowns: 0 };
    const { isOversized } = verdict;
    return { health: { ...UNKNOWN_HEALTH, ...pause, lastSuccessAt: now, isOversized }, disable: undefined };
  }
  const failing = failingAfter(health, now);
  const pause = verdict.kind === 'slowdown' ? pauseAfter(health, verdict, now, random) : {};
  const hasFailedForLong = failing.failures >= FAILURES_MAX && disablesAt(failing) <= now;
  return {
    health: { ...health, ...pause, ...failing },
    disable: verdict.kind === 'gone' ? 'gone' : hasFailedForLong ? 'failing_for_5_days' : undefined,
  };
}

/** What is kept of the failures in a row. */
type Failing = Pick<EndpointHealth, 'failures' | 'failingDays'> & { failingSince: Date; lastFailureAt: Date };

/** With one failure more. A clock that is set back begins no new day. */
function failingAfter(health: EndpointHealth, now: Date): Failing {
  // A release that counts nothing leaves what was counted before a success.
  const { failingSince = now, failures, failingDays, lastFailureAt } = health.failingSince ? health : UNKNOWN_HEALTH;
  const isNewDay = lastFailureAt === undefined || dayOf(now) > dayOf(lastFailureAt);
  return {
    failingSince,
    failures: failures + 1,
    failingDays: isNewDay ? failingDays + 1 : failingDays,
    lastFailureAt: now,
  };
}

/**
 * When a failure disables the endpoint at the earliest: once there have been failures for five times 24 hours, and on five days. So
 * neither days without an attempt of ours count against it, nor a clock that was ahead for a moment.
 */
export function disablesAt({ failingSince, failingDays, lastFailureAt }: Omit<Failing, 'failures'>): Date {
  const missingDays = Math.max(0, FAILING_DAYS_MAX - failingDays);
  const onEnoughDays = missingDays === 0 ? lastFailureAt.getTime() : (dayOf(lastFailureAt) + missingDays) * DAY_MS;
  return new Date(Math.max(failingSince.getTime() + FAILING_DAYS_MAX * DAY_MS, onEnoughDays));
}

/** Whether its owner should know that it fails: ten times in a row, or on a second day. A webhook is disabled days later at the earliest. */
export const isNotable = ({ failures, failingDays }: EndpointHealth): boolean =>
  failures >= FAILURES_MAX || failingDays >= NOTABLE_DAYS;

/** The day in UTC, as a number. */
const dayOf = (time: Date): number => Math.floor(time.getTime() / DAY_MS);

/** A pause until `Retry-After`, at least as long as a backoff that doubles from 5 s to 5 min. */
function pauseAfter(
  { pausedUntil, consecutiveSlowdowns }: EndpointHealth,
  { retryAfterMs = 0 }: { readonly retryAfterMs: number | undefined },
  now: Date,
  random: Random,
): Pick<EndpointHealth, 'pausedUntil' | 'consecutiveSlowdowns'> {
  const isPaused = pausedUntil !== undefined && pausedUntil > now;
  const backoffMs = Math.min(PAUSE_MIN_MS * 2 ** Math.min(consecutiveSlowdowns, 16), PAUSE_MAX_MS);
  const pauseMs = Math.max(retryAfterMs, isPaused ? 0 : jittered(backoffMs, random));
  const until = new Date(now.getTime() + pauseMs);
  return {
    pausedUntil: isPaused && pausedUntil > until ? pausedUntil : until,
    consecutiveSlowdowns: isPaused ? consecutiveSlowdowns : consecutiveSlowdowns + 1,
  };
}

/**
 * Whether an attempt changes what is kept of its endpoint's health. Nearly no attempt at a healthy endpoint does, so that its
 * deliveries do not wait for one row.
 *
 * @param health as it was when the delivery was claimed
 */
export const updatesHealth = (health: EndpointHealth, verdict: Verdict, now: Date): boolean =>
  verdict.kind === 'success'
    ? verdict.isOversized !== health.isOversized ||
      health.failingSince !== undefined ||
      health.pausedUntil !== undefined ||
      health.consecutiveSlowdowns > 0 ||
      health.lastSuccessAt === undefined ||
      now.getTime() - health.lastSuccessAt.getTime() >= SUCCESS_WRITTEN_EVERY_MS
    : verdict.kind !== 'unsent';
