// Made of openapi.json by `npm run openapi`; change the contracts, not this file.
import { edit, type Change } from '../edit.js';
import type { Http } from '../http.js';
import type { List } from '../list.js';
import type { Call } from '../call.js';
import type { ChangeOptions, GuardOptions, Options, PutOptions, WriteOptions } from '../options.js';
import { path } from '../path.js';
import type {
  Account,
  AuditLogEntry,
  AuditLogList,
  Candidate,
  CandidateList,
  CandidatePatch,
  CountFailedDeliveriesQuery,
  CreateCandidate,
  CreateJob,
  CreateReplay,
  CreateSubmission,
  CreateWebhook,
  Delivery,
  DeliveryList,
  DeliverySummary,
  EventList,
  ExpandedDelivery,
  ExpandedSubmission,
  FailedDeliveries,
  GetDeliveryQuery,
  GetSubmissionHistoryQuery,
  GetSubmissionQuery,
  GetUsageQuery,
  Invitation,
  InvitationList,
  Job,
  JobList,
  JobPatch,
  ListAuditLogQuery,
  ListCandidatesQuery,
  ListDeliveriesQuery,
  ListEventsQuery,
  ListInvitationsQuery,
  ListJobSubmissionsQuery,
  ListJobsQuery,
  ListRedeliveriesQuery,
  ListReplaysQuery,
  ListSubmissionsQuery,
  ListTokensQuery,
  ListUsersQuery,
  ListWebhooksQuery,
  Me,
  PlanList,
  PutCandidate,
  PutJob,
  RedeliverFailed,
  Redelivery,
  RedeliveryList,
  Replay,
  ReplayList,
  StageChange,
  StageChangeList,
  Submission,
  SubmissionList,
  SubmissionPatch,
  TestWebhook,
  Token,
  TokenList,
  Usage,
  User,
  UserList,
  Webhook,
  WebhookEvent,
  WebhookHealth,
  WebhookList,
  WebhookPatch,
  WebhookWithSecret,
} from './types.js';

class Resource {
  constructor(protected readonly http: Http) {}
}

/** The people that recruiters know. Deleting one is soft: it becomes `inactive`. */
export class CandidatesResource extends Resource {
  /**
   * List candidates.
   *
   * Leaves `inactive` ones out unless `status` asks for them.
   *
   * Scope: `candidates:read`.
   */
  list(query: ListCandidatesQuery = {}, options?: Options): List<Candidate, CandidateList> {
    return this.http.list('/candidates', query, true, options);
  }

  /**
   * Create a candidate.
   *
   * Scope: `candidates:write`.
   */
  create(body: CreateCandidate, options?: WriteOptions): Call<Candidate> {
    return this.http.send('POST', '/candidates', options, body);
  }

  /**
   * Get a candidate.
   *
   * Shows `inactive` ones too.
   *
   * Scope: `candidates:read`.
   */
  get(id: string, options?: Options): Call<Candidate> {
    return this.http.send('GET', path`/candidates/${id}`, options);
  }

  /**
   * Update a candidate.
   *
   * A JSON merge patch. Setting another status brings an inactive candidate back.
   *
   * Scope: `candidates:write`.
   */
  update(id: string, body: CandidatePatch, options?: ChangeOptions): Call<Candidate> {
    return this.http.send('PATCH', path`/candidates/${id}`, options, body);
  }

  /**
   * Delete a candidate.
   *
   * Soft: sets `status` to `inactive` and answers the candidate as it now stands.
   *
   * Scope: `candidates:write`.
   */
  delete(id: string, options?: GuardOptions): Call<Candidate> {
    return this.http.send('DELETE', path`/candidates/${id}`, options);
  }

  /**
   * Create or update a candidate by your own id.
   *
   * Creates the candidate with this `external_id` (201), or changes it (200): what is left out stays as it is, `null` clears. An inactive candidate stays so unless `status` brings it back.
   *
   * Scope: `candidates:write`.
   */
  put(externalId: string, body: PutCandidate, options?: PutOptions): Call<Candidate> {
    return this.http.send('PUT', path`/candidates/by_external_id/${externalId}`, options, body);
  }

