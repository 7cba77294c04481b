"""What goes wrong: a class for each status."""

from __future__ import annotations

import json
from typing import Any, List, Mapping, Optional, cast

from .types import ErrorCode, FieldError


class NexivoError(Exception):
    """Whatever this library raises, but for wrong arguments."""


class ConnectionFailedError(NexivoError):
    """No answer came, or none that was whole."""


class UnexpectedAnswerError(NexivoError):
    """What answered is not the API."""


class ApiError(NexivoError):
    """The API refused."""

    def __init__(self, status: int, headers: Mapping[str, str], problem: Mapping[str, Any]) -> None:
        self.status = status
        self.headers = headers
        #: Stable, from the API's catalogue; ``None`` where something in between has answered.
        self.code: Optional[ErrorCode] = problem.get("code")
        #: What is wrong with which field.
        self.errors = cast(List[FieldError], problem.get("errors", []))
        #: To quote when asking for help.
        self.request_id: Optional[str] = headers.get("x-request-id") or problem.get("request_id")
        retry_after = headers.get("retry-after", "")
        #: How long the API says to wait, in seconds.
        self.retry_after: Optional[float] = float(retry_after) if retry_after.isdigit() else None
        quoted = ", ".join(filter(None, [self.code, self.request_id and f"request {self.request_id}"]))
        super().__init__(problem.get("detail", f"HTTP {status}") + (f" ({quoted})" if quoted else ""))


class BadRequestError(ApiError):
    pass


class UnauthorizedError(ApiError):
    pass


class ForbiddenError(ApiError):
    pass


class NotFoundError(ApiError):
    pass


class ConflictError(ApiError):
    """A duplicate, for one: ``errors[0]["existing_id"]`` is the resource that is there."""


class GoneError(ApiError):
    pass


class PreconditionFailedError(ApiError):
    """Somebody else has written since ``if_match`` was read."""


class UnprocessableError(ApiError):
    pass


class TooManyRequestsError(ApiError):
    """A quota is used up for longer than the client waits."""


class ServerError(ApiError):
    pass


_BY_STATUS = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    412: PreconditionFailedError,
    422: UnprocessableError,
    429: TooManyRequestsError,
}


def error_of(status: int, headers: Mapping[str, str], text: str) -> ApiError:
    """The error that an answer is, from its body if that is a problem."""
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    is_problem = "problem+json" in headers.get("content-type", "")
    return kind(status, headers, json.loads(text) if is_problem else {})
