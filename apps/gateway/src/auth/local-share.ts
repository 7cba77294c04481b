import { LRUCache } from 'lru-cache';
import type { Admission, QuotaState } from './quota-store.js';

/** The part of an account's minute quota that one gateway gives out on its own: a tenth, at least one request. */
const SHARE = 0.1;
const MINUTE_MS = 60_000;
const REMEMBERED_ACCOUNTS = 10_000;

/**
 * What a gateway may admit while the shared count does not answer: of accounts that it knows, a share of the minute quota in any 60
 * seconds, and no more of the day than was left. What is given out is owed to the shared count.
 */
export class LocalShare {
  /** Admissions that the shared count does not have yet, by account. */
  readonly owed = new Map<string, number>();
  private readonly states = new LRUCache<string, QuotaState>({ max: REMEMBERED_ACCOUNTS });
  /** When each account's local admissions of the last minute were, in ms since 1970. */
  private readonly admissions = new LRUCache<string, number[]>({ max: REMEMBERED_ACCOUNTS, ttl: MINUTE_MS });

  /** Remembers an account's limits, and what it had used, as the shared count last said. */
  learn(accountId: string, state: QuotaState): void {
    this.states.set(accountId, state);
  }

  /** @returns nothing for an account that is not known here */
  admit(accountId: string, nowMs: number): Admission | undefined {
    const known = this.states.get(accountId);
    if (!known) return undefined;
    const size = Math.max(1, Math.floor(known.minute.limit * SHARE));
    const recent = (this.admissions.get(accountId) ?? []).filter((at) => at > nowMs - MINUTE_MS);
    const owed = this.owed.get(accountId) ?? 0;
    const isAdmitted = recent.length < size && known.day.used + owed < known.day.limit;
    if (isAdmitted) {
      recent.push(nowMs);
      this.admissions.set(accountId, recent);
      this.owed.set(accountId, owed + 1);
    }
    const remaining = size - recent.length;
    return {
      isAdmitted,
      state: {
        minute: {
          limit: known.minute.limit,
          used: known.minute.limit - remaining,
          resetsInMs: recent[0] === undefined ? MINUTE_MS : recent[0] + MINUTE_MS - nowMs,
        },
        day: { ...known.day, used: known.day.used + owed + (isAdmitted ? 1 : 0) },
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
