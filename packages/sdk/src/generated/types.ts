// Made of openapi.json by `npm run openapi`; change the contracts, not this file.

export interface CreateCandidate {
  first_name: string;
  last_name: string;
  email?: string | null;
  phone?: string | null;
  current_title?: string | null;
  current_company?: string | null;
  city?: string | null;
  state?: string | null;
  country?: string | null;
  source?: string | null;
  skills?: string[] | null;
  tags?: string[] | null;
  linkedin_url?: string | null;
  website_url?: string | null;
  /** Searchable whole; a phrase within the first 256 uses of each of its words */
  summary?: string | null;
  external_id?: string | null;
  /** `new` unless told. */
  status?: CandidateStatus;
  custom_fields?: CustomFields | null;
}

export type CandidateStatus = 'new' | 'screening' | 'available' | 'placed' | 'inactive';

export type CustomFields = Record<string, string | number | boolean>;

/** A JSON merge patch (RFC 7396) */
export interface CandidatePatch {
  first_name?: string;
  last_name?: string;
  email?: string | null;
  phone?: string | null;
  current_title?: string | null;
  current_company?: string | null;
  city?: string | null;
  state?: string | null;
  country?: string | null;
  source?: string | null;
  skills?: string[] | null;
  tags?: string[] | null;
  linkedin_url?: string | null;
  website_url?: string | null;
  /** Searchable whole; a phrase within the first 256 uses of each of its words */
  summary?: string | null;
  external_id?: string | null;
  status?: CandidateStatus;
  custom_fields?: CustomFieldsPatch | null;
  id?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
}

export type CustomFieldsPatch = Record<string, string | number | boolean | null>;

/** What is left out stays as it is, as in a PATCH; of a new one it is absent */
export interface PutCandidate {
  first_name: string;
  last_name: string;
  email?: string | null;
  phone?: string | null;
  current_title?: string | null;
  current_company?: string | null;
  city?: string | null;
  state?: string | null;
  country?: string | null;
  source?: string | null;
  skills?: string[] | null;
  tags?: string[] | null;
  linkedin_url?: string | null;
  website_url?: string | null;
  /** Searchable whole; a phrase within the first 256 uses of each of its words */
  summary?: string | null;
  external_id?: string | null;
  status?: CandidateStatus;
  custom_fields?: CustomFieldsPatch | null;
  id?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
}

export interface CreateJob {
  title: string;
  /** Searchable whole; a phrase within its first 16,383 words */
  description?: string | null;
  department?: string | null;
  location_city?: string | null;
  location_state?: string | null;
  location_country?: string | null;
  workplace?: Workplace | null;
  employment_type?: EmploymentType | null;
  salary_min?: MinorUnits | null;
  salary_max?: MinorUnits | null;
  salary_currency?: string | null;
  tags?: string[] | null;
  external_id?: string | null;
  /** `1` unless told. */
  openings?: number;
  /** `open` unless told. */
  status?: JobStatus;
  custom_fields?: CustomFields | null;
}

export type Workplace = 'on_site' | 'hybrid' | 'remote';

export type EmploymentType = 'full_time' | 'part_time' | 'contract' | 'temporary' | 'internship';

/** Of `salary_currency`: cents, for USD */
export type MinorUnits = number;

export type JobStatus = 'open' | 'on_hold' | 'closed';

/** A JSON merge patch (RFC 7396) */
export interface JobPatch {
  title?: string;
  /** Searchable whole; a phrase within its first 16,383 words */
  description?: string | null;
  department?: string | null;
  location_city?: string | null;
  location_state?: string | null;
  location_country?: string | null;
  workplace?: Workplace | null;
  employment_type?: EmploymentType | null;
  salary_min?: MinorUnits | null;
  salary_max?: MinorUnits | null;
  salary_currency?: string | null;
  tags?: string[] | null;
  external_id?: string | null;
  openings?: number;
  status?: JobStatus;
  custom_fields?: CustomFieldsPatch | null;
  id?: unknown;
  opened_at?: unknown;
  closed_at?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
}

/** What is left out stays as it is, as in a PATCH; of a new one it is absent */
export interface PutJob {
  title: string;
  /** Searchable whole; a phrase within its first 16,383 words */
  description?: string | null;
  department?: string | null;
  location_city?: string | null;
  location_state?: string | null;
  location_country?: string | null;
  workplace?: Workplace | null;
  employment_type?: EmploymentType | null;
  salary_min?: MinorUnits | null;
  salary_max?: MinorUnits | null;
  salary_currency?: string | null;
  tags?: string[] | null;
  external_id?: string | null;
  openings?: number;
  status?: JobStatus;
  custom_fields?: CustomFieldsPatch | null;
  id?: unknown;
  opened_at?: unknown;
  closed_at?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
}

export interface CreateSubmission {
  candidate_id: string;
  /** `screening` unless told. */
  stage?: Stage;
  notes?: string | null;
  source?: string | null;
  rejection_reason?: string | null;
}

export type Stage = 'screening' | 'interview' | 'offer' | 'placed' | 'rejected';

/** A JSON merge patch (RFC 7396) */
export interface SubmissionPatch {
  stage?: Stage;
  notes?: string | null;
  source?: string | null;
  rejection_reason?: string | null;
  id?: unknown;
  job_id?: unknown;
  candidate_id?: unknown;
  stage_changed_at?: unknown;
  placed_at?: unknown;
  rejected_at?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
}

export interface CreateWebhook {
  /** `https`, without credentials and fragment, at a public address; `http` only where the operator allows it */
  url: string;
  /** Names of events, without repetitions, or `["*"]` for all, those that the API gains later included */
  events: Subscribable[];
  description?: string | null;
  /** `enabled` unless told. */
  status?: WebhookStatus;
}

