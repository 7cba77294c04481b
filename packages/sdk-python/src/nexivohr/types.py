# Made of openapi.json by `npm run openapi`; change the contracts, not this file.
"""What the methods take and answer."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

CandidateStatus = Literal["new", "screening", "available", "placed", "inactive"]

CustomFields = Dict[str, Union[str, float, bool]]

CustomFieldsPatch = Dict[str, Optional[Union[str, float, bool]]]

Workplace = Literal["on_site", "hybrid", "remote"]

EmploymentType = Literal["full_time", "part_time", "contract", "temporary", "internship"]

#: Of `salary_currency`: cents, for USD
MinorUnits = int

JobStatus = Literal["open", "on_hold", "closed"]

Stage = Literal["screening", "interview", "offer", "placed", "rejected"]

Subscribable = Literal["candidate.created", "candidate.updated", "candidate.deleted", "job.created", "job.updated", "job.closed", "submission.created", "submission.stage_changed", "submission.placed", "webhook.failing", "webhook.disabled", "*"]

WebhookStatus = Literal["enabled", "disabled"]

EventType = Literal["candidate.created", "candidate.updated", "candidate.deleted", "job.created", "job.updated", "job.closed", "submission.created", "submission.stage_changed", "submission.placed", "webhook.failing", "webhook.disabled"]

DeliveredType = Literal["candidate.created", "candidate.updated", "candidate.deleted", "job.created", "job.updated", "job.closed", "submission.created", "submission.stage_changed", "submission.placed", "webhook.failing", "webhook.disabled", "webhook.test"]

EventId = str

TokenScope = Literal["candidates:read", "candidates:write", "jobs:read", "jobs:write", "submissions:read", "submissions:write", "webhooks:read", "webhooks:write", "account:read", "users:read", "tokens:read", "audit:read"]

TokenKind = Literal["personal", "service"]

Role = Literal["owner", "admin", "developer", "recruiter", "viewer"]

#: Of the object, and in its `ETag`: a later change has a greater one, events of one change have the same
ResourceVersion = int

#: Marks the example of a type, which never happened
IsTest = Literal[True]

DisabledReason = Literal["requested", "gone", "failing_for_5_days"]

#: When the first of the failures since the last success was; `null` while it succeeds
FailingSince = Optional[str]

#: When the last of the failures since the last success was; `null` while it succeeds
LastFailureAt = Optional[str]

#: When it is disabled at the earliest if it goes on to fail: by its tenth failure or a later one, after five times 24 hours with failures on five days (UTC). `null` while it succeeds
DisablesAt = Optional[str]

DeliveryOrigin = Literal["event", "replay", "test"]

DeliveryStatus = Literal["pending", "succeeded", "failed"]


class _PageMeta(TypedDict):
    #: The number of this page
    page: int
    #: How many there are on all pages
    total: int
    #: How many pages
    total_pages: int
    #: `false` where counting stopped at 1000 or at the end of this page, so that there are at least `total`, or were within the last minute
    total_is_exact: bool
    per_page: int


class PageMeta(_PageMeta, total=False):
    """Of a page that was asked for by number"""

    is_truncated: IsTruncated
    rank_window_size: RankWindowSize
    synced_until: SyncedUntil
    #: `cursor` of the page after this one; `null` on the last. Only where the list can be read by cursor
    next_cursor: Optional[str]


class _CursorMeta(TypedDict):
    per_page: int
    #: `cursor` of the page after this one; `null` on the last
    next_cursor: Optional[str]


class CursorMeta(_CursorMeta, total=False):
    """Of a page that was asked for by cursor: nothing is counted"""

    is_truncated: IsTruncated
    rank_window_size: RankWindowSize
    synced_until: SyncedUntil

#: With `page`, or neither, a `PageMeta`, which has `total`; with `cursor` a `CursorMeta`, which has not
ListMeta = Union[PageMeta, CursorMeta]

#: The rows of `per_page` would be larger than 4 MiB, and these are the first: `links.next` goes on by cursor. Not there on any other page
IsTruncated = Literal[True]

#: With `sort=-relevance`, where only the newest so many matches were sorted and are listed, since there may be more; 5000 at most
RankWindowSize = int

#: From when `updated_after` may go on without loss once this list has been read to its end; the same on all of its pages. In a list that is begun with an empty `cursor`, in ascending order of a time, or narrowed by `created_after` or `updated_after`
SyncedUntil = str

#: What went wrong; stable
ErrorCode = Literal["validation_failed", "malformed_json", "malformed_request", "missing_token", "invalid_token", "invalid_session", "invalid_credentials", "insufficient_scope", "insufficient_role", "session_required", "cross_site_request", "plan_without_api_access", "not_found", "route_not_found", "method_not_allowed", "request_timeout", "duplicate_submission", "duplicate_external_id", "already_a_member", "last_owner", "idempotency_key_in_flight", "webhook_disabled", "invalid_link", "event_expired", "precondition_failed", "payload_too_large", "unsupported_media_type", "idempotency_key_reused", "minute_quota_exceeded", "day_quota_exceeded", "too_many_failed_attempts", "too_many_sign_ins", "session_quota_exceeded", "headers_too_large", "response_too_large", "internal_error", "service_unavailable", "http_version_not_supported", "service_timeout"]

PrincipalType = Literal["token", "user", "operator"]


class WebhookTestEventData(TypedDict):
    object: Webhook
    previous: None


class WebhookTestEvent(TypedDict):
    """A test, with the webhook itself as its object, without its secret"""

    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["webhook.test"]
    data: WebhookTestEventData


class _CandidateCreatedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["candidate.created"]
    data: CandidateEventData


class CandidateCreatedEvent(_CandidateCreatedEvent, total=False):
    """A candidate was created."""

    test: IsTest


class _CandidateUpdatedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["candidate.updated"]
    data: CandidateEventData


class CandidateUpdatedEvent(_CandidateUpdatedEvent, total=False):
    """Members of a candidate changed."""

    test: IsTest


class _CandidateDeletedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["candidate.deleted"]
    data: CandidateEventData


class CandidateDeletedEvent(_CandidateDeletedEvent, total=False):
    """A candidate became `inactive`."""

    test: IsTest


class _JobCreatedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["job.created"]
    data: JobEventData


class JobCreatedEvent(_JobCreatedEvent, total=False):
    """A job was created."""

    test: IsTest


class _JobUpdatedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["job.updated"]
    data: JobEventData


class JobUpdatedEvent(_JobUpdatedEvent, total=False):
    """Members of a job changed."""

    test: IsTest


class _JobClosedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["job.closed"]
    data: JobEventData


class JobClosedEvent(_JobClosedEvent, total=False):
    """A job became `closed`."""

    test: IsTest


class _SubmissionCreatedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["submission.created"]
    data: SubmissionEventData


class SubmissionCreatedEvent(_SubmissionCreatedEvent, total=False):
    """A candidate was submitted to a job."""

    test: IsTest


class _SubmissionStageChangedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["submission.stage_changed"]
    data: SubmissionEventData


class SubmissionStageChangedEvent(_SubmissionStageChangedEvent, total=False):
    """A submission came to another stage."""

    test: IsTest


class _SubmissionPlacedEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["submission.placed"]
    data: SubmissionEventData


class SubmissionPlacedEvent(_SubmissionPlacedEvent, total=False):
    """A submission became `placed`; `submission.stage_changed` is published beside it."""

    test: IsTest


class _WebhookFailingEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["webhook.failing"]
    data: WebhookEventData


class WebhookFailingEvent(_WebhookFailingEvent, total=False):
    """A webhook fails for the tenth time in a row, or on a second day, and will be disabled at `disables_at` if it goes on so. Told to the account's other webhooks, once until it succeeds."""

    test: IsTest


