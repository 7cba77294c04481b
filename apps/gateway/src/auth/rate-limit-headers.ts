import type { QuotaState } from './quota-store.js';

/**
 * What a client is told of its quotas: the `X-RateLimit-*` trio for whichever is nearer its end, and both in the
 * structured fields of the IETF draft "RateLimit header fields for HTTP".
 */
export function rateLimitHeaders({ atMs, minute, day }: QuotaState): Record<string, string> {
  const left = { minute: Math.max(0, minute.limit - minute.used), day: Math.max(0, day.limit - day.used) };
  const resetS = { minute: toSeconds(minute.resetsInMs), day: toSeconds(day.resetsInMs) };
  const nearer = left.day < left.minute ? 'day' : 'minute';
  return {
    'x-ratelimit-limit': String((nearer === 'day' ? day : minute).limit),
    'x-ratelimit-remaining': String(left[nearer]),
    'x-ratelimit-reset': String(Math.ceil(atMs / 1_000) + resetS[nearer]),
    'ratelimit-policy': `"minute";q=${minute.limit};w=60, "day";q=${day.limit};w=86400`,
    ratelimit: `"minute";r=${left.minute};t=${resetS.minute}, "day";r=${left.day};t=${resetS.day}`,
  };
}

/** Whole seconds, rounded up: a client that waits them is not too early. */
export const toSeconds = (ms: number): number => Math.ceil(ms / 1_000);
