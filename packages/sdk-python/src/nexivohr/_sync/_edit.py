# Made of the module of this name in `_async` by `npm run openapi`; change that.
"""Changes what nobody else has changed meanwhile."""

from __future__ import annotations

import time
import random
from typing import Any, Callable

from .._core import Answer
from .._errors import PreconditionFailedError

#: Somebody else was first so often: then it is not by chance.
_MAX_ATTEMPTS = 50


def edit(
    read: Callable[[Answer], Any],
    write: Callable[[Any, str], Any],
    change: Callable[[Any], Any],
) -> Any:
    """Reads, changes and writes under the ``ETag`` of what was read, from the beginning if somebody else was first."""
    attempt = 1
    while True:
        answer = Answer()
        current = read(answer)
        patch = change(current)
        if patch is None:
            return current
        try:
            return write(patch, answer.etag or "")
        except PreconditionFailedError:
            if attempt == _MAX_ATTEMPTS:
                raise
        time.sleep(random.random() * 0.02 * attempt)
        attempt += 1
