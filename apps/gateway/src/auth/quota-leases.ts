import { LRUCache } from 'lru-cache';
import { type Admission, type Grant, later, type QuotaState, type Unused } from './quota-store.js';

/** Admissions that were granted ahead of the requests that they are for. */
interface Lease {
  readonly grant: Grant;
  /** How many of the grant are used. */
  used: number;
  /** When the statement was sent that granted them, and until when they may be used: by the process's monotonic clock, ms. */
  readonly sentAt: number;
  readonly until: number;
}

/** What was left at the end of a lease. */
export interface Ended extends Unused {
  readonly until: number;
}

/** How many requests an account has sent of late. */
interface Demand {
  since: number;
  count: number;
  /** In the period before. */
  before: number;
  /** What the store last said that is left of the smaller quota. */
  room: number;
}

const PERIOD_MS = 500;
/** With fewer requests in a period a lease would save no statement: what is left of it has to be returned. */
const WORTH_A_LEASE = 4;
/** Of what is left of the smaller quota. Until they are returned, other gateways take them for used. */
const LEASED_AT_MOST = 1 / 100;
const REMEMBERED_ACCOUNTS = 10_000;
const MINUTE_MS = 60_000;

/**
 * Admissions of accounts that send many requests, for the half second of which the store notes only the end: whenever they are used
 * within it, they are noted at no earlier moment than that of their use, so no 60 seconds have more of them than the quota allows.
 *
 * An account has one lease at a time. What is left at its end, or when the account is forgotten, is to be returned.
 */
export class QuotaLeases {
  private readonly leases = new Map<string, Lease>();
  private readonly demand = new LRUCache<string, Demand>({ max: REMEMBERED_ACCOUNTS });
  private unused: Ended[] = [];

  /** A request of the account has come. */
  note(accountId: string, now: number): void {
    const demand = this.demand.get(accountId);
    if (!demand) this.demand.set(accountId, { since: now, count: 1, before: 0, room: 0 });
    else if (now - demand.since < PERIOD_MS) demand.count++;
    else {
      demand.before = now - demand.since < 2 * PERIOD_MS ? demand.count : 0;
      demand.count = 1;
      demand.since = now;
    }
  }

  /** An admission of the account's lease, if there is one left. */
  use(accountId: string, now: number): Admission | undefined {
    const lease = this.leases.get(accountId);
    if (!lease) return undefined;
    if (now >= lease.until) {
      this.end(accountId, lease);
      return undefined;
    }
    const { grant, sentAt, used } = lease;
    lease.used++;
    if (lease.used === grant.granted) this.leases.delete(accountId);
    const share = shareOf(grant, used);
    return { ...share, state: later(share.state, now - sentAt) };
  }

  /** How many admissions to ask for beside those that are wanted now: as many as were wanted in half a second, and few of what is left. */
  worthAsking(accountId: string): number {
    const { count, before, room } = this.demand.get(accountId) ?? { count: 0, before: 0, room: 0 };
    const units = Math.min(Math.max(count, before), Math.floor(room * LEASED_AT_MOST));
    return units < WORTH_A_LEASE ? 0 : units;
  }

  /**
   * Keeps what a grant has beyond those who asked.
   *
   * @param used by them
   * @param sentAt when the statement was sent
   */
  keep(accountId: string, grant: Grant, used: number, sentAt: number): void {
    const { minute, day } = grant.state;
    const demand = this.demand.get(accountId);
    if (demand) demand.room = Math.min(roomIn(minute), roomIn(day));
    const former = this.leases.get(accountId);
    if (former) this.end(accountId, former);
    if (grant.granted > used) this.leases.set(accountId, { grant, used, sentAt, until: sentAt + grant.usableForMs });
  }

  /** Ends the account's lease. */
  forget(accountId: string): void {
    const demand = this.demand.get(accountId);
    if (demand) demand.room = 0;
    const lease = this.leases.get(accountId);
    if (lease) this.end(accountId, lease);
  }

  /** Ends all leases. */
  forgetAll(): void {
    for (const accountId of this.leases.keys()) this.forget(accountId);
  }

  /** What is to be returned now: who takes it returns it, or {@link putBack}s it. */
  takeUnused(now: number): Ended[] {
    for (const [accountId, lease] of this.leases) if (now >= lease.until) this.end(accountId, lease);
    const unused = this.unused.filter(({ until }) => now < until + MINUTE_MS);
    this.unused = [];
    return unused;
  }

  /** Whether one of the accounts has something to be returned. */
  hasUnused(accounts: ReadonlyMap<string, unknown>): boolean {
    return this.unused.some(({ accountId }) => accounts.has(accountId));
  }

  /** Could not be returned, and is for the next time; after a minute it counts no longer. */
  putBack(unused: readonly Ended[]): void {
    this.unused.push(...unused);
  }

  private end(accountId: string, { grant, used, until }: Lease): void {
    this.leases.delete(accountId);
    this.unused.push({ accountId, takenAtUs: grant.takenAtUs, units: grant.granted - used, until });
  }
}

const roomIn = ({ limit, used }: QuotaState['minute']): number => Math.max(0, limit - used);

/** What one of the requests of a grant is told: as if they had come one after the other. */
export function shareOf({ granted, takenAtUs, state }: Grant, position: number): Admission {
  if (position >= granted) return { isAdmitted: false, state };
  const after = granted - position - 1;
  return {
    isAdmitted: true,
    takenAtUs,
    state: {
      ...state,
      minute: { ...state.minute, used: state.minute.used - after },
      day: { ...state.day, used: state.day.used - after },
    },
  };
}
