import { setTimeout } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '@nexivo/bus/domain-error';
import { LRUCache } from 'lru-cache';
import { StoreAway } from './auth-store.js';
import { type InvalidationListener, Invalidations } from '../accounts/invalidations.js';
import { Gateways } from './gateways.js';
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
/** How long a statement waits at most for more requests to share it. */
const GATHER_MS = 2;
/** It waits while fewer requests want it than this share of those of the account that are in flight. */
const WORTH_A_STATEMENT = 1 / 8;

/**
 * Admits requests against their account's quotas.
 *
 * An account has one statement under way at a time. Requests that arrive meanwhile share the next one. An account whose quota is
 * used up is refused from memory until it has room again. While the store does not answer, a share of the minute quota is given out
 * locally, and recorded once it does.
 */
@Injectable()
export class Quotas implements InvalidationListener, OnApplicationShutdown {
  private readonly waiting = new Map<string, Waiting[]>();
  /** Requests that are being decided about, or admitted and not answered yet, by account. */
  private readonly inFlight = new Map<string, number>();
  private readonly refusals = new LRUCache<string, Refusal>({ max: REMEMBERED_ACCOUNTS });
  private readonly local = new LocalShare();
  private readonly writingDown = new Map<string, Promise<void>>();
  private readonly timer = setInterval(() => void this.writeDown(), WRITE_DOWN_EVERY_MS).unref();
  /** Goes up with every invalidation. A refusal that was decided before it is not remembered after it. */
  private epoch = 0;

  constructor(
    private readonly store: QuotaStore,
    private readonly gateways: Gateways,
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
   * @throws DomainError `plan_without_api_access`; `service_unavailable` when the store does not answer, and the account is not known or
   * has used what may be given out without it
   */
  async admit(accountId: string): Promise<Admission> {
    const state = this.exhausted(accountId);
    if (state) return { isAdmitted: false, state };
    // From the beginning: a read's answer may be there as soon as it is admitted.
    this.inFlight.set(accountId, (this.inFlight.get(accountId) ?? 0) + 1);
    let isAdmitted = false;
    try {
      const admission = await this.decide(accountId);
      isAdmitted = admission.isAdmitted;
      return admission;
    } finally {
      if (!isAdmitted) this.leave(accountId);
    }
  }

  /** A request that was admitted has been answered, or is given up. */
  leave(accountId: string): void {
    const left = (this.inFlight.get(accountId) ?? 0) - 1;
    if (left > 0) this.inFlight.set(accountId, left);
    else this.inFlight.delete(accountId);
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

  forgetUser(): void {
    // Nor of people.
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
      const admission = error instanceof StoreAway ? this.admitLocally(accountId) : undefined;
      if (admission) return admission;
      throw orUnavailable(error);
    }
  }

  private admitLocally(accountId: string): Admission | undefined {
    return this.local.admit(accountId, this.gateways.count, performance.now());
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
        // What the account used while the store was away comes first.
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

  /** A client that sends one request at a time never waits here. Of many at once, each waits a little and shares its statement. */
  private async gather(accountId: string): Promise<void> {
    const worthwhile = (this.inFlight.get(accountId) ?? 0) * WORTH_A_STATEMENT;
    if (this.waiting.get(accountId)!.length < worthwhile) await setTimeout(GATHER_MS);
  }

  private remember(accountId: string, { granted, state }: Grant, wanted: number): void {
    this.local.learn(accountId, state, performance.now());
    if (granted === wanted) return;
    const at = performance.now();
    this.refusals.set(accountId, { at, until: at + Math.min(exhaustedForMs(state), REFUSAL_MS), state });
  }

  /** One at a time for an account: the next would write down the same. */
  private async writeDownFor(accountId: string): Promise<void> {
    if (!this.local.owed.has(accountId)) return;
    let underWay = this.writingDown.get(accountId);
    if (!underWay) {
      underWay = this.writeDownOwed(accountId).finally(() => this.writingDown.delete(accountId));
      this.writingDown.set(accountId, underWay);
    }
    await underWay;
  }

  private async writeDownOwed(accountId: string): Promise<void> {
    const owed = this.local.owed.get(accountId)!;
    // A statement that is given up may be carried out all the same, and this one would then count twice: first one that changes nothing.
    await this.store.take(accountId, 0);
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
      ...state,
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
