import type { DisabledReason as AnyReason } from '@nexivo/contracts/webhooks';

/** What has become of the last attempts at an endpoint. It decides when and whether more are made. */
export interface EndpointHealth {
  /** When the first of the failures since the last success was. */
  readonly failingSince: Date | undefined;
  /** How many there have been since then, and on how many days in UTC: days without an attempt say nothing of it. */
  readonly failures: number;
  readonly failingDays: number;
  readonly lastFailureAt: Date | undefined;
  /** Written once a minute at most, so it may be a minute old. */
  readonly lastSuccessAt: Date | undefined;
  /** Until when nothing is sent there. */
  readonly pausedUntil: Date | undefined;
  /** How many times in a row it has answered with a slowdown. */
  readonly consecutiveSlowdowns: number;
  /** Whether its last success was cut because it was too large. */
  readonly isOversized: boolean;
}

/** What an attempt says about its endpoint. */
export type Verdict =
  | { readonly kind: 'success'; readonly isOversized: boolean }
  | { readonly kind: 'failure' }
  /** 429, 502, 503, 504: it wants fewer requests, or none for a while. Or it pours without answering, and gets fewer. */
  | { readonly kind: 'slowdown'; readonly retryAfterMs: number | undefined }
  /** Nothing was sent, which says nothing of it. */
  | { readonly kind: 'unsent' }
  /** 410: it wants no more requests. */
  | { readonly kind: 'gone' };

/** Why the queue disables a webhook. */
export type DisabledReason = Exclude<AnyReason, 'requested'>;

/** What the log of a delivery keeps of an attempt. */
interface AttemptRecord {
  readonly at: Date;
  readonly statusCode: number | undefined;
  readonly latencyMs: number;
  readonly responseBody: string | undefined;
  /** A stable code in snake_case; nothing if it succeeded. */
  readonly error: string | undefined;
  readonly errorDetail: string | undefined;
}

/** What an attempt means for a delivery and its endpoint. */
export interface Outcome {
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** While it is pending, how long until the next attempt. */
  readonly dueInMs: number | undefined;
  readonly verdict: Verdict;
  readonly attempt: AttemptRecord;
}

/** A delivery that this replica, and no other, may send now. */
export interface Claimed {
  readonly accountId: string;
  readonly id: string;
  /** The fencing token of the lease: an outcome is written only while the row has it. */
  readonly token: string;
  /** Where Postgres has the row (`ctid`), until somebody changes it. */
  readonly tid: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly origin: string;
  /** Attempts made before in this round of the schedule. */
  readonly attempts: number;
  /** Attempts made before in all rounds. */
  readonly attemptsTotal: number;
  /** Since when it has been due, by `performance.now()`. */
  readonly dueAt: number;
  /** The database's clock less `performance.now()`: what leaves the house is dated by the one clock that all replicas share. */
  readonly clockOffsetMs: number;
  /** Exactly what is sent; nothing if it is no longer kept. */
  readonly body: string | undefined;
  /** W3C trace context of its event; nothing if that has none. */
  readonly traceparent: string | undefined;
  readonly url: string;
  /** Those that sign, the newest first. */
  readonly secrets: readonly SealedSecret[];
  readonly health: EndpointHealth;
  /** Whether its endpoint fails, is slow or says too much. */
  readonly isDegraded: boolean;
}

interface SealedSecret {
  readonly keyId: string;
  readonly sealed: Buffer;
}

/** How many deliveries to claim. */
export interface ClaimLimits {
  readonly all: number;
  /** To healthy endpoints. */
  readonly healthy: number;
  /** To endpoints that fail, are slow or say too much. */
  readonly degraded: number;
  /** How many requests an endpoint may have at a time, from all replicas. */
  readonly perEndpoint: number;
  /** What this replica has under way for each account. */
  readonly underWay: ReadonlyMap<string, UnderWay>;
}

/** Requests of one account that one replica has under way. */
interface UnderWay {
  readonly all: number;
  /** Those of them that are slow or go to degraded endpoints. */
  readonly degraded: number;
}

/** What a claim has found. */
export interface Claims {
  readonly claimed: readonly Claimed[];
  /** Whether more deliveries to healthy endpoints are due than the limits let through. */
  readonly hasMore: boolean;
  /** The endpoint after which the next claim should begin, if this one has not reached the last. */
  readonly resumeAfter: Endpoint | undefined;
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

/** What came of writing attempts down. */
export interface Completed {
  /** Those whose lease was lost. Nothing was written of them. */
  readonly tooLate: readonly Completion[];
  /** Webhooks that were disabled by them. */
  readonly disabled: readonly Disabled[];
}

export interface Disabled {
  readonly account_id: string;
  readonly webhook_id: string;
  readonly reason: DisabledReason;
}

/** Whose fault it is that a delivery waits. */
export type LateBecauseOf = 'ours' | 'endpoint';

/** How much waits in the queue. */
export interface Backlog {
  /** Pending deliveries; counted up to 100,000. */
  readonly pending: number;
  /** How many are late, and how long the one that has waited longest has been due, in seconds. */
  readonly due: Readonly<Record<LateBecauseOf, { readonly late: number; readonly oldestS: number }>>;
}

/** The health of an endpoint after attempts. */
export interface HealthChange extends Endpoint {
  readonly before: EndpointHealth;
  health: EndpointHealth;
  disable: DisabledReason | undefined;
  /** Whether its owner is to be told that it fails. */
  isNotable: boolean;
}

/** A webhook of which the account's others are told. */
export interface ToldWebhook {
  readonly type: 'webhook.failing' | 'webhook.disabled';
  /** All columns, as they now are. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly before: EndpointHealth;
  readonly health: EndpointHealth;
}