class _WebhookDisabledEvent(TypedDict):
    id: EventId
    created_at: str
    account_id: str
    #: Of the request that caused it; one of its own where none did
    request_id: str
    resource_version: ResourceVersion
    type: Literal["webhook.disabled"]
    data: WebhookEventData


class WebhookDisabledEvent(_WebhookDisabledEvent, total=False):
    """A webhook became `disabled`; `disabled_reason` says why. Told to the account's other webhooks."""

    test: IsTest

#: One change of a resource; `type` says of which kind
WebhookEvent = Union[CandidateCreatedEvent, CandidateUpdatedEvent, CandidateDeletedEvent, JobCreatedEvent, JobUpdatedEvent, JobClosedEvent, SubmissionCreatedEvent, SubmissionStageChangedEvent, SubmissionPlacedEvent, WebhookFailingEvent, WebhookDisabledEvent]

#: The body of a delivery
SentEvent = Union[WebhookTestEvent, WebhookEvent]

TaskStatus = Literal["running", "completed", "cancelled", "expired"]

PlanName = Literal["starter", "professional", "enterprise"]

Scope = Literal["candidates:read", "candidates:write", "jobs:read", "jobs:write", "submissions:read", "submissions:write", "webhooks:read", "webhooks:write", "account:read", "users:read", "tokens:read", "audit:read", "account:write", "users:write", "tokens:write"]

Count = int

#: Requests that were refused, by the code of the error
Refusals = Dict[str, Count]

AuditAction = Literal["account.created", "account.plan_changed", "account.quota_changed", "account.renamed", "token.created", "token.updated", "token.scopes_changed", "token.rotated", "token.revoked", "session.created", "session.ended", "session.revoked", "invitation.created", "invitation.revoked", "user.reset_link_created", "user.joined", "user.renamed", "user.password_changed", "user.role_changed", "user.removed", "user.disabled", "user.enabled"]

TokenStatus = Literal["active", "expired", "revoked"]

UserStatus = Literal["active", "disabled"]

InvitationStatus = Literal["pending", "accepted", "revoked", "expired"]


class _CreateCandidate(TypedDict):
    first_name: str
    last_name: str


