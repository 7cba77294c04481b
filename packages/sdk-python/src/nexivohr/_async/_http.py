"""Sends requests, and sends them again where that helps."""

from __future__ import annotations

import asyncio
from typing import Any, Mapping, Optional

import httpx

from .._core import Answer, Settings, connection_failed, delay, parse, request_of, search
from .._errors import NexivoError
from ._list import AsyncListing


class AsyncHttp:
    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client

    async def send(self, method: str, path: str, *, answer: Optional[Answer] = None, **given: Any) -> Any:
        """Sends a request until it is answered, or that helps no more."""
        settings = self._settings
        request = request_of(settings, method, path, **given)
        attempt, waited = 0, 0.0
        while True:
            try:
                return await self._send_once(request, answer)
            except NexivoError as error:
                wait = delay(error, attempt, settings.max_retries)
                if wait is None or waited + wait > settings.max_wait:
                    raise
            attempt += 1
            waited += wait
            await asyncio.sleep(wait)

    async def _send_once(self, request: httpx.Request, answer: Optional[Answer]) -> Any:
        try:
            # A token is for the API alone.
            response = await self._client.send(request, follow_redirects=False)
        except httpx.TransportError as cause:
            raise connection_failed(request, cause) from cause
        data = parse(response)
        if answer is not None:
            answer._fill(response)
        return data

    def list(
        self, path: str, query: Mapping[str, Any], is_by_cursor: bool, timeout: Optional[float]
    ) -> AsyncListing[Any, Any]:
        async def read(asked: str, answer: Optional[Answer]) -> Any:
            return await self.send("GET", path + asked, answer=answer, timeout=timeout)

        return AsyncListing(read, query, is_by_cursor)

    async def get(self, path: str, query: Mapping[str, Any], **given: Any) -> Any:
        return await self.send("GET", path + search(query), **given)

    async def aclose(self) -> None:
        await self._client.aclose()