  /**
   * Reads it, has `change` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of it
   * again. `change` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
   */
  edit(id: string, change: Change<Candidate, CandidatePatch>, options?: Options): Promise<Candidate> {
    return edit(() => this.get(id, options).withResponse(), (patch, guard) => this.update(id, patch, guard), change, options);
  }
}

/** The positions to fill. Deleting one closes it. */
export class JobsResource extends Resource {
  /**
   * List jobs.
   *
   * All statuses, unless `status` asks for some.
   *
   * Scope: `jobs:read`.
   */
  list(query: ListJobsQuery = {}, options?: Options): List<Job, JobList> {
    return this.http.list('/jobs', query, true, options);
  }

  /**
   * Create a job.
   *
   * Scope: `jobs:write`.
   */
  create(body: CreateJob, options?: WriteOptions): Call<Job> {
    return this.http.send('POST', '/jobs', options, body);
  }

  /**
   * Get a job.
   *
   * Scope: `jobs:read`.
   */
  get(id: string, options?: Options): Call<Job> {
    return this.http.send('GET', path`/jobs/${id}`, options);
  }

  /**
   * Update a job.
   *
   * A JSON merge patch. `status: "open"` reopens a closed job.
   *
   * Scope: `jobs:write`.
   */
  update(id: string, body: JobPatch, options?: ChangeOptions): Call<Job> {
    return this.http.send('PATCH', path`/jobs/${id}`, options, body);
  }

  /**
   * Close a job.
   *
   * Sets `status` to `closed` and answers the job as it now stands.
   *
   * Scope: `jobs:write`.
   */
  close(id: string, options?: GuardOptions): Call<Job> {
    return this.http.send('DELETE', path`/jobs/${id}`, options);
  }

  /**
   * Create or update a job by your own id.
   *
   * Creates the job with this `external_id` (201), or changes it (200): what is left out stays as it is, `null` clears. A closed job stays so unless `status` reopens it.
   *
   * Scope: `jobs:write`.
   */
  put(externalId: string, body: PutJob, options?: PutOptions): Call<Job> {
    return this.http.send('PUT', path`/jobs/by_external_id/${externalId}`, options, body);
  }

  /**
   * Reads it, has `change` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of it
   * again. `change` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
   */
  edit(id: string, change: Change<Job, JobPatch>, options?: Options): Promise<Job> {
    return edit(() => this.get(id, options).withResponse(), (patch, guard) => this.update(id, patch, guard), change, options);
  }
}

/** Candidates on their way through the stages of a job. */
export class SubmissionsResource extends Resource {
  /**
   * List submissions to a job.
   *
   * Scope: `submissions:read`.
   */
  listForJob(jobId: string, query: ListJobSubmissionsQuery = {}, options?: Options): List<ExpandedSubmission, SubmissionList> {
    return this.http.list(path`/jobs/${jobId}/submissions`, query, true, options);
  }

  /**
   * Submit a candidate to a job.
   *
   * The job must be `open` and the candidate not `inactive`; a candidate has at most one submission to a job that is not `rejected`.
   *
   * Scope: `submissions:write`.
   */
  create(jobId: string, body: CreateSubmission, options?: WriteOptions): Call<Submission> {
    return this.http.send('POST', path`/jobs/${jobId}/submissions`, options, body);
  }

  /**
   * List submissions.
   *
   * Scope: `submissions:read`.
   */
  list(query: ListSubmissionsQuery = {}, options?: Options): List<ExpandedSubmission, SubmissionList> {
    return this.http.list('/submissions', query, true, options);
  }

  /**
   * Get a submission.
   *
   * With `expand` the answer carries no `ETag`.
   *
   * Scope: `submissions:read`.
   */
  get(id: string, query: GetSubmissionQuery = {}, options?: Options): Call<ExpandedSubmission> {
    return this.http.send('GET', path`/submissions/${id}`, options, undefined, query);
  }

