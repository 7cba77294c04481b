import { setTimeout } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '@nexivo/bus/domain-error';
import { LRUCache } from 'lru-cache';
import { StoreAway } from './auth-store.js';
import { type InvalidationListener, Invalidations } from '../accounts/invalidations.js';
import { LocalShare } from './local-share.js';
import { type Admission, exhaustedForMs, type Grant, later, type QuotaState, QuotaStore } from './quota-store.js';

/** A request that waits for the next statement of its account. */
interface Waiting {
  resolve: (admission: Admission | undefined) => void;
  reject: (error: unknown) => void;
}

/** A refusal that every request of the account gets until then. */
interface Refusal {
  readonly at: number;
  readonly until: number;
  readonly state: QuotaState;
}

/** How long a refusal is believed at most: an invalidation may have been missed. */
const REFUSAL_MS = 9_000;
const REMEMBERED_ACCOUNTS = 10_000;
const WRITE_DOWN_EVERY_MS = 1_000;
/** A statement waits this long at most for company, */
const GATHER_MS = 2;
/** as long as fewer than this part of the account's requests that are under way have joined it. */
const WORTH_A_STATEMENT = 1 / 8;

/**
 * Admits requests against their account's quotas. Requests of one account that arrive while its statement is under way
 * share the next one, so a busy account costs one statement at a time. An account without room is refused from memory until
 * it has some. While the store is away a local share of the minute quota is given out, and written down later.
 */
@Injectable()
export class Quotas implements InvalidationListener, OnApplicationShutdown {
  private readonly waiting = new Map<string, Waiting[]>();
  /** How many requests of an account have been admitted and not answered yet. */
  private readonly underWay = new Map<string, number>();
  private readonly refusals = new LRUCache<string, Refusal>({ max: REMEMBERED_ACCOUNTS });
  private readonly local = new LocalShare();
  private readonly timer = setInterval(() => void this.writeDown(), WRITE_DOWN_EVERY_MS).unref();
  /** Goes up with every invalidation: a refusal that was decided before one is not remembered after it. */
  private epoch = 0;

  constructor(
    private readonly store: QuotaStore,
    invalidations: Invalidations,
  ) {
    invalidations.listen(this);
  }

  /** The quotas of an account that is known to have no room now. */
  exhausted(accountId: string): QuotaState | undefined {
    const refusal = this.refusals.get(accountId);
    const now = performance.now();
    return refusal && now < refusal.until ? later(refusal.state, now - refusal.at) : undefined;
  }

  /**
   * Uses one request of both quotas, or of neither. Who is admitted calls {@link leave} at the end.
   *
   * @throws DomainError `plan_without_api_access`; `service_unavailable` when the store is away and the account not known
   */
  async admit(accountId: string): Promise<Admission> {
    const state = this.exhausted(accountId);
    if (state) return { isAdmitted: false, state };
    const admission = await this.decide(accountId);
    if (admission.isAdmitted) this.underWay.set(accountId, (this.underWay.get(accountId) ?? 0) + 1);
    return admission;
  }

  /** A request that was admitted has been answered, or is given up. */
  leave(accountId: string): void {
    const left = (this.underWay.get(accountId) ?? 0) - 1;
    if (left > 0) this.underWay.set(accountId, left);
    else this.underWay.delete(accountId);
  }

  /**
   * Both quotas as they stand; uses nothing.
   *
   * @throws DomainError as {@link admit}
   */
  async look(accountId: string): Promise<QuotaState> {
    try {
      const grant = await this.store.take(accountId, 0);
      if (!grant) throw new DomainError('plan_without_api_access');
      return grant.state;
    } catch (error) {
      throw orUnavailable(error);
    }
  }

  forgetToken(): void {
    // Quotas are of accounts, not of tokens.
  }

  forgetAccount(accountId: string): void {
    this.epoch++;
    this.refusals.delete(accountId);
  }

  forgetAll(): void {
    this.epoch++;
    this.refusals.clear();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.writeDown();
  }

  private async decide(accountId: string): Promise<Admission> {
    try {
      const admission = await this.join(accountId);
      if (!admission) throw new DomainError('plan_without_api_access');
      return admission;
    } catch (error) {
      const admission = error instanceof StoreAway ? this.local.admit(accountId, Date.now()) : undefined;
      if (admission) return admission;
      throw orUnavailable(error);
    }
  }

  private join(accountId: string): Promise<Admission | undefined> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(accountId);
      if (queue) {
        queue.push({ resolve, reject });
        return;
      }
      this.waiting.set(accountId, [{ resolve, reject }]);
      void this.serve(accountId);
    });
  }

  /** One statement after the other for as long as requests of the account are waiting. */
  private async serve(accountId: string): Promise<void> {
    while (this.waiting.get(accountId)!.length > 0) {
      await this.gather(accountId);
      const batch = this.waiting.get(accountId)!;
      this.waiting.set(accountId, []);
      try {
        // First what the account used while nobody counted.
        await this.writeDownFor(accountId);
        const { epoch } = this;
        const grant = await this.store.take(accountId, batch.length);
        if (grant && epoch === this.epoch) this.remember(accountId, grant, batch.length);
        batch.forEach(({ resolve }, position) => resolve(grant && share(grant, position)));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.waiting.delete(accountId);
  }

  /** Whoever sends one request after the other never waits, and of those who send many at once all wait for fewer statements. */
  private async gather(accountId: string): Promise<void> {
    const worthwhile = (this.underWay.get(accountId) ?? 0) * WORTH_A_STATEMENT;
    if (this.waiting.get(accountId)!.length < worthwhile) await setTimeout(GATHER_MS);
  }

  private remember(accountId: string, { granted, state }: Grant, wanted: number): void {
    this.local.learn(accountId, state);
    if (granted === wanted) return;
    const at = performance.now();
    this.refusals.set(accountId, { at, until: at + Math.min(exhaustedForMs(state), REFUSAL_MS), state });
  }

  private async writeDownFor(accountId: string): Promise<void> {
    const owed = this.local.owed.get(accountId);
    if (!owed) return;
    await this.store.record(accountId, owed);
    this.local.settle(accountId, owed);
  }

  private async writeDown(): Promise<void> {
    try {
      for (const accountId of this.local.owed.keys()) await this.writeDownFor(accountId);
    } catch {
      // It is still away (AuthStore has logged that); what is owed stays owed.
    }
  }
}

/** What one request of a batch is told: as if the batch had come one after the other. */
function share({ granted, state }: Grant, position: number): Admission {
  if (position >= granted) return { isAdmitted: false, state };
  const after = granted - position - 1;
  return {
    isAdmitted: true,
    state: {
      minute: { ...state.minute, used: state.minute.used - after },
      day: { ...state.day, used: state.day.used - after },
    },
  };
}

const orUnavailable = (error: unknown): unknown =>
  error instanceof StoreAway
    ? new DomainError('service_unavailable', {
        retryAfterS: 1,
        detail: 'Quotas cannot be checked for the moment.',
        cause: error,
      })
    : error;