export type Subscribable = 'candidate.created' | 'candidate.updated' | 'candidate.deleted' | 'job.created' | 'job.updated' | 'job.closed' | 'submission.created' | 'submission.stage_changed' | 'submission.placed' | 'webhook.failing' | 'webhook.disabled' | '*';

export type WebhookStatus = 'enabled' | 'disabled';

/** A JSON merge patch (RFC 7396) */
export interface WebhookPatch {
  /** `https`, without credentials and fragment, at a public address; `http` only where the operator allows it */
  url?: string;
  /** Names of events, without repetitions, or `["*"]` for all, those that the API gains later included */
  events?: Subscribable[];
  description?: string | null;
  status?: WebhookStatus;
  id?: unknown;
  disabled_reason?: unknown;
  disabled_at?: unknown;
  failing_since?: unknown;
  last_success_at?: unknown;
  last_failure_at?: unknown;
  disables_at?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
}

export interface TestWebhook {
  /** Sends the documented example of this type, with `"test": true` */
  type?: EventType;
}

export type EventType = 'candidate.created' | 'candidate.updated' | 'candidate.deleted' | 'job.created' | 'job.updated' | 'job.closed' | 'submission.created' | 'submission.stage_changed' | 'submission.placed' | 'webhook.failing' | 'webhook.disabled';

export interface CreateReplay {
  /** Events since this time, at most 30 days ago */
  since: string;
  /** Events up to this time; without it all up to now */
  until?: string;
}

export type DeliveredType = 'candidate.created' | 'candidate.updated' | 'candidate.deleted' | 'job.created' | 'job.updated' | 'job.closed' | 'submission.created' | 'submission.stage_changed' | 'submission.placed' | 'webhook.failing' | 'webhook.disabled' | 'webhook.test';

export interface RedeliverFailed {
  /** Given up since this time, at most 30 days ago */
  since: string;
  /** Given up until this time; without it until now */
  until?: string;
  /** Deliveries of this type alone */
  event_type?: DeliveredType;
}

export type EventId = string;

export type TokenScope = 'candidates:read' | 'candidates:write' | 'jobs:read' | 'jobs:write' | 'submissions:read' | 'submissions:write' | 'webhooks:read' | 'webhooks:write' | 'account:read' | 'users:read' | 'tokens:read' | 'audit:read';

export type TokenKind = 'personal' | 'service';

export type Role = 'owner' | 'admin' | 'developer' | 'recruiter' | 'viewer';

/** A candidate was created. */
export interface CandidateCreatedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'candidate.created';
  data: CandidateEventData;
  test?: IsTest;
}

/** Of the object, and in its `ETag`: a later change has a greater one, events of one change have the same */
export type ResourceVersion = number;

/** `object` is as the API showed it at that moment */
export interface CandidateEventData {
  object: Candidate;
  /** What the members that changed were before, without `updated_at`; `null` for a new object */
  previous: {
    id?: string;
    first_name?: string;
    last_name?: string;
    email?: string | null;
    phone?: string | null;
    current_title?: string | null;
    current_company?: string | null;
    city?: string | null;
    state?: string | null;
    country?: string | null;
    status?: CandidateStatus;
    source?: string | null;
    skills?: string[];
    tags?: string[];
    linkedin_url?: string | null;
    website_url?: string | null;
    summary?: string | null;
    external_id?: string | null;
    custom_fields?: Record<string, string | number | boolean>;
    created_at?: string;
    updated_at?: string;
  } | null;
}

/** Someone who may be submitted to jobs */
export interface Candidate {
  id: string;
  first_name: string;
  last_name: string;
  /** Of sourced people often not known */
  email: string | null;
  phone: string | null;
  current_title: string | null;
  current_company: string | null;
  city: string | null;
  state: string | null;
  country: string | null;
  status: CandidateStatus;
  source: string | null;
  skills: string[];
  tags: string[];
  linkedin_url: string | null;
  website_url: string | null;
  summary: string | null;
  /** Your own id; unique in the account */
  external_id: string | null;
  custom_fields: Record<string, string | number | boolean>;
  created_at: string;
  updated_at: string;
}

/** Marks the example of a type, which never happened */
export type IsTest = true;

/** Members of a candidate changed. */
export interface CandidateUpdatedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'candidate.updated';
  data: CandidateEventData;
  test?: IsTest;
}

/** A candidate became `inactive`. */
export interface CandidateDeletedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'candidate.deleted';
  data: CandidateEventData;
  test?: IsTest;
}

/** A job was created. */
export interface JobCreatedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'job.created';
  data: JobEventData;
  test?: IsTest;
}

/** `object` is as the API showed it at that moment */
export interface JobEventData {
  object: Job;
  /** What the members that changed were before, without `updated_at`; `null` for a new object */
  previous: {
    id?: string;
    title?: string;
    description?: string | null;
    department?: string | null;
    location_city?: string | null;
    location_state?: string | null;
    location_country?: string | null;
    workplace?: Workplace | null;
    employment_type?: EmploymentType | null;
    openings?: number;
    salary_min?: MinorUnits | null;
    salary_max?: MinorUnits | null;
    salary_currency?: string | null;
    status?: JobStatus;
    tags?: string[];
    external_id?: string | null;
    custom_fields?: Record<string, string | number | boolean>;
    opened_at?: string;
    closed_at?: string | null;
    created_at?: string;
    updated_at?: string;
  } | null;
}