class CreateCandidate(_CreateCandidate, total=False):
    email: Optional[str]
    phone: Optional[str]
    current_title: Optional[str]
    current_company: Optional[str]
    city: Optional[str]
    state: Optional[str]
    country: Optional[str]
    source: Optional[str]
    skills: Optional[List[str]]
    tags: Optional[List[str]]
    linkedin_url: Optional[str]
    website_url: Optional[str]
    #: Searchable whole; a phrase within the first 256 uses of each of its words
    summary: Optional[str]
    external_id: Optional[str]
    #: `new` unless told.
    status: CandidateStatus
    custom_fields: Optional[CustomFields]


class CandidatePatch(TypedDict, total=False):
    """A JSON merge patch (RFC 7396)"""

    first_name: str
    last_name: str
    email: Optional[str]
    phone: Optional[str]
    current_title: Optional[str]
    current_company: Optional[str]
    city: Optional[str]
    state: Optional[str]
    country: Optional[str]
    source: Optional[str]
    skills: Optional[List[str]]
    tags: Optional[List[str]]
    linkedin_url: Optional[str]
    website_url: Optional[str]
    #: Searchable whole; a phrase within the first 256 uses of each of its words
    summary: Optional[str]
    external_id: Optional[str]
    status: CandidateStatus
    custom_fields: Optional[CustomFieldsPatch]
    id: Any
    created_at: Any
    updated_at: Any


class _PutCandidate(TypedDict):
    first_name: str
    last_name: str


class PutCandidate(_PutCandidate, total=False):
    """What is left out stays as it is, as in a PATCH; of a new one it is absent"""

    email: Optional[str]
    phone: Optional[str]
    current_title: Optional[str]
    current_company: Optional[str]
    city: Optional[str]
    state: Optional[str]
    country: Optional[str]
    source: Optional[str]
    skills: Optional[List[str]]
    tags: Optional[List[str]]
    linkedin_url: Optional[str]
    website_url: Optional[str]
    #: Searchable whole; a phrase within the first 256 uses of each of its words
    summary: Optional[str]
    external_id: Optional[str]
    status: CandidateStatus
    custom_fields: Optional[CustomFieldsPatch]
    id: Any
    created_at: Any
    updated_at: Any


class _CreateJob(TypedDict):
    title: str


class CreateJob(_CreateJob, total=False):
    #: Searchable whole; a phrase within its first 16,383 words
    description: Optional[str]
    department: Optional[str]
    location_city: Optional[str]
    location_state: Optional[str]
    location_country: Optional[str]
    workplace: Optional[Workplace]
    employment_type: Optional[EmploymentType]
    salary_min: Optional[MinorUnits]
    salary_max: Optional[MinorUnits]
    salary_currency: Optional[str]
    tags: Optional[List[str]]
    external_id: Optional[str]
    #: `1` unless told.
    openings: int
    #: `open` unless told.
    status: JobStatus
    custom_fields: Optional[CustomFields]


class JobPatch(TypedDict, total=False):
    """A JSON merge patch (RFC 7396)"""

    title: str
    #: Searchable whole; a phrase within its first 16,383 words
    description: Optional[str]
    department: Optional[str]
    location_city: Optional[str]
    location_state: Optional[str]
    location_country: Optional[str]
    workplace: Optional[Workplace]
    employment_type: Optional[EmploymentType]
    salary_min: Optional[MinorUnits]
    salary_max: Optional[MinorUnits]
    salary_currency: Optional[str]
    tags: Optional[List[str]]
    external_id: Optional[str]
    openings: int
    status: JobStatus
    custom_fields: Optional[CustomFieldsPatch]
    id: Any
    opened_at: Any
    closed_at: Any
    created_at: Any
    updated_at: Any


class _PutJob(TypedDict):
    title: str


class PutJob(_PutJob, total=False):
    """What is left out stays as it is, as in a PATCH; of a new one it is absent"""

    #: Searchable whole; a phrase within its first 16,383 words
    description: Optional[str]
    department: Optional[str]
    location_city: Optional[str]
    location_state: Optional[str]
    location_country: Optional[str]
    workplace: Optional[Workplace]
    employment_type: Optional[EmploymentType]
    salary_min: Optional[MinorUnits]
    salary_max: Optional[MinorUnits]
    salary_currency: Optional[str]
    tags: Optional[List[str]]
    external_id: Optional[str]
    openings: int
    status: JobStatus
    custom_fields: Optional[CustomFieldsPatch]
    id: Any
    opened_at: Any
    closed_at: Any
    created_at: Any
    updated_at: Any


class _CreateSubmission(TypedDict):
    candidate_id: str


class CreateSubmission(_CreateSubmission, total=False):
    #: `screening` unless told.
    stage: Stage
    notes: Optional[str]
    source: Optional[str]
    rejection_reason: Optional[str]


class SubmissionPatch(TypedDict, total=False):
    """A JSON merge patch (RFC 7396)"""

    stage: Stage
    notes: Optional[str]
    source: Optional[str]
    rejection_reason: Optional[str]
    id: Any
    job_id: Any
    candidate_id: Any
    stage_changed_at: Any
    placed_at: Any
    rejected_at: Any
    created_at: Any
    updated_at: Any


