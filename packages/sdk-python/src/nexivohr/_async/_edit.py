"""Changes what nobody else has changed meanwhile."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Awaitable, Callable

from .._core import Answer
from .._errors import PreconditionFailedError

#: Somebody else was first so often: then it is not by chance.
_MAX_ATTEMPTS = 50


async def edit(
    read: Callable[[Answer], Awaitable[Any]],
    write: Callable[[Any, str], Awaitable[Any]],
    change: Callable[[Any], Any],
) -> Any:
    """Reads, changes and writes under the ``ETag`` of what was read, from the beginning if somebody else was first."""
    attempt = 1
    while True:
        answer = Answer()
        current = await read(answer)
        patch = change(current)
        if patch is None:
            return current
        try:
            return await write(patch, answer.etag or "")
        except PreconditionFailedError:
            if attempt == _MAX_ATTEMPTS:
                raise
        await asyncio.sleep(random.random() * 0.02 * attempt)
        attempt += 1
