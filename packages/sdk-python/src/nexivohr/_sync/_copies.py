# Made of the module of this name in `_async` by `npm run openapi`; change that.
"""Copies that are kept up to date."""

from __future__ import annotations

from typing import Any, Iterator, Callable, Dict, Optional

from .. import types
from .._errors import BadRequestError
from .._state import SyncState, SyncStep
from ._list import Listing
from ._resources import Resources


class Sync:
    """
    Brings copies up to date, and misses nothing, whoever writes meanwhile. Each step is to be stored with its state: a copy that was
    stopped anywhere goes on from the state that it has kept. A row may come again that is already there.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def candidates(self, state: Optional[SyncState] = None) -> Iterator[SyncStep[types.Candidate]]:
        """Deleted candidates are among the rows: their ``status`` is ``inactive``."""
        return _steps(self._resources.candidates.list, state or {}, status=["any"])

    def jobs(self, state: Optional[SyncState] = None) -> Iterator[SyncStep[types.Job]]:
        return _steps(self._resources.jobs.list, state or {})

    def submissions(self, state: Optional[SyncState] = None) -> Iterator[SyncStep[types.ExpandedSubmission]]:
        return _steps(self._resources.submissions.list, state or {})


def _steps(read: Callable[..., Listing[Any, Any]], state: SyncState, **all_rows: Any) -> Iterator[SyncStep[Any]]:
    updated_after = state.get("updated_after")
    start: Dict[str, Any] = {**all_rows, "updated_after": updated_after, "cursor": "", "per_page": 100}
    cursor = state.get("cursor")
    while True:
        # A cursor carries what its list was asked for with.
        asked = {"cursor": cursor, "per_page": 100} if cursor else start
        try:
            page = read(**asked).page()
        except BadRequestError as error:
            if not cursor or all(each["field"] != "cursor" for each in error.errors):
                raise
            # No longer known: from the beginning of this round.
            cursor = None
            continue
        cursor = page["meta"]["next_cursor"]
        reached = updated_after if cursor else page["meta"]["synced_until"]
        following: SyncState = {}
        if reached is not None:
            following["updated_after"] = reached
        if cursor:
            following["cursor"] = cursor
        yield SyncStep(page["data"], following)
        if not cursor:
            return