/** A position to fill */
export interface Job {
  id: string;
  title: string;
  description: string | null;
  department: string | null;
  location_city: string | null;
  location_state: string | null;
  location_country: string | null;
  workplace: Workplace | null;
  employment_type: EmploymentType | null;
  openings: number;
  salary_min: MinorUnits | null;
  salary_max: MinorUnits | null;
  salary_currency: string | null;
  status: JobStatus;
  tags: string[];
  /** Your own id; unique in the account */
  external_id: string | null;
  custom_fields: Record<string, string | number | boolean>;
  opened_at: string;
  closed_at: string | null;
  created_at: string;
  updated_at: string;
}

/** Members of a job changed. */
export interface JobUpdatedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'job.updated';
  data: JobEventData;
  test?: IsTest;
}

/** A job became `closed`. */
export interface JobClosedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'job.closed';
  data: JobEventData;
  test?: IsTest;
}

/** A candidate was submitted to a job. */
export interface SubmissionCreatedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'submission.created';
  data: SubmissionEventData;
  test?: IsTest;
}

/** `object` is as the API showed it at that moment */
export interface SubmissionEventData {
  object: Submission;
  /** What the members that changed were before, without `updated_at`; `null` for a new object */
  previous: {
    id?: string;
    job_id?: string;
    candidate_id?: string;
    stage?: Stage;
    notes?: string | null;
    source?: string | null;
    rejection_reason?: string | null;
    stage_changed_at?: string;
    placed_at?: string | null;
    rejected_at?: string | null;
    created_at?: string;
    updated_at?: string;
  } | null;
}

/** A candidate put forward for a job */
export interface Submission {
  id: string;
  job_id: string;
  candidate_id: string;
  stage: Stage;
  notes: string | null;
  source: string | null;
  /** Only while `stage` is `rejected` */
  rejection_reason: string | null;
  stage_changed_at: string;
  placed_at: string | null;
  rejected_at: string | null;
  created_at: string;
  updated_at: string;
}

/** A submission came to another stage. */
export interface SubmissionStageChangedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'submission.stage_changed';
  data: SubmissionEventData;
  test?: IsTest;
}

/** A submission became `placed`; `submission.stage_changed` is published beside it. */
export interface SubmissionPlacedEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'submission.placed';
  data: SubmissionEventData;
  test?: IsTest;
}

/** A webhook fails for the tenth time in a row, or on a second day, and will be disabled at `disables_at` if it goes on so. Told to the account's other webhooks, once until it succeeds. */
export interface WebhookFailingEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'webhook.failing';
  data: WebhookEventData;
  test?: IsTest;
}

/** `object` is as the API showed it at that moment */
export interface WebhookEventData {
  object: Webhook;
  /** What the members that changed were before, without `updated_at`; `null` for a new object */
  previous: {
    id?: string;
    url?: string;
    events?: Subscribable[];
    description?: string | null;
    status?: WebhookStatus;
    disabled_reason?: DisabledReason | null;
    disabled_at?: string | null;
    failing_since?: FailingSince;
    last_success_at?: string | null;
    last_failure_at?: LastFailureAt;
    disables_at?: DisablesAt;
    created_at?: string;
    updated_at?: string;
  } | null;
}

/** A URL that is told of events. What became of requests to it (`failing_since`, `last_success_at`, `last_failure_at`, `disables_at`) is as of the answer and changes no `ETag` */
export interface Webhook {
  id: string;
  url: string;
  events: Subscribable[];
  description: string | null;
  status: WebhookStatus;
  /** `requested`: by a PATCH. `gone`: the URL answered 410. `failing_for_5_days`: nothing but failures, ten at least and on five days. */
  disabled_reason: DisabledReason | null;
  disabled_at: string | null;
  failing_since: FailingSince;
  /** When it last succeeded, a minute earlier at most; `null` if it never has */
  last_success_at: string | null;
  last_failure_at: LastFailureAt;
  disables_at: DisablesAt;
  created_at: string;
  updated_at: string;
}

export type DisabledReason = 'requested' | 'gone' | 'failing_for_5_days';

/** When the first of the failures since the last success was; `null` while it succeeds */
export type FailingSince = string | null;

/** When the last of the failures since the last success was; `null` while it succeeds */
export type LastFailureAt = string | null;

/** When it is disabled at the earliest if it goes on to fail: by its tenth failure or a later one, after five times 24 hours with failures on five days (UTC). `null` while it succeeds */
export type DisablesAt = string | null;

/** A webhook became `disabled`; `disabled_reason` says why. Told to the account's other webhooks. */
export interface WebhookDisabledEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'webhook.disabled';
  data: WebhookEventData;
  test?: IsTest;
}

/** A test, with the webhook itself as its object, without its secret */
export interface WebhookTestEvent {
  id: EventId;
  created_at: string;
  account_id: string;
  /** Of the request that caused it; one of its own where none did */
  request_id: string;
  resource_version: ResourceVersion;
  type: 'webhook.test';
  data: {
    object: Webhook;
    previous: null;
  };
}

export type DeliveryOrigin = 'event' | 'replay' | 'test';

export type DeliveryStatus = 'pending' | 'succeeded' | 'failed';

export interface CandidateList {
  data: Candidate[];
  meta: ListMeta;
  links: ListLinks;
}

/** With `page`, or neither, a `PageMeta`, which has `total`; with `cursor` a `CursorMeta`, which has not */
export type ListMeta = PageMeta | CursorMeta;

/** Of a page that was asked for by number */
export interface PageMeta {
  /** The number of this page */
  page: number;
  /** How many there are on all pages */
  total: number;
  /** How many pages */
  total_pages: number;
  /** `false` where counting stopped at 1000 or at the end of this page, so that there are at least `total`, or were within the last minute */
  total_is_exact: boolean;
  per_page: number;
  is_truncated?: IsTruncated;
  rank_window_size?: RankWindowSize;
  synced_until?: SyncedUntil;
  /** `cursor` of the page after this one; `null` on the last. Only where the list can be read by cursor */
  next_cursor?: string | null;
}

