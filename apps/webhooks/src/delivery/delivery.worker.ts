import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Shutdown } from '@nexivo/runtime/shutdown';
import type { Logger } from 'pino';
import { aadOf, type Secrets } from '../secrets.js';
import { LEASE_S, SLOW_AFTER_S } from './claim.sql.js';
import { CompletionWriter } from './completion.writer.js';
import type { DeliveryMetrics } from './delivery.metrics.js';
import type { Claimed, ClaimLimits, Completed, Completion, Endpoint } from './delivery.rows.js';
import type { DeliveryStore } from './delivery.store.js';
import { DEADLINE_MS, type Dialer } from './dial.js';
import { isWorthNoting } from './endpoint-health.js';
import { outcomeOf } from './outcome.js';
import { signatureHeaders } from './signature.js';
import { WakeUp } from './wake-up.js';

/** What a worker works with. */
export interface WorkerParts {
  readonly store: DeliveryStore;
  readonly dialer: Dialer;
  readonly secrets: Secrets;
  readonly metrics: DeliveryMetrics;
  readonly shutdown: Shutdown;
  readonly logger: Logger;
}

export interface WorkerLimits {
  /** Requests at a time in this copy. */
  readonly concurrency: number;
  /** Requests at a time to one endpoint, from all copies. */
  readonly perEndpoint: number;
}

/** Finds what nobody has called for: retries, leases that ran out, what another copy committed before it died. */
const POLL_MS = 250;
/** How often deliveries are claimed at most, and never more than half of the time: in between they gather. */
const CLAIM_EVERY_MS = 5;
const AWAY_MS = 250;
/** A delivery that could not even be tried, through no fault of its endpoint, waits for so long. */
const UNSENDABLE_MS = 60_000;
/** So late after it was asked for, a claim leaves no time for a request within the lease. */
const CLAIM_LATE_MS = LEASE_S * 1_000 - DEADLINE_MS - 5_000;
/** What one endpoint gets of the capacity that is free. */
const SHARE_OF_ENDPOINT = 1 / 8;
/** How much of all capacity is for requests that are slow, or to endpoints that fail. */
const SHARE_OF_SLOW = 1 / 4;