class _CreateWebhook(TypedDict):
    #: `https`, without credentials and fragment, at a public address; `http` only where the operator allows it
    url: str
    #: Names of events, without repetitions, or `["*"]` for all, those that the API gains later included
    events: List[Subscribable]


class CreateWebhook(_CreateWebhook, total=False):
    description: Optional[str]
    #: `enabled` unless told.
    status: WebhookStatus


class WebhookPatch(TypedDict, total=False):
    """A JSON merge patch (RFC 7396)"""

    #: `https`, without credentials and fragment, at a public address; `http` only where the operator allows it
    url: str
    #: Names of events, without repetitions, or `["*"]` for all, those that the API gains later included
    events: List[Subscribable]
    description: Optional[str]
    status: WebhookStatus
    id: Any
    disabled_reason: Any
    disabled_at: Any
    failing_since: Any
    last_success_at: Any
    last_failure_at: Any
    disables_at: Any
    created_at: Any
    updated_at: Any


class TestWebhook(TypedDict, total=False):
    #: Sends the documented example of this type, with `"test": true`
    type: EventType


class _CreateReplay(TypedDict):
    #: Events since this time, at most 30 days ago
    since: str


class CreateReplay(_CreateReplay, total=False):
    #: Events up to this time; without it all up to now
    until: str


class _RedeliverFailed(TypedDict):
    #: Given up since this time, at most 30 days ago
    since: str


class RedeliverFailed(_RedeliverFailed, total=False):
    #: Given up until this time; without it until now
    until: str
    #: Deliveries of this type alone
    event_type: DeliveredType


class CandidateEventDataPrevious(TypedDict, total=False):
    """What the members that changed were before, without `updated_at`; `null` for a new object"""

    id: str
    first_name: str
    last_name: str
    email: Optional[str]
    phone: Optional[str]
    current_title: Optional[str]
    current_company: Optional[str]
    city: Optional[str]
    state: Optional[str]
    country: Optional[str]
    status: CandidateStatus
    source: Optional[str]
    skills: List[str]
    tags: List[str]
    linkedin_url: Optional[str]
    website_url: Optional[str]
    summary: Optional[str]
    external_id: Optional[str]
    custom_fields: Dict[str, Union[str, float, bool]]
    created_at: str
    updated_at: str


class CandidateEventData(TypedDict):
    """`object` is as the API showed it at that moment"""

    object: Candidate
    #: What the members that changed were before, without `updated_at`; `null` for a new object
    previous: Optional[CandidateEventDataPrevious]


class Candidate(TypedDict):
    """Someone who may be submitted to jobs"""

    id: str
    first_name: str
    last_name: str
    #: Of sourced people often not known
    email: Optional[str]
    phone: Optional[str]
    current_title: Optional[str]
    current_company: Optional[str]
    city: Optional[str]
    state: Optional[str]
    country: Optional[str]
    status: CandidateStatus
    source: Optional[str]
    skills: List[str]
    tags: List[str]
    linkedin_url: Optional[str]
    website_url: Optional[str]
    summary: Optional[str]
    #: Your own id; unique in the account
    external_id: Optional[str]
    custom_fields: Dict[str, Union[str, float, bool]]
    created_at: str
    updated_at: str


class JobEventDataPrevious(TypedDict, total=False):
    """What the members that changed were before, without `updated_at`; `null` for a new object"""

    id: str
    title: str
    description: Optional[str]
    department: Optional[str]
    location_city: Optional[str]
    location_state: Optional[str]
    location_country: Optional[str]
    workplace: Optional[Workplace]
    employment_type: Optional[EmploymentType]
    openings: int
    salary_min: Optional[MinorUnits]
    salary_max: Optional[MinorUnits]
    salary_currency: Optional[str]
    status: JobStatus
    tags: List[str]
    external_id: Optional[str]
    custom_fields: Dict[str, Union[str, float, bool]]
    opened_at: str
    closed_at: Optional[str]
    created_at: str
    updated_at: str


class JobEventData(TypedDict):
    """`object` is as the API showed it at that moment"""

    object: Job
    #: What the members that changed were before, without `updated_at`; `null` for a new object
    previous: Optional[JobEventDataPrevious]


class Job(TypedDict):
    """A position to fill"""

    id: str
    title: str
    description: Optional[str]
    department: Optional[str]
    location_city: Optional[str]
    location_state: Optional[str]
    location_country: Optional[str]
    workplace: Optional[Workplace]
    employment_type: Optional[EmploymentType]
    openings: int
    salary_min: Optional[MinorUnits]
    salary_max: Optional[MinorUnits]
    salary_currency: Optional[str]
    status: JobStatus
    tags: List[str]
    #: Your own id; unique in the account
    external_id: Optional[str]
    custom_fields: Dict[str, Union[str, float, bool]]
    opened_at: str
    closed_at: Optional[str]
    created_at: str
    updated_at: str