/** The rows of `per_page` would be larger than 4 MiB, and these are the first: `links.next` goes on by cursor. Not there on any other page */
export type IsTruncated = true;

/** With `sort=-relevance`, where only the newest so many matches were sorted and are listed, since there may be more; 5000 at most */
export type RankWindowSize = number;

/** From when `updated_after` may go on without loss once this list has been read to its end; the same on all of its pages. In a list that is begun with an empty `cursor`, in ascending order of a time, or narrowed by `created_after` or `updated_after` */
export type SyncedUntil = string;

/** Of a page that was asked for by cursor: nothing is counted */
export interface CursorMeta {
  per_page: number;
  is_truncated?: IsTruncated;
  rank_window_size?: RankWindowSize;
  synced_until?: SyncedUntil;
  /** `cursor` of the page after this one; `null` on the last */
  next_cursor: string | null;
}

/** What leads on (RFC 8288 relations) */
export interface ListLinks {
  first: string;
  /** `null` on the first page, and always with `cursor` */
  prev: string | null;
  /** `null` on the last page */
  next: string | null;
  /** `null` with `cursor`, and where `total` is not exact */
  last: string | null;
}

export interface Problem {
  /** The page about this kind of error. Absolute, unless the request does not say by which host it came */
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  request_id: string;
  /** Present on every 400, on a 409 about a duplicate and on the 410 of `after` */
  errors?: FieldError[];
}

/** What went wrong; stable */
export type ErrorCode = 'validation_failed' | 'malformed_json' | 'malformed_request' | 'missing_token' | 'invalid_token' | 'invalid_session' | 'invalid_credentials' | 'insufficient_scope' | 'insufficient_role' | 'session_required' | 'cross_site_request' | 'plan_without_api_access' | 'not_found' | 'route_not_found' | 'method_not_allowed' | 'request_timeout' | 'duplicate_submission' | 'duplicate_external_id' | 'already_a_member' | 'last_owner' | 'idempotency_key_in_flight' | 'webhook_disabled' | 'invalid_link' | 'event_expired' | 'precondition_failed' | 'payload_too_large' | 'unsupported_media_type' | 'idempotency_key_reused' | 'minute_quota_exceeded' | 'day_quota_exceeded' | 'too_many_failed_attempts' | 'too_many_sign_ins' | 'session_quota_exceeded' | 'headers_too_large' | 'response_too_large' | 'internal_error' | 'service_unavailable' | 'http_version_not_supported' | 'service_timeout';

export interface FieldError {
  /** Dotted path of the field, or the name of the query parameter */
  field: string;
  /** Stable snake_case code */
  code: string;
  /** What to change, for people */
  message: string;
  /** Of `q`: where in it the fault is, in characters from 0 */
  offset?: Count;
  /** Of a duplicate: the id of the resource that is there already */
  existing_id?: string;
}

export interface JobList {
  data: Job[];
  meta: ListMeta;
  links: ListLinks;
}

export interface SubmissionList {
  data: ExpandedSubmission[];
  meta: ListMeta;
  links: ListLinks;
}

/** A submission, with the objects that `expand` asked for */
export interface ExpandedSubmission {
  id: string;
  job_id: string;
  candidate_id: string;
  stage: Stage;
  notes: string | null;
  source: string | null;
  /** Only while `stage` is `rejected` */
  rejection_reason: string | null;
  stage_changed_at: string;
  placed_at: string | null;
  rejected_at: string | null;
  created_at: string;
  updated_at: string;
  /** With `expand=candidate` */
  candidate?: Candidate;
  /** With `expand=job` */
  job?: Job;
}

export interface StageChangeList {
  data: StageChange[];
  meta: PageMeta;
  links: ListLinks;
}

/** One change of stage of a submission; the first has no `from` */
export interface StageChange {
  from: Stage | null;
  to: Stage;
  /** Who made the change */
  changed_by: Principal;
  /** The rejection reason, where there is one */
  reason: string | null;
  at: string;
}

export type PrincipalType = 'token' | 'user' | 'operator';

export interface Principal {
  type: PrincipalType;
  /** Of the token or the user; of an operator `<user>@<host>` */
  id: string;
}

export interface WebhookList {
  data: Webhook[];
  meta: ListMeta;
  links: ListLinks;
}

/** A webhook, and the secret that its deliveries are signed with */
export interface WebhookWithSecret {
  id: string;
  url: string;
  events: Subscribable[];
  description: string | null;
  status: WebhookStatus;
  /** `requested`: by a PATCH. `gone`: the URL answered 410. `failing_for_5_days`: nothing but failures, ten at least and on five days. */
  disabled_reason: DisabledReason | null;
  disabled_at: string | null;
  failing_since: FailingSince;
  /** When it last succeeded, a minute earlier at most; `null` if it never has */
  last_success_at: string | null;
  last_failure_at: LastFailureAt;
  disables_at: DisablesAt;
  created_at: string;
  updated_at: string;
  /** What deliveries are signed with: `whsec_` and the base64 of 32 random bytes. Shown in this answer and never again. */
  secret: string;
}