/** Sends deliveries as they become due. Every copy of the service has one. */
export class DeliveryWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly wakeUp = new WakeUp();
  /** What this copy has in its hands, up to the writing down of what came of it, and when it asked for it (`performance.now()`). */
  private readonly held = new Map<Claimed, number>();
  private readonly sending = new Set<Promise<void>>();
  private readonly plain: CompletionWriter;
  private readonly noted: CompletionWriter;
  private claiming: Promise<void> | undefined;
  private leavesSome = false;
  private isStopping = false;

  constructor(
    private readonly parts: WorkerParts,
    private readonly limits: WorkerLimits,
  ) {
    const { store, logger } = parts;
    const done = (batch: readonly Completion[], completed: Completed): void => this.written(batch, completed);
    this.plain = new CompletionWriter((batch) => store.complete(batch), done, logger);
    this.noted = new CompletionWriter((batch) => store.completeAndNote(batch), done, logger);
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  start(): void {
    this.claiming ??= this.claimUntilStopped();
  }

  /** Says that there may be something due: to be called after a commit. Never waits and never throws. */
  poke(): void {
    this.wakeUp.call();
  }

  /**
   * Claims no more and waits for the requests under way, at most their deadline, and until what came of them is written. Leases
   * of deliveries that were not sent are given back.
   */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    this.wakeUp.call();
    await this.claiming;
    await Promise.all(this.sending);
    await Promise.all([this.plain.drained(), this.noted.drained()]);
    await this.parts.dialer.close();
    await this.parts.store.close();
  }

  /** Not any more from the moment on that the service is told to stop. */
  private get mayBegin(): boolean {
    return !this.isStopping && !this.parts.shutdown.hasBegun;
  }

  private async claimUntilStopped(): Promise<void> {
    let behind: Endpoint | undefined;
    let failures = 0;
    while (!this.isStopping) {
      await this.wakeUp.sleep(POLL_MS);
      if (!this.mayBegin || this.held.size >= this.limits.concurrency) continue;
      const claimedAt = performance.now();
      try {
        behind = await this.claim(claimedAt, behind);
        if (behind) this.wakeUp.call();
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.parts.logger.warn({ err: error }, 'deliveries not claimed; trying on');
        await sleep(AWAY_MS);
      }
      const tookMs = performance.now() - claimedAt;
      await sleep(Math.max(CLAIM_EVERY_MS - tookMs, Math.min(tookMs, POLL_MS)));
    }
  }

  /** @returns where the next claim should begin */
  private async claim(claimedAt: number, behind: Endpoint | undefined): Promise<Endpoint | undefined> {
    const { claimed, leavesSome, goOnBehind } = await this.parts.store.claim(this.freeCapacity(claimedAt), behind);
    this.leavesSome = leavesSome;
    if (claimed.length === 0) return goOnBehind;
    if (!this.mayBegin || performance.now() - claimedAt > CLAIM_LATE_MS) {
      await this.parts.store.giveBack(claimed);
      return goOnBehind;
    }
    for (const delivery of claimed) {
      this.held.set(delivery, claimedAt);
      const sending = this.send(delivery, claimedAt).finally(() => this.sending.delete(sending));
      this.sending.add(sending);
    }
    this.parts.metrics.inFlight.set(this.held.size);
    return goOnBehind;
  }

  /**
   * What may be claimed now. A part of all capacity is for requests that are slow, and those to endpoints that have been failing
   * or slow. A request moves there when it turns out to be slow and makes room for others; when there is no more room for it,
   * it takes away from the rest. So endpoints that hang, which are many when a network is out of order, keep the others waiting for
   * seconds at most, and hold little once they are known. And no endpoint takes more than a part of what is left.
   */
  private freeCapacity(now: number): ClaimLimits {
    const { concurrency, perEndpoint } = this.limits;
    const forSlow = Math.floor(concurrency * SHARE_OF_SLOW);
    let slow = 0;
    for (const [{ isDoubtful }, claimedAt] of this.held) {
      if (isDoubtful || now - claimedAt > SLOW_AFTER_S * 1_000) slow++;
    }
    const well = Math.max(0, concurrency - Math.max(forSlow, slow) - (this.held.size - slow));
    return {
      all: concurrency - this.held.size,
      well,
      doubtful: Math.max(0, Math.max(1, forSlow) - slow),
      perEndpoint: Math.min(perEndpoint, Math.max(1, Math.floor(well * SHARE_OF_ENDPOINT))),
    };
  }

  private async send(delivery: Claimed, claimedAt: number): Promise<void> {
    try {
      const completion = { delivery, outcome: await this.attempt(delivery) };
      const writer = isWorthNoting(delivery.health, completion.outcome.verdict, new Date()) ? this.noted : this.plain;
      writer.add(completion, claimedAt);
    } catch (error) {
      this.parts.logger.error({ err: error, ...idsOf(delivery) }, 'delivery could not be tried');
      await this.postpone(delivery);
    }
  }

  private async attempt(delivery: Claimed): Promise<Completion['outcome']> {
    // Events are kept for longer than their deliveries.
    if (delivery.body === undefined) throw new Error('the event is not there any more');
    const at = new Date();
    const body = Buffer.from(delivery.body);
    const answer = await this.parts.dialer.post({
      url: delivery.url,
      body,
      headers: this.headersOf(delivery, body, at),
    });
    const outcome = outcomeOf(delivery.attempts, answer, { at, now: new Date(), random: Math.random });
    this.record(delivery, outcome, answer.sentAt && answer.sentAt - delivery.dueAt);
    return outcome;
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

  /** One line for an attempt, with all that is known of it but secret and content. */
  private record(delivery: Claimed, { verdict, attempt, dueInMs }: Completion['outcome'], firstByteMs?: number): void {
    const { logger, metrics } = this.parts;
    logger.info(
      {
        ...idsOf(delivery),
        attempt: delivery.attemptsTotal + 1,
        outcome: verdict.kind,
        status: attempt.statusCode,
        ms: attempt.latencyMs,
        error: attempt.error,
        next_in_ms: dueInMs,
      },
      'delivery attempt',
    );
    metrics.attempts.inc({ outcome: verdict.kind });
    if (firstByteMs !== undefined && delivery.attemptsTotal === 0 && delivery.origin === 'event') {
      metrics.firstByteS.observe(firstByteMs / 1_000);
    }
  }

  private async postpone(delivery: Claimed): Promise<void> {
    try {
      await this.parts.store.giveBack([delivery], UNSENDABLE_MS);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'lease not given back; it will run out');
    }
    this.held.delete(delivery);
  }

  private written(batch: readonly Completion[], { tooLate, disabled }: Completed): void {
    const { logger, metrics } = this.parts;
    for (const { delivery } of batch) this.held.delete(delivery);
    metrics.inFlight.set(this.held.size);
    metrics.tooLate.inc(tooLate.length);
    for (const { delivery } of tooLate)
      logger.warn(idsOf(delivery), 'attempt came too late: the delivery is no longer ours');
    for (const webhook of disabled) logger.warn(webhook, 'webhook disabled');
    if (this.leavesSome) this.wakeUp.call();
  }
}

const idsOf = ({ accountId, id, webhookId, eventId, eventType }: Claimed): Record<string, string> => ({
  account_id: accountId,
  delivery: id,
  webhook: webhookId,
  event: eventId,
  type: eventType,
});