  /**
   * Update a submission, such as its stage.
   *
   * Any stage may follow any other. `rejection_reason` is accepted only while the stage is, or becomes, `rejected`, and is cleared when it no longer is. A change of the stage is published as `submission.stage_changed`, and as `submission.placed` too if it becomes `placed`, which makes the candidate `placed` a moment later; there is no event for a change of other members alone.
   *
   * Scope: `submissions:write`.
   */
  update(id: string, body: SubmissionPatch, options?: ChangeOptions): Call<Submission> {
    return this.http.send('PATCH', path`/submissions/${id}`, options, body);
  }

  /**
   * List the stage changes of a submission.
   *
   * Oldest first.
   *
   * Scope: `submissions:read`.
   */
  getHistory(id: string, query: GetSubmissionHistoryQuery = {}, options?: Options): List<StageChange, StageChangeList> {
    return this.http.list(path`/submissions/${id}/history`, query, false, options);
  }

  /**
   * Reads it, has `change` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of it
   * again. `change` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
   */
  edit(id: string, change: Change<Submission, SubmissionPatch>, options?: Options): Promise<Submission> {
    return edit(() => this.get(id, {}, options).withResponse(), (patch, guard) => this.update(id, patch, guard), change, options);
  }
}

/** URLs that are told of what happens, and what was sent to them. */
export class WebhooksResource extends Resource {
  /**
   * List webhooks.
   *
   * Scope: `webhooks:read`.
   */
  list(query: ListWebhooksQuery = {}, options?: Options): List<Webhook, WebhookList> {
    return this.http.list('/webhooks', query, true, options);
  }

  /**
   * Create a webhook.
   *
   * The URL is told of every event of the types in `events` from now on. The token needs the scopes that read them, such as `candidates:read` for `candidate.created`, all of them for `["*"]`. Keep the `secret` of the answer: it verifies deliveries, and is never shown again. An account has at most 100 webhooks.
   *
   * Scope: `webhooks:write`.
   */
  create(body: CreateWebhook, options?: WriteOptions): Call<WebhookWithSecret> {
    return this.http.send('POST', '/webhooks', options, body);
  }

  /**
   * Get a webhook.
   *
   * Without its secret.
   *
   * Scope: `webhooks:read`.
   */
  get(id: string, options?: Options): Call<Webhook> {
    return this.http.send('GET', path`/webhooks/${id}`, options);
  }

  /**
   * Update, disable or enable a webhook.
   *
   * A JSON merge patch. While a webhook is disabled no deliveries are made for it, and those that are pending wait. `status: "enabled"` makes them go on, and counts its failures anew. What happened meanwhile a replay brings, with `disabled_at` as `since`, and what was given up before that `redeliver_failed`, with `failing_since`: keep both, because enabling clears them. More `events`, or another `url`, need the scopes that read what it is told of, as creating does.
   *
   * Scope: `webhooks:write`.
   */
  update(id: string, body: WebhookPatch, options?: ChangeOptions): Call<Webhook> {
    return this.http.send('PATCH', path`/webhooks/${id}`, options, body);
  }

  /**
   * Delete a webhook.
   *
   * Answers the webhook as it last stood, disabled. It is gone from then on, with its secret, its pending deliveries and its log; a request that is under way may still arrive.
   *
   * Scope: `webhooks:write`.
   */
  delete(id: string, options?: GuardOptions): Call<Webhook> {
    return this.http.send('DELETE', path`/webhooks/${id}`, options);
  }

  /**
   * Replace the secret of a webhook.
   *
   * Answers the new secret, which is never shown again. For 24 hours the old one signs beside it: `webhook-signature` then holds a signature for each, the new one first, so that a receiver that knows either goes on without a gap. `X-NexivoHR-Signature` uses the new one at once. Rotating again within that time drops the older of the two old secrets.
   *
   * Scope: `webhooks:write`.
   */
  rotateSecret(id: string, options?: WriteOptions): Call<WebhookWithSecret> {
    return this.http.send('POST', path`/webhooks/${id}/rotate_secret`, options);
  }

  /**
   * See how a webhook is doing.
   *
   * Attempts and successes of the last 24 hours, by the hour, and how fast it answers. An attempt counts in the hour in which it came to its end.
   *
   * Scope: `webhooks:read`.
   */
  getHealth(id: string, options?: Options): Call<WebhookHealth> {
    return this.http.send('GET', path`/webhooks/${id}/health`, options);
  }