/** What became of the requests to a webhook in the last hours */
export interface WebhookHealth {
  webhook_id: string;
  /** Where the first of the hours begins */
  since: string;
  /** Now */
  until: string;
  /** Requests that came to their end */
  attempts: Count;
  /** Those of them that were answered with 2xx */
  successes: Count;
  /** Of all these requests, until the answer or until they were given up; at most a tenth off. `null` without any */
  latency_ms: {
    p50: number | null;
    p95: number | null;
  };
  failing_since: FailingSince;
  /** When it last succeeded, a minute earlier at most; `null` if it never has */
  last_success_at: string | null;
  last_failure_at: LastFailureAt;
  disables_at: DisablesAt;
  /** Nothing is sent before this time, because the URL asked for a pause */
  paused_until: string | null;
  /** The last 24 hours, the oldest first; the last one is under way */
  hours: ({
    /** When it begins: a whole hour in UTC */
    hour: string;
    /** Requests that came to their end */
    attempts: Count;
    /** Those of them that were answered with 2xx */
    successes: Count;
  })[];
}

/** An event on its way to a webhook, and every attempt to deliver it */
export interface Delivery {
  /** Also in the header `X-NexivoHR-Delivery` */
  id: string;
  webhook_id: string;
  /** Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too */
  event_id: EventId;
  event_type: DeliveredType;
  /** What it was made for: an event that happened, a replay, or a test */
  origin: DeliveryOrigin;
  /** The replay that it belongs to */
  replay_id: string | null;
  /** `pending`: will be tried, again or for the first time. `failed`: given up after the last attempt. */
  status: DeliveryStatus;
  /** How often it was tried */
  attempts_total: Count;
  /** Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending` */
  next_attempt_at: string | null;
  created_at: string;
  updated_at: string;
  /** When it succeeded or was given up */
  completed_at: string | null;
  /** In their order; of more than 100 the last ones */
  attempts: DeliveryAttempt[];
}

/** One request to the URL of a webhook */
export interface DeliveryAttempt {
  /** From 1 */
  number: number;
  at: string;
  /** HTTP status of the answer; `null` if there was none */
  status_code: number | null;
  /** Until the answer, or until it was given up */
  latency_ms: Count;
  /** Why it failed, a stable snake_case code; `null` if it succeeded. `http_status`: the status is no success. `redirect_not_followed`: the answer is a redirect. `timeout`: no complete answer in time. `target_not_allowed`: the URL leads to where nothing is sent. `dns_failed`: the host name could not be looked up. `connection_refused`: nobody listens there. `connection_failed`: the server cannot be reached. `connection_closed`: the connection ended before the answer was complete. `tls_failed`: no TLS, or a certificate that is not accepted. `malformed_response`: the answer is not HTTP/1.1. `response_headers_too_large`: its headers are too large. `response_too_large`: too much came in before it was complete. `event_expired`: the event was no longer kept, and nothing was sent. `request_failed`: any other reason. */
  error: string | null;
  /** The same for people; of a success it says that the answer was cut, if it was */
  error_detail: string | null;
  /** The first 2 KiB of the answer */
  response_body: string | null;
}

export interface DeliveryList {
  data: DeliverySummary[];
  meta: ListMeta;
  links: ListLinks;
}

/** An event on its way to a webhook, and the last attempt to deliver it */
export interface DeliverySummary {
  /** Also in the header `X-NexivoHR-Delivery` */
  id: string;
  webhook_id: string;
  /** Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too */
  event_id: EventId;
  event_type: DeliveredType;
  /** What it was made for: an event that happened, a replay, or a test */
  origin: DeliveryOrigin;
  /** The replay that it belongs to */
  replay_id: string | null;
  /** `pending`: will be tried, again or for the first time. `failed`: given up after the last attempt. */
  status: DeliveryStatus;
  /** How often it was tried */
  attempts_total: Count;
  /** Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending` */
  next_attempt_at: string | null;
  created_at: string;
  updated_at: string;
  /** When it succeeded or was given up */
  completed_at: string | null;
  /** `null` before the first */
  last_attempt: DeliveryAttempt | null;
}

/** A delivery with its attempts, and what is sent if `expand` asked for it */
export interface ExpandedDelivery {
  /** Also in the header `X-NexivoHR-Delivery` */
  id: string;
  webhook_id: string;
  /** Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too */
  event_id: EventId;
  event_type: DeliveredType;
  /** What it was made for: an event that happened, a replay, or a test */
  origin: DeliveryOrigin;
  /** The replay that it belongs to */
  replay_id: string | null;
  /** `pending`: will be tried, again or for the first time. `failed`: given up after the last attempt. */
  status: DeliveryStatus;
  /** How often it was tried */
  attempts_total: Count;
  /** Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending` */
  next_attempt_at: string | null;
  created_at: string;
  updated_at: string;
  /** When it succeeded or was given up */
  completed_at: string | null;
  /** In their order; of more than 100 the last ones */
  attempts: DeliveryAttempt[];
  /** With `expand=event`: what is sent, byte for byte; `null` if it is no longer kept */
  event?: SentEvent | null;
}

/** The body of a delivery */
export type SentEvent = WebhookTestEvent | WebhookEvent;

/** One change of a resource; `type` says of which kind */
export type WebhookEvent = CandidateCreatedEvent | CandidateUpdatedEvent | CandidateDeletedEvent | JobCreatedEvent | JobUpdatedEvent | JobClosedEvent | SubmissionCreatedEvent | SubmissionStageChangedEvent | SubmissionPlacedEvent | WebhookFailingEvent | WebhookDisabledEvent;

/** A job that sends past events to a webhook again */
export interface Replay {
  id: string;
  webhook_id: string;
  since: string;
  /** `null`: all events up to the request */
  until: string | null;
  /** `completed`: all events are queued as deliveries. `cancelled`: by request, or because the webhook was disabled meanwhile; what was queued is still sent. `expired`: some of the events were no longer kept when their turn came; `events_done` of them are queued. */
  status: TaskStatus;
  /** How many events it is about */
  events_total: Count;
  /** How many of them are queued as deliveries */
  events_done: Count;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
}

