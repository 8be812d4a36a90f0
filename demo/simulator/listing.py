"""Lists of resources: what matches the filters, one page of it, and the attributes asked for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from starlette.datastructures import URL, QueryParams

from demo.simulator.errors import InvalidRequestError
from demo.simulator.filters import Resource, filter_by
from demo.simulator.items import Document

LONGEST_PAGE = 100
CONTROLS = frozenset({"fields", "offset", "limit"})
ALWAYS = ("id", "href")
NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, kw_only=True)
class Page:
    """The resources from `offset` on, at most `limit` of the `total` that match; `url` is where they were found."""

    documents: Sequence[Document]
    total: int
    offset: int
    limit: int
    url: URL

    @property
    def headers(self) -> dict[str, str]:
        """Give the counts as TMF headers, and where the other pages are if there are any."""
        counts = {"X-Total-Count": str(self.total), "X-Result-Count": str(len(self.documents))}
        if len(self.documents) == self.total:
            return counts
        links = (f'<{self._at(offset)}>; rel="{relation}"' for relation, offset in self._pages())
        return counts | {"Link": ", ".join(links)}

    def _at(self, offset: int) -> URL:
        return self.url.include_query_params(offset=offset, limit=self.limit)

    def _pages(self) -> Iterator[tuple[str, int]]:
        yield "first", 0
        if self.offset > 0:
            yield "prev", max(0, min(self.offset, self.total) - self.limit)
        if self.offset + self.limit < self.total:
            yield "next", self.offset + self.limit
        yield "last", (self.total - 1) // self.limit * self.limit


def page(documents: Iterable[Document], url: URL, resource: Resource) -> Page:
    """Filter a list and cut a page of it, the oldest first: ids grow with time.

    Raises:
        InvalidRequestError: a number is wrong, or no resource has the attribute filtered by.
    """
    query = QueryParams(url.query)
    offset = _number(query, "offset", default=0, least=0)
    limit = min(_number(query, "limit", default=LONGEST_PAGE, least=1), LONGEST_PAGE)
    filters = [filter_by(name, query.getlist(name), resource) for name in query if name not in CONTROLS]
    matching = [document for document in documents if all(matches(document) for matches in filters)]
    matching.sort(key=lambda document: str(document["id"]))
    shown = [select(document, query.get("fields")) for document in matching[offset : offset + limit]]
    return Page(documents=shown, total=len(matching), offset=offset, limit=limit, url=url)


def select(document: Document, fields: str | None) -> Document:
    """Keep the first-level attributes named by `fields`, comma-separated, and always id and href."""
    if fields is None:
        return document
    wanted = {*ALWAYS, *(field.strip() for field in fields.split(","))}
    return {name: value for name, value in document.items() if name in wanted}


def _number(query: QueryParams, name: str, *, default: int, least: int) -> int:
    text = query.get(name, str(default))
    if not NUMBER.fullmatch(text) or int(text) < least:
        raise InvalidRequestError(f"{name} must be a whole number of at least {least}")
    return int(text)
