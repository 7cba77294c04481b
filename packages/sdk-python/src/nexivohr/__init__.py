"""The NexivoHR API in Python."""

from . import types, webhooks
from ._async._client import AsyncNexivo
from ._async._list import AsyncListing
from ._core import Answer, Quota
from ._errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    GoneError,
    NexivoError,
    NotFoundError,
    PreconditionFailedError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
    UnexpectedAnswerError,
    UnprocessableError,
)
from ._state import SyncState, SyncStep
from ._sync._client import Nexivo
from ._sync._list import Listing

__all__ = [
    "Answer",
    "ApiError",
    "AsyncListing",
    "AsyncNexivo",
    "BadRequestError",
    "ConflictError",
    "ConnectionFailedError",
    "ForbiddenError",
    "GoneError",
    "Listing",
    "Nexivo",
    "NexivoError",
    "NotFoundError",
    "PreconditionFailedError",
    "Quota",
    "ServerError",
    "SyncState",
    "SyncStep",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnexpectedAnswerError",
    "UnprocessableError",
    "types",
    "webhooks",
]