export type TaskStatus = 'running' | 'completed' | 'cancelled' | 'expired';

export interface ReplayList {
  data: Replay[];
  meta: ListMeta;
  links: ListLinks;
}

/** How many deliveries have failed in a time */
export interface FailedDeliveries {
  since: string;
  /** The time of the request, if none was given or it was in the future */
  until: string;
  /** `null`: deliveries of all types */
  event_type: DeliveredType | null;
  /** How many there are */
  deliveries: Count;
  /** `false` where counting stopped at 50000: there are more than `deliveries` */
  deliveries_is_exact: boolean;
}

/** A job that delivers once more what has failed */
export interface Redelivery {
  id: string;
  webhook_id: string;
  since: string;
  /** The time of the request, if none was given or it was in the future */
  until: string;
  /** `null`: deliveries of all types */
  event_type: DeliveredType | null;
  /** `completed`: all are due. `cancelled`: by request, or because the webhook was disabled meanwhile; those that were made due stay so. */
  status: TaskStatus;
  /** How many there were when it was asked for */
  deliveries_total: Count;
  /** `false` where counting stopped at 50000: the job is about more, and `deliveries_total` grows with what is done */
  deliveries_total_is_exact: boolean;
  /** How many of them it has made due; in the end fewer than `deliveries_total` only where somebody else was faster, or some were too old meanwhile */
  deliveries_done: Count;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
}

export interface RedeliveryList {
  data: Redelivery[];
  meta: ListMeta;
  links: ListLinks;
}

export interface EventList {
  data: WebhookEvent[];
  meta: {
    per_page: Count;
    /** Whether more events follow already; with `sort=-recorded_at` whether there are older ones */
    has_more: boolean;
    /** What to send as `after` to go on, now or later; `null` as long as the account has no event */
    next_after: EventId | null;
    /** The order of this page. By `recorded_at` events of one object come in the order of its versions */
    order?: 'recorded_at' | '-recorded_at';
    /** Events that were recorded earlier are no longer kept: 30 days before now. An `after` of one that is gone is a 410 */
    kept_since?: string;
    /** Whether events may be missing in front of this page, since `since` is earlier than `kept_since`. Behind an `after` there is no gap */
    has_gap?: boolean;
  };
  links: {
    next: string | null;
  };
}

export interface Me {
  account: {
    id: string;
    name: string;
    plan: PlanName;
  };
  /** `null` for a session */
  token: {
    id: string;
    name: string;
    /** As they were granted; `scopes` are those that count now */
    scopes: Scope[];
    expires_at: string | null;
  } | null;
  /** `null` for a token */
  session: {
    id: string;
    expires_at: string;
  } | null;
  /** Who is signed in, or whose personal token it is; `null` for a service token */
  user: Self | null;
  /** Of that person in this account */
  role: Role | null;
  /** What the caller may do now */
  scopes: Scope[];
  /** `null` for a session in an account without API access */
  quotas: {
    /** Any 60 seconds */
    minute: Quota;
    /** The UTC day */
    day: Quota;
  } | null;
}

export type PlanName = 'starter' | 'professional' | 'enterprise';

export type Scope = 'candidates:read' | 'candidates:write' | 'jobs:read' | 'jobs:write' | 'submissions:read' | 'submissions:write' | 'webhooks:read' | 'webhooks:write' | 'account:read' | 'users:read' | 'tokens:read' | 'audit:read' | 'account:write' | 'users:write' | 'tokens:write';

/** The person who asks */
export interface Self {
  id: string;
  email: string;
  name: string;
}

/** One of the two quotas, as it stands */
export interface Quota {
  /** Requests allowed */
  limit: Count;
  /** Requests used */
  used: Count;
  /** Requests left */
  remaining: Count;
  /** Minute: when there is room again, or the oldest use no longer counts. Day: the next 00:00 UTC. */
  resets_at: string;
}

/** The account that the caller speaks for */
export interface Account {
  id: string;
  name: string;
  plan: PlanName;
  created_at: string;
  /** What the account is allowed; `null` without API access */
  requests_per_minute: number | null;
  requests_per_day: number | null;
}

export interface PlanList {
  data: Plan[];
  /** Where to ask for another plan; `null`: ask whoever runs this installation */
  contact_sales_url: string | null;
}

export interface Plan {
  id: PlanName;
  name: string;
  has_api_access: boolean;
  requests_per_minute: number | null;
  requests_per_day: number | null;
}

/** What the tokens of the account asked for, written some ten seconds late */
export interface Usage {
  /** The first day */
  since: string;
  /** The last day */
  until: string;
  /** Requests that were let in, replays under an `Idempotency-Key` included */
  admitted: Count;
  /** Requests of valid tokens that were refused for plan, quota or scope */
  refused: Count;
  refusals: Refusals;
  /** Each UTC day of the range, the earliest first */
  days: ({
    day: string;
    /** Requests that were let in, replays under an `Idempotency-Key` included */
    admitted: Count;
    /** Requests of valid tokens that were refused for plan, quota or scope */
    refused: Count;
    refusals: Refusals;
  })[];
  /** Those with the most requests first, at most 100 */
  tokens: ({
    token_id: string;
    name: string | null;
    /** Requests that were let in, replays under an `Idempotency-Key` included */
    admitted: Count;
    /** Requests of valid tokens that were refused for plan, quota or scope */
    refused: Count;
    refusals: Refusals;
  })[];
}

/** Requests that were refused, by the code of the error */
export type Refusals = Record<string, Count>;

export interface AuditLogList {
  data: AuditLogEntry[];
  meta: ListMeta;
  links: ListLinks;
}