  /**
   * Send a test to a webhook.
   *
   * Sends an event of type `webhook.test`, whatever the webhook has subscribed to, or with `type` the documented example of that type, marked by `"test": true`. It is signed, tried again and logged like any other delivery; the `Location` says what came of it.
   *
   * Scope: `webhooks:write`.
   */
  test(id: string, body: TestWebhook = {}, options?: WriteOptions): Call<Delivery> {
    return this.http.send('POST', path`/webhooks/${id}/test`, options, body);
  }

  /**
   * List the deliveries of a webhook.
   *
   * Those of the last 30 days.
   *
   * Scope: `webhooks:read`.
   */
  listDeliveries(id: string, query: ListDeliveriesQuery = {}, options?: Options): List<DeliverySummary, DeliveryList> {
    return this.http.list(path`/webhooks/${id}/deliveries`, query, true, options);
  }

  /**
   * Get a delivery with its attempts.
   *
   * Scope: `webhooks:read`.
   */
  getDelivery(id: string, deliveryId: string, query: GetDeliveryQuery = {}, options?: Options): Call<ExpandedDelivery> {
    return this.http.send('GET', path`/webhooks/${id}/deliveries/${deliveryId}`, options, undefined, query);
  }

  /**
   * Deliver once more.
   *
   * The delivery becomes `pending` and due now, whatever came of it before, with all attempts of the schedule before it; new ones are added to its log. What is sent is the same, `webhook-id` included.
   *
   * Scope: `webhooks:write`.
   */
  redeliverDelivery(id: string, deliveryId: string, options?: WriteOptions): Call<Delivery> {
    return this.http.send('POST', path`/webhooks/${id}/deliveries/${deliveryId}/redeliver`, options);
  }

  /**
   * Send past events again.
   *
   * Makes a new delivery of every event since a time, at most 30 days ago, and up to another one, that the webhook has subscribed to, whether it was delivered before or not. Their `webhook-id` is that of the first time, so a receiver can leave out what it has seen. It is a job: look at the `Location` for its progress.
   *
   * Scope: `webhooks:write`.
   */
  replay(id: string, body: CreateReplay, options?: WriteOptions): Call<Replay> {
    return this.http.send('POST', path`/webhooks/${id}/replay`, options, body);
  }

  /**
   * Get the progress of a replay.
   *
   * Scope: `webhooks:read`.
   */
  getReplay(id: string, replayId: string, options?: Options): Call<Replay> {
    return this.http.send('GET', path`/webhooks/${id}/replays/${replayId}`, options);
  }

  /**
   * List the replays of a webhook.
   *
   * Those that run, and those that ended in the last 30 days.
   *
   * Scope: `webhooks:read`.
   */
  listReplays(id: string, query: ListReplaysQuery = {}, options?: Options): List<Replay, ReplayList> {
    return this.http.list(path`/webhooks/${id}/replays`, query, true, options);
  }

  /**
   * Cancel a replay.
   *
   * Nothing more is queued once this is answered; `events_done` says how much was, and that is still sent. A job that has ended stays as it is, and is answered as such.
   *
   * Scope: `webhooks:write`.
   */
  cancelReplay(id: string, replayId: string, options?: WriteOptions): Call<Replay> {
    return this.http.send('POST', path`/webhooks/${id}/replays/${replayId}/cancel`, options);
  }

  /**
   * Count what has failed.
   *
   * How many deliveries a POST to the same path would make due, and changes nothing. A POST with the `until` of the answer is about none but these: what fails meanwhile is given up later.
   *
   * Scope: `webhooks:read`.
   */
  countFailedDeliveries(id: string, query: CountFailedDeliveriesQuery, options?: Options): Call<FailedDeliveries> {
    return this.http.send('GET', path`/webhooks/${id}/redeliver_failed`, options, undefined, query);
  }

  /**
   * Deliver once more all that has failed.
   *
   * Begins a new round of attempts for every delivery of this webhook that has `failed` at this moment and was given up between `since` and `until`, as `redeliver` does for one. Pending and succeeded ones are left alone, and so is what fails later. Nothing is sent twice by one job. It is a job: look at the `Location` for its progress.
   *
   * Scope: `webhooks:write`.
   */
  redeliverFailed(id: string, body: RedeliverFailed, options?: WriteOptions): Call<Redelivery> {
    return this.http.send('POST', path`/webhooks/${id}/redeliver_failed`, options, body);
  }

