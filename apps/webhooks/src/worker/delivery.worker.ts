import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { type OpenSpan, startSpan } from '@nexivo/bus/tracing';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { RateLimit } from '@nexivo/runtime/rate-limit';
import type { Shutdown } from '@nexivo/runtime/shutdown';
import { unavailabilityOf } from '@nexivo/store/database';
import type { Logger } from 'pino';
import { aadOf, type Secrets } from '../endpoints/secrets.js';
import { LEASE_S, SLOW_AFTER_S } from '../queue/claim.sql.js';
import { CompletionWriter } from '../queue/completion.writer.js';
import type { DeliveryStore } from '../queue/delivery.store.js';
import { updatesHealth } from '../queue/endpoint-health.js';
import { outcomeOf, unsentOutcome } from '../queue/outcome.js';
import type { Claimed, ClaimLimits, Completed, Completion, Endpoint } from '../queue/queue.types.js';
import { DEADLINE_MS, type Dialer } from '../sender/dial.js';
import { OutOfResources } from '../sender/dial.failure.js';
import { signatureHeaders } from '../sender/signature.js';
import { type AttemptLog, idsOf } from './attempt-log.js';
import type { DeliveryMetrics } from './delivery.metrics.js';
import type { WakeUp } from '@nexivo/runtime/wake-up';

/** What a worker works with. */
export interface WorkerParts {
  readonly store: DeliveryStore;
  /** Notified by whoever has queued something. */
  readonly wakeUp: WakeUp;
  readonly dialer: Dialer;
  readonly secrets: Secrets;
  readonly metrics: DeliveryMetrics;
  readonly shutdown: Shutdown;
  readonly logger: Logger;
  readonly attemptLog: AttemptLog;
}

export interface WorkerLimits {
  /** Requests at a time in this replica. */
  readonly concurrency: number;
  /** Requests at a time to one endpoint, from all replicas. */
  readonly perEndpoint: number;
}

/** How often it claims without a notification: for retries, leases that ran out, and what other replicas have queued. */
const POLL_MS = 250;
/** The shortest time between two claims, so that deliveries gather. Claims take at most half of the time. */
const CLAIM_EVERY_MS = 5;
/** The wait after a claim that has failed. */
const RETRY_AFTER_MS = 250;
/** The wait of a delivery that could not be sent for a reason of our own. */
const UNSENDABLE_MS = 60_000;
/** The same while this machine has no room for another connection. */
const OUT_OF_RESOURCES_MS = 1_000;
/** It has room again when no connection has failed for want of it for so long: some fail while others are made. */
const ROOM_AGAIN_AFTER_MS = 10_000;
/** A claim that took longer leaves too little of its lease for a request. */
const CLAIM_LATE_MS = LEASE_S * 1_000 - DEADLINE_MS - 5_000;
/** How many requests one claim begins at most: what becomes due meanwhile waits until they have been begun. */
const BEGUN_AT_ONCE = 128;
/** The part of the free capacity that one endpoint may use. */
const SHARE_OF_ENDPOINT = 1 / 8;
/** The part of all capacity that is for slow requests and degraded endpoints. */
const SHARE_OF_SLOW = 1 / 4;
/** How many requests a second go to degraded endpoints for each place that they have: what fails at once is tried on at once. */
const DEGRADED_A_SECOND = 2;

/** Sends deliveries as they become due. Every replica of the service has one. */
export class DeliveryWorker implements OnApplicationBootstrap, OnModuleDestroy {
  /** Claimed deliveries whose outcome is not written yet, and when they were claimed (`performance.now()`). */
  private readonly inFlight = new Map<Claimed, number>();
  private readonly sending = new Set<Promise<void>>();
  private readonly completions: CompletionWriter;
  private readonly healthCompletions: CompletionWriter;
  private readonly failures: FailureLog;
  private readonly connecting: FailureLog;
  private outOfResourcesAt = -Infinity;
  private readonly toDegraded: RateLimit;
  private claiming: Promise<void> | undefined;
  private hasMore = false;
  private isStopping = false;

  constructor(
    private readonly parts: WorkerParts,
    private readonly limits: WorkerLimits,
  ) {
    const { store, logger } = parts;
    parts.metrics.slots.set(limits.concurrency);
    const degradedAtOnce = Math.max(1, Math.floor(limits.concurrency * SHARE_OF_SLOW));
    this.toDegraded = new RateLimit(degradedAtOnce, degradedAtOnce * DEGRADED_A_SECOND);
    this.failures = new FailureLog(logger, 'claiming deliveries');
    this.connecting = new FailureLog(logger, 'connecting to webhooks');
    const done = (batch: readonly Completion[], completed: Completed): void => this.completed(batch, completed);
    this.completions = new CompletionWriter((batch) => store.complete(batch), done, logger);
    this.healthCompletions = new CompletionWriter((batch) => store.completeWithHealth(batch), done, logger);
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  start(): void {
    this.claiming ??= this.claimUntilStopped();
  }

  /**
   * Claims no more. Waits for the requests under way, at most their deadline, and until their outcomes are written. Releases
   * deliveries that were claimed but not sent.
   */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    this.parts.wakeUp.notify();
    await this.claiming;
    await Promise.all(this.sending);
    await Promise.all([this.completions.drained(), this.healthCompletions.drained()]);
    await this.parts.dialer.close();
    await this.parts.store.close();
  }

