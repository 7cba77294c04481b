import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Busy } from '@nexivo/bus/busy';
import { DomainError } from '@nexivo/bus/domain-error';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { LOGGER } from '@nexivo/runtime/logging';
import { withTimeLimit } from '@nexivo/runtime/time-limit';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { StoreAway, WAIT_MS } from './auth-store.js';
import { type InvalidationListener, Invalidations } from '../accounts/invalidations.js';
import { Gateways } from './gateways.js';
import { LocalShare } from './local-share.js';
import { type Ended, QuotaLeases, shareOf } from './quota-leases.js';
import { type Admission, exhaustedForMs, type Grant, later, type QuotaState, QuotaStore } from './quota-store.js';

/** A request that waits for a statement that decides about its account. */
interface Waiting {
  readonly since: number;
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
/** How often what is left of leases is returned. */
const RETURN_EVERY_MS = 250;
/** How long a statement waits for that at most, so that accounts are told what there is. */
const RETURNED_WITHIN_MS = 50;
/** How long a statement waits at most for more requests to share it. */
const GATHER_MS = 2;
/** It waits while fewer requests want it than this share of those that are in flight. */
const WORTH_A_STATEMENT = 1 / 8;
/** How many statements are under way at a time: half of the connections. */
const STATEMENTS_AT_ONCE = 2;
/** About how many accounts one decides: it takes some milliseconds, for which it holds their rows. */
const ACCOUNTS_AT_ONCE = 100;

/**
 * Admits requests against their account's quotas.
 *
 * Requests of all accounts share statements: those that arrive while as many are under way as may be are decided by the next. An account
 * is in one of them at a time. An account whose row is held by somebody else is asked for alone, so that others do not wait for it. An
 * account whose quota is used up is refused from memory until it has room again. An account that sends many requests and is far from its
 * quotas is admitted from a lease, without a statement. While the store does not answer, a share of the minute quota is given out locally,
 * and recorded once it does.
 */
@Injectable()
export class Quotas implements InvalidationListener, OnApplicationShutdown {
  /** Who waits, by account. */
  private readonly waiting = new Map<string, Waiting[]>();
  /** Accounts of which requests wait, and no statement is under way. */
  private readonly ready = new Set<string>();
  /** Accounts that are being decided about, and whether what was remembered of them is forgotten since that began. */
  private readonly deciding = new Map<string, { isForgotten: boolean }>();
  private serving = 0;
  /** How many requests wait. */
  private waitingCount = 0;
  /** How many are being decided about, or admitted and not answered yet. */
  private inFlight = 0;
  private readonly refusals = new LRUCache<string, Refusal>({ max: REMEMBERED_ACCOUNTS });
  private readonly failures: FailureLog;
  private readonly leases = new QuotaLeases();
  /** Ends when what was left of leases has been returned; nothing while nothing is. */
  private returning: Promise<void> | undefined;
  private readonly local = new LocalShare();
  private readonly writingDown = new Map<string, Promise<void>>();
  private readonly timers = [
    setInterval(() => void this.writeDown(), WRITE_DOWN_EVERY_MS).unref(),
    setInterval(() => this.returnUnused(), RETURN_EVERY_MS).unref(),
  ];

