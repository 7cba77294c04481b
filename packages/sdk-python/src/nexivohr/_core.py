"""What a client of either kind does without waiting: it makes requests, reads answers, and says when to try again."""

from __future__ import annotations

import json
import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote, urlencode, urlsplit

import httpx

from ._errors import ApiError, ConnectionFailedError, UnexpectedAnswerError, error_of

_FIRST_S = 0.25
_LONGEST_S = 8.0


@dataclass
class Quota:
    """What is left of a quota of the account."""

    limit: int
    remaining: int
    #: Seconds until there is room again, or the oldest use no longer counts.
    reset_s: int


@dataclass
class Answer:
    """What came with an answer: hand one to a method, and it is filled."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: Optional[str] = None
    #: The version of the resource, for ``if_match``.
    etag: Optional[str] = None
    #: Whether this is the answer to an earlier request with the same idempotency key.
    is_replayed: bool = False
    #: Of the account, by name: ``minute`` (any 60 seconds) and ``day`` (UTC).
    quota: Dict[str, Quota] = field(default_factory=dict)

    def _fill(self, response: httpx.Response) -> None:
        headers = response.headers
        self.status = response.status_code
        self.headers = headers
        self.request_id = headers.get("x-request-id")
        self.etag = headers.get("etag")
        self.is_replayed = headers.get("idempotency-replayed") == "true"
        self.quota = _quotas(headers.get("ratelimit-policy", ""), headers.get("ratelimit", ""))


def _quotas(policy: str, state: str) -> Dict[str, Quota]:
    limits = dict(re.findall(r'"(\w+)";q=(\d+)', policy))
    found = re.findall(r'"(\w+)";r=(\d+);t=(\d+)', state)
    return {name: Quota(int(limits.get(name, 0)), int(left), int(reset)) for name, left, reset in found}


@dataclass(frozen=True)
class Settings:
    """Whom a client speaks to, and how it goes on after what may be over in a moment."""

    base_url: str
    token: str
    timeout: float
    max_retries: int
    max_wait: float

    def __post_init__(self) -> None:
        if urlsplit(self.base_url).scheme not in ("http", "https"):
            raise ValueError(f"not a URL of an API: {self.base_url}")
        if not self.token:
            raise ValueError("token is missing")


def path(template: str, *ids: str) -> str:
    """A path with ids in it; raises ValueError for what would lead to another path."""
    for each in ids:
        if each in ("", ".", ".."):
            raise ValueError(f"not an id: {each!r}")
    return template.format(*(quote(each, safe="") for each in ids))


def search(query: Mapping[str, Any]) -> str:
    """What stands behind a path, its question mark included. A value of a list that has a comma stands in double quotes."""
    texts = {name: _text(value) for name, value in query.items() if value is not None}
    return f"?{urlencode(texts)}" if texts else ""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(f'"{each}"' if "," in each else each for each in value)
    return json.dumps(value)


def request_of(
    settings: Settings,
    method: str,
    path_and_search: str,
    body: Any = None,
    idempotency_key: Optional[str] = None,
    if_match: Optional[str] = None,
    if_none_match: Optional[str] = None,
    timeout: Optional[float] = None,
) -> httpx.Request:
    """The request that every try sends, its idempotency key included."""
    headers = {"authorization": f"Bearer {settings.token}", "accept": "application/json"}
    if method in ("POST", "PATCH"):
        headers["idempotency-key"] = idempotency_key or str(uuid.uuid4())
    if if_match is not None:
        headers["if-match"] = if_match
    if if_none_match is not None:
        headers["if-none-match"] = if_none_match
    content = None
    if body is not None:
        headers["content-type"] = "application/json"
        content = json.dumps(body).encode()
    limits = httpx.Timeout(settings.timeout if timeout is None else timeout)
    url = settings.base_url.rstrip("/") + path_and_search
    return httpx.Request(method, url, headers=headers, content=content, extensions={"timeout": limits.as_dict()})


def parse(response: httpx.Response) -> Any:
    """What the API answered; raises the error that it is."""
    url = response.request.url
    if 300 <= response.status_code < 400:
        raise UnexpectedAnswerError(f"{url} redirects: is base_url that of the API?")
    if not response.is_success:
        raise error_of(response.status_code, response.headers, response.text)
    try:
        return response.json()
    except ValueError as cause:
        raise UnexpectedAnswerError(f"{url} answers no JSON: is base_url that of the API?") from cause


def connection_failed(request: httpx.Request, cause: Exception) -> ConnectionFailedError:
    why = "no answer in time" if isinstance(cause, httpx.TimeoutException) else "the connection failed"
    return ConnectionFailedError(f"{request.method} {request.url}: {why}")


def delay(error: Exception, attempt: int, max_retries: int) -> Optional[float]:
    """
    How many seconds to wait before a request is sent again; ``None`` if that would help nothing. Each may be sent again: those that
    would not have the same effect twice carry an idempotency key.
    """
    status = error.status if isinstance(error, ApiError) else 0
    # A conflict passes only if the API says when; so does a quota, which nobody is to ask for in vain.
    if isinstance(error, ApiError) and status in (408, 409, 429, 503) and error.retry_after is not None:
        return error.retry_after + random.random() * 0.5
    may_pass = isinstance(error, ConnectionFailedError) or status in (408, 429) or status >= 500
    if not may_pass or attempt >= max_retries:
        return None
    return min(_FIRST_S * 2.0**attempt, _LONGEST_S) * (0.5 + random.random())