class SubmissionEventDataPrevious(TypedDict, total=False):
    """What the members that changed were before, without `updated_at`; `null` for a new object"""

    id: str
    job_id: str
    candidate_id: str
    stage: Stage
    notes: Optional[str]
    source: Optional[str]
    rejection_reason: Optional[str]
    stage_changed_at: str
    placed_at: Optional[str]
    rejected_at: Optional[str]
    created_at: str
    updated_at: str


class SubmissionEventData(TypedDict):
    """`object` is as the API showed it at that moment"""

    object: Submission
    #: What the members that changed were before, without `updated_at`; `null` for a new object
    previous: Optional[SubmissionEventDataPrevious]


class Submission(TypedDict):
    """A candidate put forward for a job"""

    id: str
    job_id: str
    candidate_id: str
    stage: Stage
    notes: Optional[str]
    source: Optional[str]
    #: Only while `stage` is `rejected`
    rejection_reason: Optional[str]
    stage_changed_at: str
    placed_at: Optional[str]
    rejected_at: Optional[str]
    created_at: str
    updated_at: str


class WebhookEventDataPrevious(TypedDict, total=False):
    """What the members that changed were before, without `updated_at`; `null` for a new object"""

    id: str
    url: str
    events: List[Subscribable]
    description: Optional[str]
    status: WebhookStatus
    disabled_reason: Optional[DisabledReason]
    disabled_at: Optional[str]
    failing_since: FailingSince
    last_success_at: Optional[str]
    last_failure_at: LastFailureAt
    disables_at: DisablesAt
    created_at: str
    updated_at: str


class WebhookEventData(TypedDict):
    """`object` is as the API showed it at that moment"""

    object: Webhook
    #: What the members that changed were before, without `updated_at`; `null` for a new object
    previous: Optional[WebhookEventDataPrevious]


class Webhook(TypedDict):
    """A URL that is told of events. What became of requests to it (`failing_since`, `last_success_at`, `last_failure_at`, `disables_at`) is as of the answer and changes no `ETag`"""

    id: str
    url: str
    events: List[Subscribable]
    description: Optional[str]
    status: WebhookStatus
    #: `requested`: by a PATCH. `gone`: the URL answered 410. `failing_for_5_days`: nothing but failures, ten at least and on five days.
    disabled_reason: Optional[DisabledReason]
    disabled_at: Optional[str]
    failing_since: FailingSince
    #: When it last succeeded, a minute earlier at most; `null` if it never has
    last_success_at: Optional[str]
    last_failure_at: LastFailureAt
    disables_at: DisablesAt
    created_at: str
    updated_at: str


class CandidateList(TypedDict):
    data: List[Candidate]
    meta: ListMeta
    links: ListLinks


class ListLinks(TypedDict):
    """What leads on (RFC 8288 relations)"""

    first: str
    #: `null` on the first page, and always with `cursor`
    prev: Optional[str]
    #: `null` on the last page
    next: Optional[str]
    #: `null` with `cursor`, and where `total` is not exact
    last: Optional[str]


class _Problem(TypedDict):
    #: The page about this kind of error. Absolute, unless the request does not say by which host it came
    type: str
    title: str
    status: int
    detail: str
    code: ErrorCode
    request_id: str


class Problem(_Problem, total=False):
    #: Present on every 400, on a 409 about a duplicate and on the 410 of `after`
    errors: List[FieldError]


class _FieldError(TypedDict):
    #: Dotted path of the field, or the name of the query parameter
    field: str
    #: Stable snake_case code
    code: str
    #: What to change, for people
    message: str


class FieldError(_FieldError, total=False):
    #: Of `q`: where in it the fault is, in characters from 0
    offset: Count
    #: Of a duplicate: the id of the resource that is there already
    existing_id: str


class JobList(TypedDict):
    data: List[Job]
    meta: ListMeta
    links: ListLinks


class SubmissionList(TypedDict):
    data: List[ExpandedSubmission]
    meta: ListMeta
    links: ListLinks


class _ExpandedSubmission(TypedDict):
    id: str
    job_id: str
    candidate_id: str
    stage: Stage
    notes: Optional[str]
    source: Optional[str]
    #: Only while `stage` is `rejected`
    rejection_reason: Optional[str]
    stage_changed_at: str
    placed_at: Optional[str]
    rejected_at: Optional[str]
    created_at: str
    updated_at: str


class ExpandedSubmission(_ExpandedSubmission, total=False):
    """A submission, with the objects that `expand` asked for"""

    #: With `expand=candidate`
    candidate: Candidate
    #: With `expand=job`
    job: Job


class StageChangeList(TypedDict):
    data: List[StageChange]
    meta: PageMeta
    links: ListLinks


StageChange = TypedDict(
    "StageChange",
    {
        "from": "Optional[Stage]",
        "to": "Stage",
        "changed_by": "Principal",
        "reason": "Optional[str]",
        "at": "str",
    },
)


class Principal(TypedDict):
    type: PrincipalType
    #: Of the token or the user; of an operator `<user>@<host>`
    id: str


class WebhookList(TypedDict):
    data: List[Webhook]
    meta: ListMeta
    links: ListLinks