  /** Nothing is claimed once the service has been told to stop. */
  private get mayClaim(): boolean {
    return !this.isStopping && !this.parts.shutdown.hasBegun;
  }

  private async claimUntilStopped(): Promise<void> {
    let after: Endpoint | undefined;
    while (!this.isStopping) {
      await this.parts.wakeUp.wait(POLL_MS);
      if (!this.mayClaim || this.inFlight.size >= this.limits.concurrency) continue;
      const claimedAt = performance.now();
      try {
        const { hasFound, resumeAfter } = await this.claim(claimedAt, after);
        after = resumeAfter;
        // Where nothing is due, the endpoints behind those can wait: what is new to one is found wherever that is.
        if (after && hasFound) this.parts.wakeUp.notify();
        this.failures.succeeded();
      } catch (error) {
        this.failures.failed(error, unavailabilityOf(error));
        await sleep(RETRY_AFTER_MS);
      }
      const tookMs = performance.now() - claimedAt;
      await sleep(Math.max(CLAIM_EVERY_MS - tookMs, Math.min(tookMs, POLL_MS)));
    }
  }

  /** @returns whether anything was due, and the endpoint after which the next claim should begin */
  private async claim(
    claimedAt: number,
    after: Endpoint | undefined,
  ): Promise<{ hasFound: boolean; resumeAfter: Endpoint | undefined }> {
    const { claimed, hasMore, resumeAfter } = await this.parts.store.claim(this.freeCapacity(claimedAt), after);
    this.hasMore = hasMore;
    const found = { hasFound: hasMore || claimed.length > 0, resumeAfter };
    if (claimed.length === 0) return found;
    if (!this.mayClaim || performance.now() - claimedAt > CLAIM_LATE_MS) {
      await this.parts.store.release(claimed);
      return found;
    }
    this.toDegraded.take(claimed.filter(({ isDegraded }) => isDegraded).length);
    for (const delivery of claimed) {
      this.inFlight.set(delivery, claimedAt);
      const sending = this.send(delivery, claimedAt).finally(() => this.sending.delete(sending));
      this.sending.add(sending);
    }
    this.parts.metrics.inFlight.set(this.inFlight.size);
    return found;
  }

  /**
   * What may be claimed now. A part of all capacity is reserved for slow requests and degraded endpoints. A request that turns
   * out to be slow is counted there from then on, which frees capacity for healthy endpoints. If that part is full, slow requests
   * use up the rest as well. So endpoints that hang delay the others by seconds at most, even if a broken network makes many of
   * them hang, and use only their part once they are known. No endpoint may use more than a share of the free capacity, and
   * no account so much that nothing is left (claim.sql.ts). Degraded endpoints also have a limit of requests a second, so that
   * a backlog which fails at once does not take all of the CPU.
   */
  private freeCapacity(now: number): ClaimLimits {
    const { concurrency, perEndpoint } = this.limits;
    const forSlow = Math.floor(concurrency * SHARE_OF_SLOW);
    const underWay = new Map<string, { all: number; degraded: number }>();
    let slow = 0;
    for (const [{ accountId, isDegraded }, claimedAt] of this.inFlight) {
      const ofAccount = underWay.get(accountId) ?? { all: 0, degraded: 0 };
      underWay.set(accountId, ofAccount);
      ofAccount.all++;
      if (!isDegraded && now - claimedAt <= SLOW_AFTER_S * 1_000) continue;
      ofAccount.degraded++;
      slow++;
    }
    const healthy = Math.max(0, concurrency - Math.max(forSlow, slow) - (this.inFlight.size - slow));
    return {
      all: Math.min(concurrency - this.inFlight.size, BEGUN_AT_ONCE),
      healthy,
      degraded: Math.max(0, Math.min(Math.max(1, forSlow) - slow, this.toDegraded.available(now))),
      perEndpoint: Math.min(perEndpoint, Math.max(1, Math.floor(healthy * SHARE_OF_ENDPOINT))),
      underWay,
    };
  }