  /**
   * List the bulk redeliveries of a webhook.
   *
   * Those that run, and those that ended in the last 30 days.
   *
   * Scope: `webhooks:read`.
   */
  listRedeliveries(id: string, query: ListRedeliveriesQuery = {}, options?: Options): List<Redelivery, RedeliveryList> {
    return this.http.list(path`/webhooks/${id}/redeliveries`, query, true, options);
  }

  /**
   * Get the progress of a bulk redelivery.
   *
   * Scope: `webhooks:read`.
   */
  getRedelivery(id: string, redeliveryId: string, options?: Options): Call<Redelivery> {
    return this.http.send('GET', path`/webhooks/${id}/redeliveries/${redeliveryId}`, options);
  }

  /**
   * Cancel a bulk redelivery.
   *
   * No more is made due once this is answered; `deliveries_done` says how many were, and they are still sent. A job that has ended stays as it is, and is answered as such.
   *
   * Scope: `webhooks:write`.
   */
  cancelRedelivery(id: string, redeliveryId: string, options?: WriteOptions): Call<Redelivery> {
    return this.http.send('POST', path`/webhooks/${id}/redeliveries/${redeliveryId}/cancel`, options);
  }

  /**
   * Reads it, has `change` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of it
   * again. `change` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
   */
  edit(id: string, change: Change<Webhook, WebhookPatch>, options?: Options): Promise<Webhook> {
    return edit(() => this.get(id, options).withResponse(), (patch, guard) => this.update(id, patch, guard), change, options);
  }
}

/** What happened to candidates, jobs and submissions, for 30 days. */
export class EventsResource extends Resource {
  /**
   * Read events.
   *
   * All events of the account in the last 30 days (since `meta.kept_since`), in the order of their recording, byte for byte as webhooks get them. Go on with `after` = `meta.next_after`, at once while `has_more`, later otherwise; who does so misses nothing. Events of one object come in the order of its versions, unlike deliveries. (What the bus has lost comes again when that is noticed, after later ones: go by the greater `resource_version`.) An unknown id is a 400, one older than 30 days a 410. To begin at a time, send `since`; `sort=-recorded_at` shows the newest page, for people who look.
   *
   * Events of candidates need `candidates:read` as well, those of jobs `jobs:read`, those of submissions `submissions:read`, and those of webhooks no other; others are left out, and to ask for them by `type` is refused with 403.
   *
   * Scope: `webhooks:read`.
   */
  list(query: ListEventsQuery = {}, options?: Options): List<WebhookEvent, EventList> {
    return this.http.list('/events', query, false, options);
  }

  /**
   * Get an event.
   *
   * As it was sent to webhooks, byte for byte. An event never changes. One that is older than 30 days is gone: 410. It needs the read scope of what it carries as well, as in the list.
   *
   * Scope: `webhooks:read`.
   */
  get(id: string, options?: Options): Call<WebhookEvent> {
    return this.http.send('GET', path`/events/${id}`, options);
  }
}

/** The account that a caller speaks for, its plan, quotas and usage. */
export class AccountResource extends Resource {
  /**
   * Get the account, scopes and quotas of the caller.
   *
   * Needs a token or a session, but no scope, and uses no quota.
   */
  me(options?: Options): Call<Me> {
    return this.http.send('GET', '/me', options);
  }

  /**
   * Get the account.
   *
   * Scope: `account:read`.
   */
  get(options?: Options): Call<Account> {
    return this.http.send('GET', '/account', options);
  }

  /**
   * List the plans.
   *
   * What each allows an account, all its tokens together.
   */
  listPlans(options?: Options): Call<PlanList> {
    return this.http.send('GET', '/plans', options);
  }

  /**
   * Get usage by day, token and refusal.
   *
   * Of at most 400 days. Sessions, free operations and requests without a valid token are not counted.
   *
   * Scope: `account:read`.
   */
  getUsage(query: GetUsageQuery = {}, options?: Options): Call<Usage> {
    return this.http.send('GET', '/usage', options, undefined, query);
  }
}

