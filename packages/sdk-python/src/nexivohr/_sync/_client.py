# Made of the module of this name in `_async` by `npm run openapi`; change that.
"""The client."""

from __future__ import annotations

from typing import Any, Optional

import httpx

from .._core import Settings
from ._copies import Sync
from ._events import EventFeed
from ._http import Http
from ._resources import Resources


class Nexivo(Resources):
    """
    The NexivoHR API, as one account with one token.

    :param base_url: where the API is, its path included: ``https://ats.example.com/ats/api/v1``
    :param timeout: greatest time in seconds that each step of one try may take
    :param max_retries: how often a request is sent again after a lost answer or a fault of the server
    :param max_wait: greatest sum of the waiting between tries, in seconds: longer than a minute's quota takes, shorter than a day's
    :param http_client: instead of one of its own
    :raises ValueError: for a base URL that is none, or without a token
    """

    events: EventFeed
    #: Copies that are kept up to date.
    sync: Sync

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        timeout: float = 30.0,
        max_retries: int = 5,
        max_wait: float = 65.0,
        http_client: Optional[httpx.Client] = None,
    ) -> None:
        settings = Settings(base_url, token, timeout, max_retries, max_wait)
        self._http = Http(settings, http_client or httpx.Client())
        super().__init__(self._http)
        self.events = EventFeed(self._http)
        self.sync = Sync(self)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> Nexivo:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