  private async send(delivery: Claimed, claimedAt: number): Promise<void> {
    try {
      const completion = { delivery, outcome: await this.attempt(delivery) };
      const writer = updatesHealth(delivery.health, completion.outcome.verdict, timeOf(delivery))
        ? this.healthCompletions
        : this.completions;
      writer.add(completion, claimedAt);
    } catch (error) {
      if (error instanceof OutOfResources) {
        this.outOfResourcesAt = performance.now();
        this.connecting.failed(error, undefined);
        await this.postpone(delivery, OUT_OF_RESOURCES_MS);
        return;
      }
      this.parts.logger.error({ err: error, ...idsOf(delivery) }, 'delivery could not be tried');
      await this.postpone(delivery, UNSENDABLE_MS);
    }
  }

  private async attempt(delivery: Claimed): Promise<Completion['outcome']> {
    const at = timeOf(delivery);
    // Rare: events are kept for longer than their deliveries.
    if (delivery.body === undefined) {
      const outcome = unsentOutcome(at);
      this.record(delivery, outcome);
      return outcome;
    }
    const body = Buffer.from(delivery.body);
    const span = startAttempt(delivery);
    const traceparent = span?.traceparent ?? delivery.traceparent;
    let outcome: Completion['outcome'] | undefined;
    try {
      const answer = await this.parts.dialer.post({
        url: delivery.url,
        body,
        headers: { ...this.headersOf(delivery, body, at), ...(traceparent !== undefined && { traceparent }) },
      });
      if (performance.now() - this.outOfResourcesAt > ROOM_AGAIN_AFTER_MS) this.connecting.succeeded();
      outcome = outcomeOf(delivery.attempts, answer, { at, now: timeOf(delivery), random: Math.random });
      this.record(delivery, outcome, answer.sentAt && answer.sentAt - delivery.dueAt);
      return outcome;
    } finally {
      if (span) endAttempt(span, outcome);
    }
  }

  private headersOf(delivery: Claimed, body: Buffer, at: Date): Record<string, string> {
    const { accountId, webhookId, secrets: sealed } = delivery;
    const aad = aadOf({ account_id: accountId, id: webhookId });
    const [newest, ...others] = sealed.map((each) => this.parts.secrets.open(each.keyId, each.sealed, aad));
    return {
      'content-type': 'application/json',
      'user-agent': 'NexivoHR-Webhooks/1',
      'X-NexivoHR-Event': delivery.eventType,
      'X-NexivoHR-Delivery': delivery.id,
      ...signatureHeaders([newest!, ...others], {
        id: delivery.eventId,
        timestampS: Math.floor(at.getTime() / 1_000),
        body,
      }),
    };
  }

  private record(delivery: Claimed, outcome: Completion['outcome'], firstByteMs?: number): void {
    const { attemptLog, metrics } = this.parts;
    const { verdict, attempt } = outcome;
    attemptLog.write(delivery, outcome);
    metrics.attempted(verdict.kind, attempt.latencyMs);
    if (firstByteMs !== undefined && delivery.attemptsTotal === 0 && delivery.origin === 'event') {
      metrics.firstByteS.observe(firstByteMs / 1_000);
    }
  }

  /** Gives it back without an attempt. */
  private async postpone(delivery: Claimed, forMs: number): Promise<void> {
    try {
      await this.parts.store.release([delivery], forMs);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'lease not given back; it will run out');
    }
    this.inFlight.delete(delivery);
  }

  private completed(batch: readonly Completion[], { tooLate, disabled }: Completed): void {
    const { logger, metrics } = this.parts;
    for (const { delivery } of batch) this.inFlight.delete(delivery);
    metrics.inFlight.set(this.inFlight.size);
    metrics.tooLate.inc(tooLate.length);
    for (const { delivery } of tooLate)
      logger.warn(idsOf(delivery), 'attempt came too late: the delivery is no longer ours');
    for (const webhook of disabled) logger.warn(webhook, 'webhook disabled');
    if (this.hasMore) this.parts.wakeUp.notify();
  }
}

/** The span of an attempt. It tells neither the URL, which may hold a secret, nor anything that is sent. */
const startAttempt = ({ accountId, id, webhookId, eventId, eventType, attemptsTotal, traceparent }: Claimed) =>
  startSpan(
    {
      kind: 'client',
      name: `deliver ${eventType}`,
      attributes: {
        'http.request.method': 'POST',
        'http.request.resend_count': attemptsTotal,
        'messaging.message.id': eventId,
        'nexivohr.account_id': accountId,
        'nexivohr.delivery_id': id,
        'nexivohr.webhook_id': webhookId,
      },
    },
    traceparent,
  );

/** @param outcome nothing where no request was made */
function endAttempt(span: OpenSpan, outcome: Completion['outcome'] | undefined): void {
  if (!outcome) return span.end({}, 'not_tried');
  const { verdict, attempt } = outcome;
  const status = attempt.statusCode;
  span.end(
    { 'nexivohr.outcome': verdict.kind, ...(status !== undefined && { 'http.response.status_code': status }) },
    attempt.error,
  );
}

/** Now, by the database's clock. */
const timeOf = ({ clockOffsetMs }: Claimed): Date => new Date(clockOffsetMs + performance.now());
