import type { DisabledReason as AnyReason } from '@nexivo/contracts/webhooks';

/** How an endpoint has been doing, as far as it changes what happens to it. */
export interface EndpointHealth {
  /** When the first attempt failed after which none has succeeded. */
  readonly failingSince: Date | undefined;
  /** Up to a minute too old. */
  readonly lastSuccessAt: Date | undefined;
  /** Until when nothing is sent there. */
  readonly pausedUntil: Date | undefined;
  /** How often in a row it has asked to be left alone. */
  readonly consecutiveSlowdowns: number;
}

/** What an attempt says of its endpoint. */
export type Verdict =
  | { readonly kind: 'success' }
  | { readonly kind: 'failure' }
  /** 429, 502, 503, 504: it wants less, or nothing for a while. */
  | { readonly kind: 'slowdown'; readonly retryAfterMs: number | undefined }
  /** 410: it wants nothing any more. */
  | { readonly kind: 'gone' };

/** Why the queue disables a webhook. */
export type DisabledReason = Exclude<AnyReason, 'requested'>;

/** What the log of a delivery keeps of an attempt. */
export interface AttemptRecord {
  readonly at: Date;
  readonly statusCode: number | undefined;
  readonly latencyMs: number;
  readonly responseBody: string | undefined;
  /** A stable code in snake_case; nothing if it succeeded. */
  readonly error: string | undefined;
  readonly errorDetail: string | undefined;
}

/** What an attempt makes of a delivery, and of its endpoint. */
export interface Outcome {
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** While it is pending, how long until the next attempt. */
  readonly dueInMs: number | undefined;
  readonly verdict: Verdict;
  readonly attempt: AttemptRecord;
}

/** A delivery that this copy, and no other, may send now. */
export interface Claimed {
  readonly accountId: string;
  readonly id: string;
  /** Proves later on that the delivery is still this copy's. */
  readonly token: string;
  /** Where Postgres has the row (`ctid`), for as long as nobody else changes it. */
  readonly place: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly origin: string;
  /** Made before, in this round of the schedule and in all. */
  readonly attempts: number;
  readonly attemptsTotal: number;
  /** Since when it has been due, by `performance.now()`. */
  readonly dueAt: number;
  /** Exactly what is sent; nothing if it is no longer kept. */
  readonly body: string | undefined;
  readonly url: string;
  /** Those that sign, the newest first. */
  readonly secrets: readonly SealedSecret[];
  readonly health: EndpointHealth;
  /** Whether its endpoint has been failing or slow. */
  readonly isDoubtful: boolean;
}

export interface SealedSecret {
  readonly keyId: string;
  readonly sealed: Buffer;
}

/** How many deliveries to claim. */
export interface ClaimLimits {
  readonly all: number;
  /** To endpoints that are well. */
  readonly well: number;
  /** To endpoints that have been failing or slow. */
  readonly doubtful: number;
  /** How many requests an endpoint may have at a time, from all copies. */
  readonly perEndpoint: number;
}

/** What there was to claim. */
export interface Claims {
  readonly claimed: readonly Claimed[];
  /** Whether more is due than the limits let through. */
  readonly leavesSome: boolean;
  /** Where the next claim should begin, if this one has not looked at all endpoints. */
  readonly goOnBehind: Endpoint | undefined;
}

export interface Endpoint {
  readonly accountId: string;
  readonly webhookId: string;
}

/** An attempt that was made. */
export interface Completion {
  readonly delivery: Claimed;
  readonly outcome: Outcome;
}

/** What was written down. */
export interface Completed {
  /** Those that were no longer this copy's: nothing was written of them. */
  readonly tooLate: readonly Completion[];
  /** Endpoints that were disabled by it. */
  readonly disabled: readonly Disabled[];
}

export interface Disabled {
  readonly account_id: string;
  readonly webhook_id: string;
  readonly reason: DisabledReason;
}

/** What is waiting. */
export interface Backlog {
  /** Deliveries that are not over; counted up to 100,000. */
  readonly pending: number;
  /** For how long the one that should have been sent first has been due. */
  readonly oldestDueS: number;
}

/** What attempts make of the health of an endpoint. */
export interface HealthChange extends Endpoint {
  health: EndpointHealth;
  disable: DisabledReason | undefined;
}