class WebhookWithSecret(TypedDict):
    """A webhook, and the secret that its deliveries are signed with"""

    id: str
    url: str
    events: List[Subscribable]
    description: Optional[str]
    status: WebhookStatus
    #: `requested`: by a PATCH. `gone`: the URL answered 410. `failing_for_5_days`: nothing but failures, ten at least and on five days.
    disabled_reason: Optional[DisabledReason]
    disabled_at: Optional[str]
    failing_since: FailingSince
    #: When it last succeeded, a minute earlier at most; `null` if it never has
    last_success_at: Optional[str]
    last_failure_at: LastFailureAt
    disables_at: DisablesAt
    created_at: str
    updated_at: str
    #: What deliveries are signed with: `whsec_` and the base64 of 32 random bytes. Shown in this answer and never again.
    secret: str


class WebhookHealthLatencyMs(TypedDict):
    """Of all these requests, until the answer or until they were given up; at most a tenth off. `null` without any"""

    p50: Optional[int]
    p95: Optional[int]


class WebhookHealthHoursItem(TypedDict):
    #: When it begins: a whole hour in UTC
    hour: str
    #: Requests that came to their end
    attempts: Count
    #: Those of them that were answered with 2xx
    successes: Count


class WebhookHealth(TypedDict):
    """What became of the requests to a webhook in the last hours"""

    webhook_id: str
    #: Where the first of the hours begins
    since: str
    #: Now
    until: str
    #: Requests that came to their end
    attempts: Count
    #: Those of them that were answered with 2xx
    successes: Count
    #: Of all these requests, until the answer or until they were given up; at most a tenth off. `null` without any
    latency_ms: WebhookHealthLatencyMs
    failing_since: FailingSince
    #: When it last succeeded, a minute earlier at most; `null` if it never has
    last_success_at: Optional[str]
    last_failure_at: LastFailureAt
    disables_at: DisablesAt
    #: Nothing is sent before this time, because the URL asked for a pause
    paused_until: Optional[str]
    #: The last 24 hours, the oldest first; the last one is under way
    hours: List[WebhookHealthHoursItem]


class Delivery(TypedDict):
    """An event on its way to a webhook, and every attempt to deliver it"""

    #: Also in the header `X-NexivoHR-Delivery`
    id: str
    webhook_id: str
    #: Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too
    event_id: EventId
    event_type: DeliveredType
    #: What it was made for: an event that happened, a replay, or a test
    origin: DeliveryOrigin
    #: The replay that it belongs to
    replay_id: Optional[str]
    #: `pending`: will be tried, again or for the first time. `failed`: given up after the last attempt.
    status: DeliveryStatus
    #: How often it was tried
    attempts_total: Count
    #: Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending`
    next_attempt_at: Optional[str]
    created_at: str
    updated_at: str
    #: When it succeeded or was given up
    completed_at: Optional[str]
    #: In their order; of more than 100 the last ones
    attempts: List[DeliveryAttempt]


class DeliveryAttempt(TypedDict):
    """One request to the URL of a webhook"""

    #: From 1
    number: int
    at: str
    #: HTTP status of the answer; `null` if there was none
    status_code: Optional[int]
    #: Until the answer, or until it was given up
    latency_ms: Count
    #: Why it failed, a stable snake_case code; `null` if it succeeded. `http_status`: the status is no success. `redirect_not_followed`: the answer is a redirect. `timeout`: no complete answer in time. `target_not_allowed`: the URL leads to where nothing is sent. `dns_failed`: the host name could not be looked up. `connection_refused`: nobody listens there. `connection_failed`: the server cannot be reached. `connection_closed`: the connection ended before the answer was complete. `tls_failed`: no TLS, or a certificate that is not accepted. `malformed_response`: the answer is not HTTP/1.1. `response_headers_too_large`: its headers are too large. `response_too_large`: too much came in before it was complete. `event_expired`: the event was no longer kept, and nothing was sent. `request_failed`: any other reason.
    error: Optional[str]
    #: The same for people; of a success it says that the answer was cut, if it was
    error_detail: Optional[str]
    #: The first 2 KiB of the answer
    response_body: Optional[str]


class DeliveryList(TypedDict):
    data: List[DeliverySummary]
    meta: ListMeta
    links: ListLinks


class DeliverySummary(TypedDict):
    """An event on its way to a webhook, and the last attempt to deliver it"""

    #: Also in the header `X-NexivoHR-Delivery`
    id: str
    webhook_id: str
    #: Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too
    event_id: EventId
    event_type: DeliveredType
    #: What it was made for: an event that happened, a replay, or a test
    origin: DeliveryOrigin
    #: The replay that it belongs to
    replay_id: Optional[str]
    #: `pending`: will be tried, again or for the first time. `failed`: given up after the last attempt.
    status: DeliveryStatus
    #: How often it was tried
    attempts_total: Count
    #: Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending`
    next_attempt_at: Optional[str]
    created_at: str
    updated_at: str
    #: When it succeeded or was given up
    completed_at: Optional[str]
    #: `null` before the first
    last_attempt: Optional[DeliveryAttempt]