  constructor(
    private readonly store: QuotaStore,
    private readonly gateways: Gateways,
    invalidations: Invalidations,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.failures = new FailureLog(logger, 'quotas');
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
   * has used what may be given out without it, or when there was too much to do for this request's time
   */
  async admit(accountId: string): Promise<Admission> {
    const state = this.exhausted(accountId);
    if (state) return { isAdmitted: false, state };
    // From the beginning: a read's answer may be there as soon as it is admitted.
    this.inFlight++;
    let isAdmitted = false;
    try {
      const admission = await this.decide(accountId);
      isAdmitted = admission.isAdmitted;
      return admission;
    } finally {
      if (!isAdmitted) this.leave();
    }
  }

  /** A request that was admitted has been answered, or is given up. */
  leave(): void {
    this.inFlight--;
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
    const decision = this.deciding.get(accountId);
    if (decision) decision.isForgotten = true;
    this.refusals.delete(accountId);
    this.leases.forget(accountId);
  }

  /** The account may have room again. */
  forgetRefusal(accountId: string): void {
    const decision = this.deciding.get(accountId);
    if (decision) decision.isForgotten = true;
    this.refusals.delete(accountId);
  }

  forgetAll(): void {
    for (const decision of this.deciding.values()) decision.isForgotten = true;
    this.refusals.clear();
    this.leases.forgetAll();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.writeDown();
    this.leases.forgetAll();
    await this.returning;
    this.returnUnused();
    await this.returning;
  }

  private async decide(accountId: string): Promise<Admission> {
    const now = performance.now();
    this.leases.note(accountId, now);
    const leased = this.leases.use(accountId, now);
    if (leased) return leased;
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
    const admission = this.local.admit(accountId, this.gateways.count, performance.now());
    return admission && { ...admission, isLocal: true };
  }

  private join(accountId: string): Promise<Admission | undefined> {
    return new Promise((resolve, reject) => {
      const request = { since: performance.now(), resolve, reject };
      this.waitingCount++;
      const queue = this.waiting.get(accountId);
      if (queue) {
        queue.push(request);
        return;
      }
      this.waiting.set(accountId, [request]);
      if (this.deciding.has(accountId)) return;
      this.ready.add(accountId);
      if (this.serving < STATEMENTS_AT_ONCE) void this.serve();
    });
  }

  /** One statement after the other for as long as accounts are ready. */
  private async serve(): Promise<void> {
    this.serving++;
    while (this.ready.size > 0) {
      await this.gather();
      const batch = this.takeBatch();
      // What an account used while the store was away comes first.
      const [owing, others] = partition([...batch.keys()], (accountId) => this.local.owed.has(accountId));
      for (const accountId of owing) void this.decideAlone(accountId, batch.get(accountId)!);
      if (others.length > 0) await this.decideTogether(new Map(others.map((each) => [each, batch.get(each)!])));
    }
    this.serving--;
  }

  /** Who alone sends one request at a time never waits here. Of many at once, each waits a little and shares its statement. */
  private async gather(): Promise<void> {
    if (this.waitingCount < this.inFlight * WORTH_A_STATEMENT) await setTimeout(GATHER_MS);
  }

  /** The requests of the accounts that are ready, without those that have waited for too long. */
  private takeBatch(): Map<string, Waiting[]> {
    const batch = new Map<string, Waiting[]>();
    for (const accountId of this.ready) {
      if (batch.size === ACCOUNTS_AT_ONCE) break;
      this.ready.delete(accountId);
      const queue = this.waiting.get(accountId)!;
      this.waiting.delete(accountId);
      this.waitingCount -= queue.length;
      const [tooLate, inTime] = partition(queue, ({ since }) => performance.now() - since >= WAIT_MS);
      for (const { reject } of tooLate) reject(new Busy(`The gateway had too much to do for ${WAIT_MS} ms.`));
      if (inTime.length === 0) continue;
      batch.set(accountId, inTime);
      this.deciding.set(accountId, { isForgotten: false });
    }
    return batch;
  }

  private async decideTogether(batch: ReadonlyMap<string, Waiting[]>): Promise<void> {
    // Otherwise they would be told less than there is; but no store is so slow that they wait for long.
    if (this.leases.hasUnused(batch)) this.returnUnused();
    if (this.returning) await withTimeLimit(this.returning, RETURNED_WITHIN_MS).catch(() => undefined);
    const sentAt = performance.now();
    try {
      const wanted = [...batch].map(([accountId, { length }]) => ({
        accountId,
        units: length + this.leases.worthAsking(accountId),
      }));
      const grants = await this.store.takeMany(wanted);
      for (const [accountId, requests] of batch) {
        const grant = grants.get(accountId);
        if (grant) this.answer(accountId, requests, grant, sentAt);
        else void this.decideAlone(accountId, requests);
      }
    } catch (error) {
      for (const [accountId, requests] of batch) this.fail(accountId, requests, error);
    }
  }

  private async decideAlone(accountId: string, requests: readonly Waiting[]): Promise<void> {
    try {
      await this.writeDownFor(accountId);
      const sentAt = performance.now();
      this.answer(accountId, requests, await this.store.take(accountId, requests.length), sentAt);
    } catch (error) {
      this.fail(accountId, requests, error);
    }
  }

  private answer(accountId: string, requests: readonly Waiting[], grant: Grant | undefined, sentAt: number): void {
    if (grant) this.remember(accountId, grant, requests.length, sentAt);
    requests.forEach(({ resolve }, position) => resolve(grant && shareOf(grant, position)));
    this.decided(accountId);
  }

  private fail(accountId: string, requests: readonly Waiting[], error: unknown): void {
    for (const { reject } of requests) reject(error);
    this.decided(accountId);
  }

  private decided(accountId: string): void {
    this.deciding.delete(accountId);
    if (!this.waiting.has(accountId)) return;
    this.ready.add(accountId);
    if (this.serving < STATEMENTS_AT_ONCE) void this.serve();
  }

  private remember(accountId: string, grant: Grant, wanted: number, sentAt: number): void {
    const { granted, state } = grant;
    this.leases.keep(accountId, grant, Math.min(granted, wanted), sentAt);
    if (this.deciding.get(accountId)?.isForgotten) {
      this.leases.forget(accountId);
      return;
    }
    this.local.learn(accountId, state, performance.now());
    if (granted >= wanted) return;
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

  /** One statement at a time: what comes meanwhile is returned by the next. */
  private returnUnused(): void {
    if (this.returning) return;
    const unused = this.leases.takeUnused(performance.now());
    if (unused.length === 0) return;
    this.returning = this.giveBack(unused).finally(() => (this.returning = undefined));
  }

  private async giveBack(unused: readonly Ended[]): Promise<void> {
    try {
      const returned = await this.store.giveBack(unused);
      this.leases.putBack(unused.filter(({ accountId }) => !returned.has(accountId)));
    } catch (error) {
      // What may have been carried out is not sent again: it stays used.
      const wasSent = !(error instanceof Busy || (error instanceof StoreAway && !error.wasSent));
      if (!wasSent) this.leases.putBack(unused);
      else this.report(error);
    }
  }

  private async writeDown(): Promise<void> {
    try {
      for (const accountId of this.local.owed.keys()) await this.writeDownFor(accountId);
    } catch (error) {
      // What is owed stays owed.
      this.report(error);
    }
  }

  /** That the store is away or busy is its own to say. */
  private report(error: unknown): void {
    if (!(error instanceof StoreAway || error instanceof Busy)) this.failures.failed(error, undefined);
  }
}

function partition<Each>(all: readonly Each[], isFirst: (each: Each) => boolean): [Each[], Each[]] {
  const groups = Map.groupBy(all, isFirst);
  return [groups.get(true) ?? [], groups.get(false) ?? []];
}

const orUnavailable = (error: unknown): unknown =>
  error instanceof StoreAway
    ? new DomainError('service_unavailable', {
        retryAfterS: 1,
        detail: 'Quotas cannot be checked for the moment.',
        cause: error,
      })
    : error;