/** Who did what to the account, its tokens or its people */
export interface AuditLogEntry {
  /** Later entries have greater ones */
  id: Count;
  at: string;
  action: AuditAction;
  actor: {
    type: PrincipalType;
    /** Of the token or the user; of an operator `<user>@<host>` */
    id: string;
    /** As it is now */
    name: string | null;
  };
  /** Where from, as the bus sees that program */
  address: string | null;
  details: {
    before?: Record<string, unknown>;
    after: Record<string, unknown>;
  };
  /** The token that it is about */
  token: {
    id: string;
    /** `null` for one that is no longer known */
    name: string | null;
  } | null;
  /** The person whom it is about */
  user: {
    id: string;
    /** `null` for one that is no longer known */
    name: string | null;
  } | null;
}

export type AuditAction = 'account.created' | 'account.plan_changed' | 'account.quota_changed' | 'account.renamed' | 'token.created' | 'token.updated' | 'token.scopes_changed' | 'token.rotated' | 'token.revoked' | 'session.created' | 'session.ended' | 'session.revoked' | 'invitation.created' | 'invitation.revoked' | 'user.reset_link_created' | 'user.joined' | 'user.renamed' | 'user.password_changed' | 'user.role_changed' | 'user.removed' | 'user.disabled' | 'user.enabled';

export interface TokenList {
  data: Token[];
  meta: ListMeta;
  links: ListLinks;
}

/** An API token, without the token itself */
export interface Token {
  id: string;
  name: string;
  /** Whose personal token it is; `null` for a service token, which belongs to the account alone */
  user_id: string | null;
  scopes: TokenScope[];
  /** What it begins with; with `last_four`, to tell tokens apart */
  prefix: string;
  last_four: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** The token that took its place */
  rotated_to: string | null;
  /** Written in batches, so a little late */
  last_used_at: string | null;
  created_at: string;
  /** Who made it; unknown for the oldest */
  created_by: Principal | null;
  /** `personal`: may do what its scopes and the role of its owner both allow, and ends when he leaves. `service`: belongs to the account alone. */
  kind: TokenKind;
  status: TokenStatus;
  updated_at: string;
}

export type TokenStatus = 'active' | 'expired' | 'revoked';

export interface UserList {
  data: User[];
  meta: PageMeta;
  links: ListLinks;
}

/** A person who belongs to the account */
export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** `disabled`: an operator has shut this person out of all accounts */
  status: UserStatus;
  /** When he joined the account */
  created_at: string;
  /** Written once a minute at most */
  last_seen_at: string | null;
}

export type UserStatus = 'active' | 'disabled';

export interface InvitationList {
  data: Invitation[];
  meta: PageMeta;
  links: ListLinks;
}

/** An invitation to join the account */
export interface Invitation {
  id: string;
  email: string;
  role: Role;
  status: InvitationStatus;
  created_by: Principal;
  created_at: string;
  expires_at: string;
  accepted_at: string | null;
}

export type InvitationStatus = 'pending' | 'accepted' | 'revoked' | 'expired';

export type Count = number;

export interface ListCandidatesQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. `-relevance` goes with `q` only, and sorts and lists the newest 5000 matches at most. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | 'last_name' | '-last_name' | 'first_name' | '-first_name' | 'email' | '-email' | '-relevance' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** Boolean search, as the reference says under Search: words, `"a phrase"`, `AND`, `OR`, `NOT`, parentheses, `word*`, and fields: `name:` `title:` `company:` `skill:` `tag:` `email:` `city:` `state:` `first_name:` `last_name:` `country:` `source:` `phone:` `link:` `external_id:` `summary:`. */
  q?: string | undefined;
  /** For drop-downs: candidates whose name has all of these words or their beginnings; nothing in it is an operator. In the default order those that begin with it come first, 100 at most */
  name?: string | undefined;
  /** Statuses, separated by commas; without it all but `inactive`. `any` is all of them: a copy then sees what is deleted, too */
  status?: readonly ('new' | 'screening' | 'available' | 'placed' | 'inactive' | 'any')[] | undefined;
  /** Candidates with this whole address; several as `a,b`, compared without case and accents */
  email?: readonly string[] | undefined;
  /** Candidates with this phone number or one that ends so, in any grouping: its digits are compared, at least 5 */
  phone?: string | undefined;
  /** Candidates that carry this tag; several as `a,b`, compared without case and accents */
  tag?: readonly string[] | undefined;
  /** Candidates that have this skill; several as `a,b`, compared without case and accents */
  skill?: readonly string[] | undefined;
  /** Candidates in this city; several as `a,b`, compared without case and accents */
  city?: readonly string[] | undefined;
  /** Candidates in this state; several as `a,b`, compared without case and accents */
  state?: readonly string[] | undefined;
  /** Candidates from this source; several as `a,b`, compared without case and accents */
  source?: readonly string[] | undefined;
  /** The candidate that carries this id of your own, exactly as it was sent */
  external_id?: string | undefined;
}

export interface ListJobsQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. `-relevance` goes with `q` only, and sorts and lists the newest 5000 matches at most. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | 'opened_at' | '-opened_at' | 'title' | '-title' | '-relevance' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** Boolean search, as the reference says under Search: words, `"a phrase"`, `AND`, `OR`, `NOT`, parentheses, `word*`, and fields: `title:` `department:` `city:` `tag:` `state:` `country:` `external_id:` `description:`. */
  q?: string | undefined;
  /** For drop-downs: jobs whose title has all of these words or their beginnings; nothing in it is an operator. In the default order those that begin with it come first, 100 at most */
  title?: string | undefined;
  /** One or more, separated by commas */
  status?: readonly JobStatus[] | undefined;
  /** Jobs of this department; several as `a,b`, compared without case and accents */
  department?: readonly string[] | undefined;
  /** One or more, separated by commas */
  employment_type?: readonly EmploymentType[] | undefined;
  /** One or more, separated by commas */
  workplace?: readonly Workplace[] | undefined;
  /** Jobs in this city; several as `a,b`, compared without case and accents */
  location_city?: readonly string[] | undefined;
  /** Jobs that carry this tag; several as `a,b`, compared without case and accents */
  tag?: readonly string[] | undefined;
  /** The job that carries this id of your own, exactly as it was sent */
  external_id?: string | undefined;
}