class _ExpandedDelivery(TypedDict):
    #: Also in the header `X-NexivoHR-Delivery`
    id: str
    webhook_id: str
    #: Also in the header `webhook-id`, of every attempt, redelivery and replay: what has been seen before has it, too
    event_id: EventId
    event_type: DeliveredType
    #: What it was made for: an event that happened, a replay, or a test
    origin: DeliveryOrigin
    #: The replay that it belongs to
    replay_id: Optional[str]
    #: `pending`: will be tried, again or for the first time. `failed`: given up after the last attempt.
    status: DeliveryStatus
    #: How often it was tried
    attempts_total: Count
    #: Not before this time; later if the URL asked for a pause or the webhook is disabled. `null` unless `pending`
    next_attempt_at: Optional[str]
    created_at: str
    updated_at: str
    #: When it succeeded or was given up
    completed_at: Optional[str]
    #: In their order; of more than 100 the last ones
    attempts: List[DeliveryAttempt]


class ExpandedDelivery(_ExpandedDelivery, total=False):
    """A delivery with its attempts, and what is sent if `expand` asked for it"""

    #: With `expand=event`: what is sent, byte for byte; `null` if it is no longer kept
    event: Optional[SentEvent]


class Replay(TypedDict):
    """A job that sends past events to a webhook again"""

    id: str
    webhook_id: str
    since: str
    #: `null`: all events up to the request
    until: Optional[str]
    #: `completed`: all events are queued as deliveries. `cancelled`: by request, or because the webhook was disabled meanwhile; what was queued is still sent. `expired`: some of the events were no longer kept when their turn came; `events_done` of them are queued.
    status: TaskStatus
    #: How many events it is about
    events_total: Count
    #: How many of them are queued as deliveries
    events_done: Count
    created_at: str
    updated_at: str
    completed_at: Optional[str]


class ReplayList(TypedDict):
    data: List[Replay]
    meta: ListMeta
    links: ListLinks


class FailedDeliveries(TypedDict):
    """How many deliveries have failed in a time"""

    since: str
    #: The time of the request, if none was given or it was in the future
    until: str
    #: `null`: deliveries of all types
    event_type: Optional[DeliveredType]
    #: How many there are
    deliveries: Count
    #: `false` where counting stopped at 50000: there are more than `deliveries`
    deliveries_is_exact: bool


class Redelivery(TypedDict):
    """A job that delivers once more what has failed"""

    id: str
    webhook_id: str
    since: str
    #: The time of the request, if none was given or it was in the future
    until: str
    #: `null`: deliveries of all types
    event_type: Optional[DeliveredType]
    #: `completed`: all are due. `cancelled`: by request, or because the webhook was disabled meanwhile; those that were made due stay so.
    status: TaskStatus
    #: How many there were when it was asked for
    deliveries_total: Count
    #: `false` where counting stopped at 50000: the job is about more, and `deliveries_total` grows with what is done
    deliveries_total_is_exact: bool
    #: How many of them it has made due; in the end fewer than `deliveries_total` only where somebody else was faster, or some were too old meanwhile
    deliveries_done: Count
    created_at: str
    updated_at: str
    completed_at: Optional[str]


class RedeliveryList(TypedDict):
    data: List[Redelivery]
    meta: ListMeta
    links: ListLinks


class _EventListMeta(TypedDict):
    per_page: Count
    #: Whether more events follow already; with `sort=-recorded_at` whether there are older ones
    has_more: bool
    #: What to send as `after` to go on, now or later; `null` as long as the account has no event
    next_after: Optional[EventId]


class EventListMeta(_EventListMeta, total=False):
    #: The order of this page. By `recorded_at` events of one object come in the order of its versions
    order: Literal["recorded_at", "-recorded_at"]
    #: Events that were recorded earlier are no longer kept: 30 days before now. An `after` of one that is gone is a 410
    kept_since: str
    #: Whether events may be missing in front of this page, since `since` is earlier than `kept_since`. Behind an `after` there is no gap
    has_gap: bool


class EventListLinks(TypedDict):
    next: Optional[str]


class EventList(TypedDict):
    data: List[WebhookEvent]
    meta: EventListMeta
    links: EventListLinks


class MeAccount(TypedDict):
    id: str
    name: str
    plan: PlanName


class MeToken(TypedDict):
    """`null` for a session"""

    id: str
    name: str
    #: As they were granted; `scopes` are those that count now
    scopes: List[Scope]
    expires_at: Optional[str]


class MeSession(TypedDict):
    """`null` for a token"""

    id: str
    expires_at: str


class MeQuotas(TypedDict):
    """`null` for a session in an account without API access"""

    #: Any 60 seconds
    minute: Quota
    #: The UTC day
    day: Quota


class Me(TypedDict):
    account: MeAccount
    #: `null` for a session
    token: Optional[MeToken]
    #: `null` for a token
    session: Optional[MeSession]
    #: Who is signed in, or whose personal token it is; `null` for a service token
    user: Optional[Self]
    #: Of that person in this account
    role: Optional[Role]
    #: What the caller may do now
    scopes: List[Scope]
    #: `null` for a session in an account without API access
    quotas: Optional[MeQuotas]


