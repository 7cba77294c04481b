import { LRUCache } from 'lru-cache';
import type { Admission, QuotaState } from './quota-store.js';

/** The part of an account's minute quota that one gateway gives out on its own, as long as there are at most ten of them. */
const SHARE = 0.1;
const MINUTE_MS = 60_000;
const REMEMBERED_ACCOUNTS = 10_000;

/** What the shared count last said of an account, and when that was. */
interface Known {
  readonly at: number;
  readonly state: QuotaState;
}

/**
 * What a gateway may admit while the shared count does not answer: of accounts that it knows, in any 60 seconds a share of the minute
 * quota that all gateways together do not exceed, less what is known to be used; and no more of the day than was left. What is given
 * out is owed to the shared count.
 *
 * All times are of the process's monotonic clock, in ms.
 */
export class LocalShare {
  /** Admissions that the shared count does not have yet, by account. */
  readonly owed = new Map<string, number>();
  private readonly known = new LRUCache<string, Known>({ max: REMEMBERED_ACCOUNTS });
  /** When each account's local admissions of the last minute were. */
  private readonly admissions = new LRUCache<string, number[]>({ max: REMEMBERED_ACCOUNTS, ttl: MINUTE_MS });

  /** Remembers an account's limits, and what it had used, as the shared count last said. */
  learn(accountId: string, state: QuotaState, at: number): void {
    this.known.set(accountId, { at, state });
  }

  /**
   * @param gateways how many give out shares
   * @returns a refusal only where the account has used its quota by itself; nothing where it is not known here, or its share is used up
   */
  admit(accountId: string, gateways: number, now: number): Admission | undefined {
    const known = this.known.get(accountId);
    if (!known) return undefined;
    const { minute, day } = known.state;
    const recent = (this.admissions.get(accountId) ?? []).filter((at) => at > now - MINUTE_MS);
    const owed = this.owed.get(accountId) ?? 0;
    const usedBefore = now < known.at + MINUTE_MS ? minute.used : 0;
    const hasUsedQuota = usedBefore + recent.length >= minute.limit || day.used + owed >= day.limit;
    const size = Math.min(shareOf(minute.limit, gateways), minute.limit - usedBefore);
    if (!hasUsedQuota && recent.length >= size) return undefined;
    if (!hasUsedQuota) {
      recent.push(now);
      this.admissions.set(accountId, recent);
      this.owed.set(accountId, owed + 1);
    }
    const remaining = Math.max(0, size - recent.length);
    const oldest = Math.min(usedBefore > 0 ? known.at : now, recent[0] ?? now);
    return {
      isAdmitted: !hasUsedQuota,
      state: {
        atMs: known.state.atMs + now - known.at,
        minute: { limit: minute.limit, used: minute.limit - remaining, resetsInMs: oldest + MINUTE_MS - now },
        day: { ...day, used: day.used + owed + (hasUsedQuota ? 0 : 1) },
      },
    };
  }

  /** The shared count has what was owed. */
  settle(accountId: string, count: number): void {
    const rest = (this.owed.get(accountId) ?? 0) - count;
    if (rest > 0) this.owed.set(accountId, rest);
    else this.owed.delete(accountId);
  }
}

/** At least one request, unless there are more gateways than the quota has requests. */
const shareOf = (limit: number, gateways: number): number =>
  Math.min(Math.max(1, Math.floor(limit * SHARE)), Math.floor(limit / gateways));
