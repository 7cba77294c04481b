import type { DisabledReason, EndpointHealth, Verdict } from './queue.types.js';
import { jittered, type Random } from './schedule.js';

/** Of an endpoint that nothing has been sent to. */
export const UNKNOWN_HEALTH: EndpointHealth = {
  failingSince: undefined,
  lastSuccessAt: undefined,
  pausedUntil: undefined,
  consecutiveSlowdowns: 0,
};

const SLOWDOWN_STATUSES = new Set([429, 502, 503, 504]);
const GONE = 410;

/** @param status of the answer; nothing if there was none, or it is not to be believed */
export function verdictOf(status: number | undefined, retryAfterMs: number | undefined): Verdict {
  if (status === undefined) return { kind: 'failure' };
  if (status >= 200 && status < 300) return { kind: 'success' };
  if (status === GONE) return { kind: 'gone' };
  return SLOWDOWN_STATUSES.has(status) ? { kind: 'slowdown', retryAfterMs } : { kind: 'failure' };
}

const PAUSE_MIN_MS = 5_000;
const PAUSE_MAX_MS = 5 * 60_000;
const FAILING_MAX_MS = 5 * 24 * 3_600_000;
/** More often a success of a sound endpoint is not written down: that would be one row locked by all of its deliveries. */
const SUCCESS_NOTED_EVERY_MS = 60_000;

/**
 * What an attempt makes of an endpoint's health, and whether the endpoint is disabled by it. Only a failure disables.
 *
 * What comes in during a pause was sent before it. It neither ends the pause nor counts as one more slowdown: eight
 * requests that were refused at the same time are one refusal.
 */
export function healthAfter(
  health: EndpointHealth,
  verdict: Verdict,
  now: Date,
  random: Random,
): { health: EndpointHealth; disable: DisabledReason | undefined } {
  const isPaused = health.pausedUntil !== undefined && health.pausedUntil > now;
  if (verdict.kind === 'success') {
    const pause = isPaused
      ? { pausedUntil: health.pausedUntil, consecutiveSlowdowns: health.consecutiveSlowdowns }
      : { pausedUntil: undefined, consecutiveSlowdowns: 0 };
    return { health: { ...pause, failingSince: undefined, lastSuccessAt: now }, disable: undefined };
  }
  const failingSince = health.failingSince ?? now;
  const pause = verdict.kind === 'slowdown' ? pauseAfter(health, verdict, now, random) : {};
  const hasFailedForLong = now.getTime() - failingSince.getTime() >= FAILING_MAX_MS;
  return {
    health: { ...health, ...pause, failingSince },
    disable: verdict.kind === 'gone' ? 'gone' : hasFailedForLong ? 'failing_for_5_days' : undefined,
  };
}

/** Until `Retry-After`, and at least as long as a backoff says that doubles from 5 s up to 5 min. */
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
 * Whether a verdict has to be written down. It is for nearly none of the deliveries to endpoints that are well, so that these
 * share no row.
 *
 * @param health as it was when the delivery was claimed
 */
export const isWorthNoting = (health: EndpointHealth, verdict: Verdict, now: Date): boolean =>
  verdict.kind !== 'success' ||
  health.failingSince !== undefined ||
  health.pausedUntil !== undefined ||
  health.consecutiveSlowdowns > 0 ||
  health.lastSuccessAt === undefined ||
  now.getTime() - health.lastSuccessAt.getTime() >= SUCCESS_NOTED_EVERY_MS;
