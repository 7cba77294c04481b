# Made of openapi.json by `npm run openapi`; change the contracts, not this file.
"""The resources of the API: a class for each, a method for each operation."""

from __future__ import annotations

from typing import Any, Callable, Literal, Optional, Sequence

from .. import types
from .._core import Answer, path
from ._edit import edit
from ._http import AsyncHttp
from ._list import AsyncListing


class AsyncResource:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http


class AsyncCandidates(AsyncResource):
    """The people that recruiters know. Deleting one is soft: it becomes `inactive`."""

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at", "last_name", "-last_name", "first_name", "-first_name", "email", "-email", "-relevance"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        q: Optional[str] = None,
        name: Optional[str] = None,
        status: Optional[Sequence[Literal["new", "screening", "available", "placed", "inactive", "any"]]] = None,
        email: Optional[Sequence[str]] = None,
        phone: Optional[str] = None,
        tag: Optional[Sequence[str]] = None,
        skill: Optional[Sequence[str]] = None,
        city: Optional[Sequence[str]] = None,
        state: Optional[Sequence[str]] = None,
        source: Optional[Sequence[str]] = None,
        external_id: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Candidate, types.CandidateList]:
        """
        List candidates.

        Leaves `inactive` ones out unless `status` asks for them.

        Scope: `candidates:read`.
        """
        return self._http.list("/candidates", {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "q": q, "name": name, "status": status, "email": email, "phone": phone, "tag": tag, "skill": skill, "city": city, "state": state, "source": source, "external_id": external_id}, True, timeout)

    async def create(
        self,
        body: types.CreateCandidate,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Candidate:
        """
        Create a candidate.

        Scope: `candidates:write`.
        """
        found: types.Candidate = await self._http.send("POST", "/candidates", body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def get(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Candidate:
        """
        Get a candidate.

        Shows `inactive` ones too.

        Scope: `candidates:read`.
        """
        found: types.Candidate = await self._http.get(path("/candidates/{}", id), {}, timeout=timeout, answer=answer)
        return found

    async def update(
        self,
        id: str,
        body: types.CandidatePatch,
        *,
        idempotency_key: Optional[str] = None,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Candidate:
        """
        Update a candidate.

        A JSON merge patch. Setting another status brings an inactive candidate back.

        Scope: `candidates:write`.
        """
        found: types.Candidate = await self._http.send("PATCH", path("/candidates/{}", id), body=body, idempotency_key=idempotency_key, if_match=if_match, timeout=timeout, answer=answer)
        return found

    async def delete(
        self,
        id: str,
        *,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Candidate:
        """
        Delete a candidate.

        Soft: sets `status` to `inactive` and answers the candidate as it now stands.

        Scope: `candidates:write`.
        """
        found: types.Candidate = await self._http.send("DELETE", path("/candidates/{}", id), if_match=if_match, timeout=timeout, answer=answer)
        return found

    async def put(
        self,
        external_id: str,
        body: types.PutCandidate,
        *,
        if_match: Optional[str] = None,
        if_none_match: Optional[Literal["*"]] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Candidate:
        """
        Create or update a candidate by your own id.

        Creates the candidate with this `external_id` (201), or changes it (200): what is left out stays as it is, `null` clears. An inactive candidate stays so unless `status` brings it back.

        Scope: `candidates:write`.
        """
        found: types.Candidate = await self._http.send("PUT", path("/candidates/by_external_id/{}", external_id), body=body, if_match=if_match, if_none_match=if_none_match, timeout=timeout, answer=answer)
        return found

    async def edit(self, id: str, change: Callable[[types.Candidate], Optional[types.CandidatePatch]]) -> types.Candidate:
        """
        Reads it, has ``change`` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of
        it again. ``change`` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
        """

        async def read(answer: Answer) -> Any:
            return await self.get(id, answer=answer)

        async def write(patch: Any, etag: str) -> Any:
            return await self.update(id, patch, if_match=etag)

        edited: types.Candidate = await edit(read, write, change)
        return edited


class AsyncJobs(AsyncResource):
    """The positions to fill. Deleting one closes it."""

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at", "opened_at", "-opened_at", "title", "-title", "-relevance"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        q: Optional[str] = None,
        title: Optional[str] = None,
        status: Optional[Sequence[types.JobStatus]] = None,
        department: Optional[Sequence[str]] = None,
        employment_type: Optional[Sequence[types.EmploymentType]] = None,
        workplace: Optional[Sequence[types.Workplace]] = None,
        location_city: Optional[Sequence[str]] = None,
        tag: Optional[Sequence[str]] = None,
        external_id: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Job, types.JobList]:
        """
        List jobs.

        All statuses, unless `status` asks for some.

        Scope: `jobs:read`.
        """
        return self._http.list("/jobs", {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "q": q, "title": title, "status": status, "department": department, "employment_type": employment_type, "workplace": workplace, "location_city": location_city, "tag": tag, "external_id": external_id}, True, timeout)

    async def create(
        self,
        body: types.CreateJob,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Job:
        """
        Create a job.

        Scope: `jobs:write`.
        """
        found: types.Job = await self._http.send("POST", "/jobs", body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def get(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Job:
        """
        Get a job.

        Scope: `jobs:read`.
        """
        found: types.Job = await self._http.get(path("/jobs/{}", id), {}, timeout=timeout, answer=answer)
        return found

    async def update(
        self,
        id: str,
        body: types.JobPatch,
        *,
        idempotency_key: Optional[str] = None,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Job:
        """
        Update a job.

        A JSON merge patch. `status: "open"` reopens a closed job.

        Scope: `jobs:write`.
        """
        found: types.Job = await self._http.send("PATCH", path("/jobs/{}", id), body=body, idempotency_key=idempotency_key, if_match=if_match, timeout=timeout, answer=answer)
        return found

    async def close(
        self,
        id: str,
        *,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Job:
        """
        Close a job.

        Sets `status` to `closed` and answers the job as it now stands.

        Scope: `jobs:write`.
        """
        found: types.Job = await self._http.send("DELETE", path("/jobs/{}", id), if_match=if_match, timeout=timeout, answer=answer)
        return found

    async def put(
        self,
        external_id: str,
        body: types.PutJob,
        *,
        if_match: Optional[str] = None,
        if_none_match: Optional[Literal["*"]] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Job:
        """
        Create or update a job by your own id.

        Creates the job with this `external_id` (201), or changes it (200): what is left out stays as it is, `null` clears. A closed job stays so unless `status` reopens it.

        Scope: `jobs:write`.
        """
        found: types.Job = await self._http.send("PUT", path("/jobs/by_external_id/{}", external_id), body=body, if_match=if_match, if_none_match=if_none_match, timeout=timeout, answer=answer)
        return found

    async def edit(self, id: str, change: Callable[[types.Job], Optional[types.JobPatch]]) -> types.Job:
        """
        Reads it, has ``change`` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of
        it again. ``change`` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
        """

        async def read(answer: Answer) -> Any:
            return await self.get(id, answer=answer)

        async def write(patch: Any, etag: str) -> Any:
            return await self.update(id, patch, if_match=etag)

        edited: types.Job = await edit(read, write, change)
        return edited


class AsyncSubmissions(AsyncResource):
    """Candidates on their way through the stages of a job."""

    def list_for_job(
        self,
        job_id: str,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at", "stage_changed_at", "-stage_changed_at"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        candidate_id: Optional[str] = None,
        stage: Optional[Sequence[types.Stage]] = None,
        expand: Optional[Sequence[Literal["candidate", "job"]]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.ExpandedSubmission, types.SubmissionList]:
        """
        List submissions to a job.

        Scope: `submissions:read`.
        """
        return self._http.list(path("/jobs/{}/submissions", job_id), {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "candidate_id": candidate_id, "stage": stage, "expand": expand}, True, timeout)

    async def create(
        self,
        job_id: str,
        body: types.CreateSubmission,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Submission:
        """
        Submit a candidate to a job.

        The job must be `open` and the candidate not `inactive`; a candidate has at most one submission to a job that is not `rejected`.

        Scope: `submissions:write`.
        """
        found: types.Submission = await self._http.send("POST", path("/jobs/{}/submissions", job_id), body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at", "stage_changed_at", "-stage_changed_at"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        candidate_id: Optional[str] = None,
        stage: Optional[Sequence[types.Stage]] = None,
        job_id: Optional[str] = None,
        expand: Optional[Sequence[Literal["candidate", "job"]]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.ExpandedSubmission, types.SubmissionList]:
        """
        List submissions.

        Scope: `submissions:read`.
        """
        return self._http.list("/submissions", {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "candidate_id": candidate_id, "stage": stage, "job_id": job_id, "expand": expand}, True, timeout)

    async def get(
        self,
        id: str,
        *,
        expand: Optional[Sequence[Literal["candidate", "job"]]] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.ExpandedSubmission:
        """
        Get a submission.

        With `expand` the answer carries no `ETag`.

        Scope: `submissions:read`.
        """
        found: types.ExpandedSubmission = await self._http.get(path("/submissions/{}", id), {"expand": expand}, timeout=timeout, answer=answer)
        return found

    async def update(
        self,
        id: str,
        body: types.SubmissionPatch,
        *,
        idempotency_key: Optional[str] = None,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Submission:
        """
        Update a submission, such as its stage.

        Any stage may follow any other. `rejection_reason` is accepted only while the stage is, or becomes, `rejected`, and is cleared when it no longer is. A change of the stage is published as `submission.stage_changed`, and as `submission.placed` too if it becomes `placed`, which makes the candidate `placed` a moment later; there is no event for a change of other members alone.

        Scope: `submissions:write`.
        """
        found: types.Submission = await self._http.send("PATCH", path("/submissions/{}", id), body=body, idempotency_key=idempotency_key, if_match=if_match, timeout=timeout, answer=answer)
        return found

    def get_history(
        self,
        id: str,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.StageChange, types.StageChangeList]:
        """
        List the stage changes of a submission.

        Oldest first.

        Scope: `submissions:read`.
        """
        return self._http.list(path("/submissions/{}/history", id), {"page": page, "per_page": per_page}, False, timeout)

    async def edit(self, id: str, change: Callable[[types.Submission], Optional[types.SubmissionPatch]]) -> types.Submission:
        """
        Reads it, has ``change`` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of
        it again. ``change`` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
        """

        async def read(answer: Answer) -> Any:
            return await self.get(id, answer=answer)

        async def write(patch: Any, etag: str) -> Any:
            return await self.update(id, patch, if_match=etag)

        edited: types.Submission = await edit(read, write, change)
        return edited


class AsyncWebhooks(AsyncResource):
    """URLs that are told of what happens, and what was sent to them."""

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        status: Optional[Sequence[types.WebhookStatus]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Webhook, types.WebhookList]:
        """
        List webhooks.

        Scope: `webhooks:read`.
        """
        return self._http.list("/webhooks", {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "status": status}, True, timeout)

    async def create(
        self,
        body: types.CreateWebhook,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.WebhookWithSecret:
        """
        Create a webhook.

        The URL is told of every event of the types in `events` from now on. The token needs the scopes that read them, such as `candidates:read` for `candidate.created`, all of them for `["*"]`. Keep the `secret` of the answer: it verifies deliveries, and is never shown again. An account has at most 100 webhooks.

        Scope: `webhooks:write`.
        """
        found: types.WebhookWithSecret = await self._http.send("POST", "/webhooks", body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def get(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Webhook:
        """
        Get a webhook.

        Without its secret.

        Scope: `webhooks:read`.
        """
        found: types.Webhook = await self._http.get(path("/webhooks/{}", id), {}, timeout=timeout, answer=answer)
        return found

    async def update(
        self,
        id: str,
        body: types.WebhookPatch,
        *,
        idempotency_key: Optional[str] = None,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Webhook:
        """
        Update, disable or enable a webhook.

        A JSON merge patch. While a webhook is disabled no deliveries are made for it, and those that are pending wait. `status: "enabled"` makes them go on, and counts its failures anew. What happened meanwhile a replay brings, with `disabled_at` as `since`, and what was given up before that `redeliver_failed`, with `failing_since`: keep both, because enabling clears them. More `events`, or another `url`, need the scopes that read what it is told of, as creating does.

        Scope: `webhooks:write`.
        """
        found: types.Webhook = await self._http.send("PATCH", path("/webhooks/{}", id), body=body, idempotency_key=idempotency_key, if_match=if_match, timeout=timeout, answer=answer)
        return found

    async def delete(
        self,
        id: str,
        *,
        if_match: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Webhook:
        """
        Delete a webhook.

        Answers the webhook as it last stood, disabled. It is gone from then on, with its secret, its pending deliveries and its log; a request that is under way may still arrive.

        Scope: `webhooks:write`.
        """
        found: types.Webhook = await self._http.send("DELETE", path("/webhooks/{}", id), if_match=if_match, timeout=timeout, answer=answer)
        return found

    async def rotate_secret(
        self,
        id: str,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.WebhookWithSecret:
        """
        Replace the secret of a webhook.

        Answers the new secret, which is never shown again. For 24 hours the old one signs beside it: `webhook-signature` then holds a signature for each, the new one first, so that a receiver that knows either goes on without a gap. `X-NexivoHR-Signature` uses the new one at once. Rotating again within that time drops the older of the two old secrets.

        Scope: `webhooks:write`.
        """
        found: types.WebhookWithSecret = await self._http.send("POST", path("/webhooks/{}/rotate_secret", id), idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def get_health(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.WebhookHealth:
        """
        See how a webhook is doing.

        Attempts and successes of the last 24 hours, by the hour, and how fast it answers. An attempt counts in the hour in which it came to its end.

        Scope: `webhooks:read`.
        """
        found: types.WebhookHealth = await self._http.get(path("/webhooks/{}/health", id), {}, timeout=timeout, answer=answer)
        return found

    async def test(
        self,
        id: str,
        body: types.TestWebhook = {},
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Delivery:
        """
        Send a test to a webhook.

        Sends an event of type `webhook.test`, whatever the webhook has subscribed to, or with `type` the documented example of that type, marked by `"test": true`. It is signed, tried again and logged like any other delivery; the `Location` says what came of it.

        Scope: `webhooks:write`.
        """
        found: types.Delivery = await self._http.send("POST", path("/webhooks/{}/test", id), body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    def list_deliveries(
        self,
        id: str,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        status: Optional[Sequence[types.DeliveryStatus]] = None,
        event_type: Optional[Sequence[types.DeliveredType]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.DeliverySummary, types.DeliveryList]:
        """
        List the deliveries of a webhook.

        Those of the last 30 days.

        Scope: `webhooks:read`.
        """
        return self._http.list(path("/webhooks/{}/deliveries", id), {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "status": status, "event_type": event_type}, True, timeout)

    async def get_delivery(
        self,
        id: str,
        delivery_id: str,
        *,
        expand: Optional[Sequence[Literal["event"]]] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.ExpandedDelivery:
        """
        Get a delivery with its attempts.

        Scope: `webhooks:read`.
        """
        found: types.ExpandedDelivery = await self._http.get(path("/webhooks/{}/deliveries/{}", id, delivery_id), {"expand": expand}, timeout=timeout, answer=answer)
        return found

    async def redeliver_delivery(
        self,
        id: str,
        delivery_id: str,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Delivery:
        """
        Deliver once more.

        The delivery becomes `pending` and due now, whatever came of it before, with all attempts of the schedule before it; new ones are added to its log. What is sent is the same, `webhook-id` included.

        Scope: `webhooks:write`.
        """
        found: types.Delivery = await self._http.send("POST", path("/webhooks/{}/deliveries/{}/redeliver", id, delivery_id), idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def replay(
        self,
        id: str,
        body: types.CreateReplay,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Replay:
        """
        Send past events again.

        Makes a new delivery of every event since a time, at most 30 days ago, and up to another one, that the webhook has subscribed to, whether it was delivered before or not. Their `webhook-id` is that of the first time, so a receiver can leave out what it has seen. It is a job: look at the `Location` for its progress.

        Scope: `webhooks:write`.
        """
        found: types.Replay = await self._http.send("POST", path("/webhooks/{}/replay", id), body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def get_replay(
        self,
        id: str,
        replay_id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Replay:
        """
        Get the progress of a replay.

        Scope: `webhooks:read`.
        """
        found: types.Replay = await self._http.get(path("/webhooks/{}/replays/{}", id, replay_id), {}, timeout=timeout, answer=answer)
        return found

    def list_replays(
        self,
        id: str,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        status: Optional[Sequence[types.TaskStatus]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Replay, types.ReplayList]:
        """
        List the replays of a webhook.

        Those that run, and those that ended in the last 30 days.

        Scope: `webhooks:read`.
        """
        return self._http.list(path("/webhooks/{}/replays", id), {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "status": status}, True, timeout)

    async def cancel_replay(
        self,
        id: str,
        replay_id: str,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Replay:
        """
        Cancel a replay.

        Nothing more is queued once this is answered; `events_done` says how much was, and that is still sent. A job that has ended stays as it is, and is answered as such.

        Scope: `webhooks:write`.
        """
        found: types.Replay = await self._http.send("POST", path("/webhooks/{}/replays/{}/cancel", id, replay_id), idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def count_failed_deliveries(
        self,
        id: str,
        *,
        since: str,
        until: Optional[str] = None,
        event_type: Optional[types.DeliveredType] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.FailedDeliveries:
        """
        Count what has failed.

        How many deliveries a POST to the same path would make due, and changes nothing. A POST with the `until` of the answer is about none but these: what fails meanwhile is given up later.

        Scope: `webhooks:read`.
        """
        found: types.FailedDeliveries = await self._http.get(path("/webhooks/{}/redeliver_failed", id), {"since": since, "until": until, "event_type": event_type}, timeout=timeout, answer=answer)
        return found

    async def redeliver_failed(
        self,
        id: str,
        body: types.RedeliverFailed,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Redelivery:
        """
        Deliver once more all that has failed.

        Begins a new round of attempts for every delivery of this webhook that has `failed` at this moment and was given up between `since` and `until`, as `redeliver` does for one. Pending and succeeded ones are left alone, and so is what fails later. Nothing is sent twice by one job. It is a job: look at the `Location` for its progress.

        Scope: `webhooks:write`.
        """
        found: types.Redelivery = await self._http.send("POST", path("/webhooks/{}/redeliver_failed", id), body=body, idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    def list_redeliveries(
        self,
        id: str,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        status: Optional[Sequence[types.TaskStatus]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Redelivery, types.RedeliveryList]:
        """
        List the bulk redeliveries of a webhook.

        Those that run, and those that ended in the last 30 days.

        Scope: `webhooks:read`.
        """
        return self._http.list(path("/webhooks/{}/redeliveries", id), {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "status": status}, True, timeout)

    async def get_redelivery(
        self,
        id: str,
        redelivery_id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Redelivery:
        """
        Get the progress of a bulk redelivery.

        Scope: `webhooks:read`.
        """
        found: types.Redelivery = await self._http.get(path("/webhooks/{}/redeliveries/{}", id, redelivery_id), {}, timeout=timeout, answer=answer)
        return found

    async def cancel_redelivery(
        self,
        id: str,
        redelivery_id: str,
        *,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Redelivery:
        """
        Cancel a bulk redelivery.

        No more is made due once this is answered; `deliveries_done` says how many were, and they are still sent. A job that has ended stays as it is, and is answered as such.

        Scope: `webhooks:write`.
        """
        found: types.Redelivery = await self._http.send("POST", path("/webhooks/{}/redeliveries/{}/cancel", id, redelivery_id), idempotency_key=idempotency_key, timeout=timeout, answer=answer)
        return found

    async def edit(self, id: str, change: Callable[[types.Webhook], Optional[types.WebhookPatch]]) -> types.Webhook:
        """
        Reads it, has ``change`` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of
        it again. ``change`` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
        """

        async def read(answer: Answer) -> Any:
            return await self.get(id, answer=answer)

        async def write(patch: Any, etag: str) -> Any:
            return await self.update(id, patch, if_match=etag)

        edited: types.Webhook = await edit(read, write, change)
        return edited


class AsyncEvents(AsyncResource):
    """What happened to candidates, jobs and submissions, for 30 days."""

    def list(
        self,
        *,
        after: Optional[types.EventId] = None,
        since: Optional[str] = None,
        sort: Optional[Literal["recorded_at", "-recorded_at"]] = None,
        type: Optional[Sequence[types.EventType]] = None,
        per_page: Optional[int] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.WebhookEvent, types.EventList]:
        """
        Read events.

        All events of the account in the last 30 days (since `meta.kept_since`), in the order of their recording, byte for byte as webhooks get them. Go on with `after` = `meta.next_after`, at once while `has_more`, later otherwise; who does so misses nothing. Events of one object come in the order of its versions, unlike deliveries. (What the bus has lost comes again when that is noticed, after later ones: go by the greater `resource_version`.) An unknown id is a 400, one older than 30 days a 410. To begin at a time, send `since`; `sort=-recorded_at` shows the newest page, for people who look.

        Events of candidates need `candidates:read` as well, those of jobs `jobs:read`, those of submissions `submissions:read`, and those of webhooks no other; others are left out, and to ask for them by `type` is refused with 403.

        Scope: `webhooks:read`.
        """
        return self._http.list("/events", {"after": after, "since": since, "sort": sort, "type": type, "per_page": per_page}, False, timeout)

    async def get(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.WebhookEvent:
        """
        Get an event.

        As it was sent to webhooks, byte for byte. An event never changes. One that is older than 30 days is gone: 410. It needs the read scope of what it carries as well, as in the list.

        Scope: `webhooks:read`.
        """
        found: types.WebhookEvent = await self._http.get(path("/events/{}", id), {}, timeout=timeout, answer=answer)
        return found


class AsyncAccount(AsyncResource):
    """The account that a caller speaks for, its plan, quotas and usage."""

    async def me(
        self,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Me:
        """
        Get the account, scopes and quotas of the caller.

        Needs a token or a session, but no scope, and uses no quota.
        """
        found: types.Me = await self._http.get("/me", {}, timeout=timeout, answer=answer)
        return found

    async def get(
        self,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Account:
        """
        Get the account.

        Scope: `account:read`.
        """
        found: types.Account = await self._http.get("/account", {}, timeout=timeout, answer=answer)
        return found

    async def list_plans(
        self,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.PlanList:
        """
        List the plans.

        What each allows an account, all its tokens together.
        """
        found: types.PlanList = await self._http.get("/plans", {}, timeout=timeout, answer=answer)
        return found

    async def get_usage(
        self,
        *,
        since: Optional[str] = None,
        until: Optional[str] = None,
        token_id: Optional[str] = None,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Usage:
        """
        Get usage by day, token and refusal.

        Of at most 400 days. Sessions, free operations and requests without a valid token are not counted.

        Scope: `account:read`.
        """
        found: types.Usage = await self._http.get("/usage", {"since": since, "until": until, "token_id": token_id}, timeout=timeout, answer=answer)
        return found


class AsyncAudit(AsyncResource):
    """Who did what to the account, its tokens and its people."""

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        action: Optional[Sequence[types.AuditAction]] = None,
        actor_type: Optional[Sequence[types.PrincipalType]] = None,
        actor_id: Optional[str] = None,
        token_id: Optional[str] = None,
        user_id: Optional[str] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.AuditLogEntry, types.AuditLogList]:
        """
        List what was done.

        The latest first. Developers see what they did themselves. Entries are never changed or removed.

        Scope: `audit:read`.
        """
        return self._http.list("/audit_log", {"page": page, "per_page": per_page, "cursor": cursor, "action": action, "actor_type": actor_type, "actor_id": actor_id, "token_id": token_id, "user_id": user_id, "created_after": created_after, "created_before": created_before}, True, timeout)


class AsyncTokens(AsyncResource):
    """API tokens: `personal` ones of people, `service` ones of the account."""

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        cursor: Optional[str] = None,
        sort: Optional[Literal["created_at", "-created_at", "updated_at", "-updated_at", "name", "-name"]] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        updated_after: Optional[str] = None,
        updated_before: Optional[str] = None,
        status: Optional[Sequence[types.TokenStatus]] = None,
        kind: Optional[Sequence[types.TokenKind]] = None,
        user_id: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Token, types.TokenList]:
        """
        List API tokens.

        Owners, admins and developers see those of everybody; recruiters and viewers their own.

        Scope: `tokens:read`.
        """
        return self._http.list("/tokens", {"page": page, "per_page": per_page, "cursor": cursor, "sort": sort, "created_after": created_after, "created_before": created_before, "updated_after": updated_after, "updated_before": updated_before, "status": status, "kind": kind, "user_id": user_id}, True, timeout)

    async def get(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Token:
        """
        Get an API token.

        Without the token itself.

        Scope: `tokens:read`.
        """
        found: types.Token = await self._http.get(path("/tokens/{}", id), {}, timeout=timeout, answer=answer)
        return found


class AsyncUsers(AsyncResource):
    """The people of the account, and the invitations by which they join."""

    def list(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        sort: Optional[Literal["created_at", "-created_at", "name", "-name", "email", "-email", "last_seen_at", "-last_seen_at"]] = None,
        role: Optional[Sequence[types.Role]] = None,
        q: Optional[str] = None,
        created_after: Optional[str] = None,
        created_before: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.User, types.UserList]:
        """
        List the people of the account.

        Scope: `users:read`.
        """
        return self._http.list("/users", {"page": page, "per_page": per_page, "sort": sort, "role": role, "q": q, "created_after": created_after, "created_before": created_before}, False, timeout)

    async def get(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.User:
        """
        Get a person of the account.

        Scope: `users:read`.
        """
        found: types.User = await self._http.get(path("/users/{}", id), {}, timeout=timeout, answer=answer)
        return found

    def list_invitations(
        self,
        *,
        page: Optional[int] = None,
        per_page: Optional[int] = None,
        status: Optional[Sequence[types.InvitationStatus]] = None,
        timeout: Optional[float] = None,
    ) -> AsyncListing[types.Invitation, types.InvitationList]:
        """
        List invitations.

        The latest first, without their links.

        Scope: `users:read`.
        """
        return self._http.list("/invitations", {"page": page, "per_page": per_page, "status": status}, False, timeout)

    async def get_invitation(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> types.Invitation:
        """
        Get an invitation.

        Scope: `users:read`.
        """
        found: types.Invitation = await self._http.get(path("/invitations/{}", id), {}, timeout=timeout, answer=answer)
        return found


class AsyncReference(AsyncResource):
    """The API about itself."""

    async def get_open_api_document(
        self,
        *,
        timeout: Optional[float] = None,
        answer: Optional[Answer] = None,
    ) -> Any:
        """
        Get this document.

        The OpenAPI description of the API, for tools and code generators.
        """
        found: Any = await self._http.get("/openapi.json", {}, timeout=timeout, answer=answer)
        return found


class AsyncResources:
    """Every resource of the API."""

    def __init__(self, http: AsyncHttp) -> None:
        self.candidates = AsyncCandidates(http)
        self.jobs = AsyncJobs(http)
        self.submissions = AsyncSubmissions(http)
        self.webhooks = AsyncWebhooks(http)
        self.events = AsyncEvents(http)
        self.account = AsyncAccount(http)
        self.audit = AsyncAudit(http)
        self.tokens = AsyncTokens(http)
        self.users = AsyncUsers(http)
        self.reference = AsyncReference(http)