/** Who did what to the account, its tokens and its people. */
export class AuditResource extends Resource {
  /**
   * List what was done.
   *
   * The latest first. Developers see what they did themselves. Entries are never changed or removed.
   *
   * Scope: `audit:read`.
   */
  list(query: ListAuditLogQuery = {}, options?: Options): List<AuditLogEntry, AuditLogList> {
    return this.http.list('/audit_log', query, true, options);
  }
}

/** API tokens: `personal` ones of people, `service` ones of the account. */
export class TokensResource extends Resource {
  /**
   * List API tokens.
   *
   * Owners, admins and developers see those of everybody; recruiters and viewers their own.
   *
   * Scope: `tokens:read`.
   */
  list(query: ListTokensQuery = {}, options?: Options): List<Token, TokenList> {
    return this.http.list('/tokens', query, true, options);
  }

  /**
   * Get an API token.
   *
   * Without the token itself.
   *
   * Scope: `tokens:read`.
   */
  get(id: string, options?: Options): Call<Token> {
    return this.http.send('GET', path`/tokens/${id}`, options);
  }
}

/** The people of the account, and the invitations by which they join. */
export class UsersResource extends Resource {
  /**
   * List the people of the account.
   *
   * Scope: `users:read`.
   */
  list(query: ListUsersQuery = {}, options?: Options): List<User, UserList> {
    return this.http.list('/users', query, false, options);
  }

  /**
   * Get a person of the account.
   *
   * Scope: `users:read`.
   */
  get(id: string, options?: Options): Call<User> {
    return this.http.send('GET', path`/users/${id}`, options);
  }

  /**
   * List invitations.
   *
   * The latest first, without their links.
   *
   * Scope: `users:read`.
   */
  listInvitations(query: ListInvitationsQuery = {}, options?: Options): List<Invitation, InvitationList> {
    return this.http.list('/invitations', query, false, options);
  }

  /**
   * Get an invitation.
   *
   * Scope: `users:read`.
   */
  getInvitation(id: string, options?: Options): Call<Invitation> {
    return this.http.send('GET', path`/invitations/${id}`, options);
  }
}

/** The API about itself. */
export class ReferenceResource extends Resource {
  /**
   * Get this document.
   *
   * The OpenAPI description of the API, for tools and code generators.
   */
  getOpenApiDocument(options?: Options): Call<{
  openapi: '3.1.1';
  info: {
    title: string;
    version: string;
  };
  paths: Record<string, unknown>;
}> {
    return this.http.send('GET', '/openapi.json', options);
  }
}

/** Every resource of the API. */
export class Resources {
  /** The people that recruiters know. Deleting one is soft: it becomes `inactive`. */
  readonly candidates: CandidatesResource;
  /** The positions to fill. Deleting one closes it. */
  readonly jobs: JobsResource;
  /** Candidates on their way through the stages of a job. */
  readonly submissions: SubmissionsResource;
  /** URLs that are told of what happens, and what was sent to them. */
  readonly webhooks: WebhooksResource;
  /** What happened to candidates, jobs and submissions, for 30 days. */
  readonly events: EventsResource;
  /** The account that a caller speaks for, its plan, quotas and usage. */
  readonly account: AccountResource;
  /** Who did what to the account, its tokens and its people. */
  readonly audit: AuditResource;
  /** API tokens: `personal` ones of people, `service` ones of the account. */
  readonly tokens: TokensResource;
  /** The people of the account, and the invitations by which they join. */
  readonly users: UsersResource;
  /** The API about itself. */
  readonly reference: ReferenceResource;

  constructor(http: Http) {
    this.candidates = new CandidatesResource(http);
    this.jobs = new JobsResource(http);
    this.submissions = new SubmissionsResource(http);
    this.webhooks = new WebhooksResource(http);
    this.events = new EventsResource(http);
    this.account = new AccountResource(http);
    this.audit = new AuditResource(http);
    this.tokens = new TokensResource(http);
    this.users = new UsersResource(http);
    this.reference = new ReferenceResource(http);
  }
}
