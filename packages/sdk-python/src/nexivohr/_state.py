"""How far a copy is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, List, TypedDict, TypeVar

Row = TypeVar("Row")


class SyncState(TypedDict, total=False):
    """How far a copy is; keep it as it is. A new copy begins with ``{}``."""

    #: Changes later than this are yet to be read.
    updated_after: str
    #: Where in the list a copy is that was stopped on its way.
    cursor: str


@dataclass
class SyncStep(Generic[Row]):
    """Rows that were added or changed, and what to keep once they are stored."""

    rows: List[Row]
    state: SyncState