export interface ListJobSubmissionsQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | 'stage_changed_at' | '-stage_changed_at' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** Submissions of this candidate */
  candidate_id?: string | undefined;
  /** One or more, separated by commas */
  stage?: readonly Stage[] | undefined;
  /** Objects to put in place: candidate, job, separated by commas. Each needs the token's scope to read it. */
  expand?: readonly ('candidate' | 'job')[] | undefined;
}

export interface ListSubmissionsQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | 'stage_changed_at' | '-stage_changed_at' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** Submissions of this candidate */
  candidate_id?: string | undefined;
  /** One or more, separated by commas */
  stage?: readonly Stage[] | undefined;
  /** Submissions to this job */
  job_id?: string | undefined;
  /** Objects to put in place: candidate, job, separated by commas. Each needs the token's scope to read it. */
  expand?: readonly ('candidate' | 'job')[] | undefined;
}

export interface GetSubmissionQuery {
  /** Objects to put in place: candidate, job, separated by commas. Each needs the token's scope to read it. */
  expand?: readonly ('candidate' | 'job')[] | undefined;
}

export interface GetSubmissionHistoryQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
}

export interface ListWebhooksQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** One or more, separated by commas */
  status?: readonly WebhookStatus[] | undefined;
}

export interface ListDeliveriesQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** One or more, separated by commas */
  status?: readonly DeliveryStatus[] | undefined;
  /** One or more, separated by commas */
  event_type?: readonly DeliveredType[] | undefined;
}

export interface GetDeliveryQuery {
  /** `event`: what is sent. It needs the scope that reads what the event carries. Without an `ETag`. */
  expand?: readonly 'event'[] | undefined;
}

export interface ListReplaysQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** One or more, separated by commas */
  status?: readonly TaskStatus[] | undefined;
}

export interface CountFailedDeliveriesQuery {
  /** Given up since this time, at most 30 days ago */
  since: string;
  /** Given up until this time; without it until now */
  until?: string | undefined;
  /** Deliveries of this type alone */
  event_type?: DeliveredType | undefined;
}

export interface ListRedeliveriesQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** One or more, separated by commas */
  status?: readonly TaskStatus[] | undefined;
}

export interface ListEventsQuery {
  /** Events that were recorded after the one with this id: `meta.next_after` of the last answer. Without it from the oldest that is kept */
  after?: EventId | undefined;
  /** Events that were recorded at this time or later, to begin with; go on with `after`. An event is recorded shortly after it was made */
  since?: string | undefined;
  /** `-recorded_at`: the newest events, the last one first. That is one page: there is no place to go on from but its newest event */
  sort?: 'recorded_at' | '-recorded_at' | undefined;
  /** One or more, separated by commas */
  type?: readonly EventType[] | undefined;
  /** Greatest number of events, 1 to 100. There may be fewer although more follow: only `has_more` tells */
  per_page?: number | undefined;
}

export interface GetUsageQuery {
  /** The first UTC day; 30 days with the last unless told */
  since?: string | undefined;
  /** The last UTC day; today unless told */
  until?: string | undefined;
  /** Only what this token asked for */
  token_id?: string | undefined;
}

export interface ListAuditLogQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** One or more, separated by commas */
  action?: readonly AuditAction[] | undefined;
  /** One or more, separated by commas */
  actor_type?: readonly PrincipalType[] | undefined;
  /** Of a token or a user; of an operator `<user>@<host>` */
  actor_id?: string | undefined;
  /** What was done to this token */
  token_id?: string | undefined;
  /** What was done to this person */
  user_id?: string | undefined;
  /** Later than this time */
  created_after?: string | undefined;
  /** At this time or earlier */
  created_before?: string | undefined;
}

export interface ListTokensQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** `meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`. */
  cursor?: string | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | 'name' | '-name' | undefined;
  /** Created later than this time */
  created_after?: string | undefined;
  /** Created at this time or earlier */
  created_before?: string | undefined;
  /** Last changed later than this time */
  updated_after?: string | undefined;
  /** Last changed at this time or earlier */
  updated_before?: string | undefined;
  /** One or more, separated by commas */
  status?: readonly TokenStatus[] | undefined;
  /** One or more, separated by commas */
  kind?: readonly TokenKind[] | undefined;
  /** Personal tokens of this person */
  user_id?: string | undefined;
}

export interface ListUsersQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** Sort key, with `-` descending. */
  sort?: 'created_at' | '-created_at' | 'name' | '-name' | 'email' | '-email' | 'last_seen_at' | '-last_seen_at' | undefined;
  /** One or more, separated by commas */
  role?: readonly Role[] | undefined;
  /** A part of the name or of the e-mail address, without case */
  q?: string | undefined;
  /** Joined later than this time */
  created_after?: string | undefined;
  /** Joined at this time or earlier */
  created_before?: string | undefined;
}

export interface ListInvitationsQuery {
  /** Page number, from 1; page × per_page is at most 10000 */
  page?: number | undefined;
  /** Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so */
  per_page?: number | undefined;
  /** One or more, separated by commas */
  status?: readonly InvitationStatus[] | undefined;
}
