# Made of the module of this name in `_async` by `npm run openapi`; change that.
"""The feed of events."""

from __future__ import annotations

import time
from typing import Iterator, Optional, Sequence

from .. import types
from ._resources import Events


class EventFeed(Events):
    def follow(
        self,
        *,
        after: Optional[str] = None,
        since: Optional[str] = None,
        type: Optional[Sequence[types.EventType]] = None,
        poll: float = 2.0,
    ) -> Iterator[types.WebhookEvent]:
        """
        All events, those to come included, without end: in the order in which they were recorded, and so those of one object in the
        order of its versions. To go on after a stop keep the id of the last event that was dealt with, and hand it in as ``after``.

        :param since: a time to begin at, where there is no ``after``; without either from the oldest event that is kept
        :param poll: how many seconds to wait where there is nothing new
        :raises GoneError: ``event_expired`` for an ``after`` that is no longer kept
        """
        place = after
        while True:
            begin = since if place is None else None
            page = self.list(after=place, since=begin, type=type, per_page=100).page()
            for event in page["data"]:
                yield event
            place = page["meta"]["next_after"] or place
            if not page["meta"]["has_more"]:
                time.sleep(poll)
