"""Lists of the API."""

from __future__ import annotations

from typing import Any, AsyncIterator, Awaitable, Callable, Generic, List, Mapping, Optional, TypeVar

from .._core import Answer, search

Item = TypeVar("Item")
Page = TypeVar("Page")
_GREATEST_PAGE = 100


class AsyncListing(Generic[Item, Page]):
    """
    A list of the API. Iterating reads all of it, page by page, by cursor where the list has one: what exists throughout is shown exactly
    once, whatever is written meanwhile. Nothing is asked for before it is read.
    """

    def __init__(
        self, read: Callable[[str, Optional[Answer]], Awaitable[Any]], query: Mapping[str, Any], is_by_cursor: bool
    ) -> None:
        self._read = read
        self._query = {name: value for name, value in query.items() if value is not None}
        self._is_by_cursor = is_by_cursor and "page" not in self._query

    async def page(self, *, answer: Optional[Answer] = None) -> Page:
        """The one page that was asked for, with its ``meta``: the first by number, unless told."""
        page: Page = await self._read(search(self._query), answer)
        return page

    def pages(self) -> AsyncIterator[Page]:
        """All pages, from the one that was asked for on."""
        return self._pages(_GREATEST_PAGE)

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for page in self._pages(_GREATEST_PAGE):
            for item in page["data"]:
                yield item

    async def to_list(self, *, limit: int) -> List[Item]:
        """At most so many rows."""
        rows: List[Item] = []
        if limit > 0:
            async for page in self._pages(min(limit, _GREATEST_PAGE)):
                rows.extend(page["data"])
                if len(rows) >= limit:
                    break
        return rows[:limit]

    async def _pages(self, per_page: int) -> AsyncIterator[Any]:
        start = {"cursor": ""} if self._is_by_cursor else {}
        asked = search({"per_page": per_page, **start, **self._query})
        while True:
            page = await self._read(asked, None)
            yield page
            following = page["links"]["next"]
            if following is None:
                return
            # Whatever host the link names: the token is for this one.
            asked = following[following.index("?") :]