class Self(TypedDict):
    """The person who asks"""

    id: str
    email: str
    name: str


class Quota(TypedDict):
    """One of the two quotas, as it stands"""

    #: Requests allowed
    limit: Count
    #: Requests used
    used: Count
    #: Requests left
    remaining: Count
    #: Minute: when there is room again, or the oldest use no longer counts. Day: the next 00:00 UTC.
    resets_at: str


class Account(TypedDict):
    """The account that the caller speaks for"""

    id: str
    name: str
    plan: PlanName
    created_at: str
    #: What the account is allowed; `null` without API access
    requests_per_minute: Optional[int]
    requests_per_day: Optional[int]


class PlanList(TypedDict):
    data: List[Plan]
    #: Where to ask for another plan; `null`: ask whoever runs this installation
    contact_sales_url: Optional[str]


class Plan(TypedDict):
    id: PlanName
    name: str
    has_api_access: bool
    requests_per_minute: Optional[int]
    requests_per_day: Optional[int]


class UsageDaysItem(TypedDict):
    day: str
    #: Requests that were let in, replays under an `Idempotency-Key` included
    admitted: Count
    #: Requests of valid tokens that were refused for plan, quota or scope
    refused: Count
    refusals: Refusals


class UsageTokensItem(TypedDict):
    token_id: str
    name: Optional[str]
    #: Requests that were let in, replays under an `Idempotency-Key` included
    admitted: Count
    #: Requests of valid tokens that were refused for plan, quota or scope
    refused: Count
    refusals: Refusals


class Usage(TypedDict):
    """What the tokens of the account asked for, written some ten seconds late"""

    #: The first day
    since: str
    #: The last day
    until: str
    #: Requests that were let in, replays under an `Idempotency-Key` included
    admitted: Count
    #: Requests of valid tokens that were refused for plan, quota or scope
    refused: Count
    refusals: Refusals
    #: Each UTC day of the range, the earliest first
    days: List[UsageDaysItem]
    #: Those with the most requests first, at most 100
    tokens: List[UsageTokensItem]


class AuditLogList(TypedDict):
    data: List[AuditLogEntry]
    meta: ListMeta
    links: ListLinks


class AuditLogEntryActor(TypedDict):
    type: PrincipalType
    #: Of the token or the user; of an operator `<user>@<host>`
    id: str
    #: As it is now
    name: Optional[str]


class _AuditLogEntryDetails(TypedDict):
    after: Dict[str, Any]


class AuditLogEntryDetails(_AuditLogEntryDetails, total=False):
    before: Dict[str, Any]


class AuditLogEntryToken(TypedDict):
    """The token that it is about"""

    id: str
    #: `null` for one that is no longer known
    name: Optional[str]


class AuditLogEntryUser(TypedDict):
    """The person whom it is about"""

    id: str
    #: `null` for one that is no longer known
    name: Optional[str]


class AuditLogEntry(TypedDict):
    """Who did what to the account, its tokens or its people"""

    #: Later entries have greater ones
    id: Count
    at: str
    action: AuditAction
    actor: AuditLogEntryActor
    #: Where from, as the bus sees that program
    address: Optional[str]
    details: AuditLogEntryDetails
    #: The token that it is about
    token: Optional[AuditLogEntryToken]
    #: The person whom it is about
    user: Optional[AuditLogEntryUser]


class TokenList(TypedDict):
    data: List[Token]
    meta: ListMeta
    links: ListLinks


class Token(TypedDict):
    """An API token, without the token itself"""

    id: str
    name: str
    #: Whose personal token it is; `null` for a service token, which belongs to the account alone
    user_id: Optional[str]
    scopes: List[TokenScope]
    #: What it begins with; with `last_four`, to tell tokens apart
    prefix: str
    last_four: str
    expires_at: Optional[str]
    revoked_at: Optional[str]
    #: The token that took its place
    rotated_to: Optional[str]
    #: Written in batches, so a little late
    last_used_at: Optional[str]
    created_at: str
    #: Who made it; unknown for the oldest
    created_by: Optional[Principal]
    #: `personal`: may do what its scopes and the role of its owner both allow, and ends when he leaves. `service`: belongs to the account alone.
    kind: TokenKind
    status: TokenStatus
    updated_at: str


class UserList(TypedDict):
    data: List[User]
    meta: PageMeta
    links: ListLinks


class User(TypedDict):
    """A person who belongs to the account"""

    id: str
    email: str
    name: str
    role: Role
    #: `disabled`: an operator has shut this person out of all accounts
    status: UserStatus
    #: When he joined the account
    created_at: str
    #: Written once a minute at most
    last_seen_at: Optional[str]


class InvitationList(TypedDict):
    data: List[Invitation]
    meta: PageMeta
    links: ListLinks


class Invitation(TypedDict):
    """An invitation to join the account"""

    id: str
    email: str
    role: Role
    status: InvitationStatus
    created_by: Principal
    created_at: str
    expires_at: str
    accepted_at: Optional[str]
