"""The client."""

from __future__ import annotations

from typing import Any, Optional

import httpx

from .._core import Settings
from ._copies import AsyncSync
from ._events import AsyncEventFeed
from ._http import AsyncHttp
from ._resources import AsyncResources


class AsyncNexivo(AsyncResources):
    """
    The NexivoHR API, as one account with one token.

    :param base_url: where the API is, its path included: ``https://ats.example.com/ats/api/v1``
    :param timeout: greatest time in seconds that each step of one try may take
    :param max_retries: how often a request is sent again after a lost answer or a fault of the server
    :param max_wait: greatest sum of the waiting between tries, in seconds: longer than a minute's quota takes, shorter than a day's
    :param http_client: instead of one of its own
    :raises ValueError: for a base URL that is none, or without a token
    """

    events: AsyncEventFeed
    #: Copies that are kept up to date.
    sync: AsyncSync

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        timeout: float = 30.0,
        max_retries: int = 5,
        max_wait: float = 65.0,
        http_client: Optional[httpx.AsyncClient] = None,
    ) -> None:
        settings = Settings(base_url, token, timeout, max_retries, max_wait)
        self._http = AsyncHttp(settings, http_client or httpx.AsyncClient())
        super().__init__(self._http)
        self.events = AsyncEventFeed(self._http)
        self.sync = AsyncSync(self)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncNexivo:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.aclose()
