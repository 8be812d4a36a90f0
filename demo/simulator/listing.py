"""Lists of resources: filters on first-level attributes, pages, and the attributes asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from demo.simulator.errors import InvalidRequestError
from demo.simulator.items import Document

LONGEST_PAGE = 100
CONTROLS = frozenset({"fields", "offset", "limit"})
ALWAYS = ("id", "href")
FILTERS = frozenset(
    {
        "@type",
        "cancellationDate",
        "cancellationReason",
        "category",
        "completionDate",
        "description",
        "effectiveCancellationDate",
        "expectedCompletionDate",
        "externalId",
        "href",
        "id",
        "notificationContact",
        "orderDate",
        "priority",
        "requestedCancellationDate",
        "requestedCompletionDate",
        "requestedStartDate",
        "state",
    }
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The resources of one page, and how many matched in all."""

    documents: Sequence[Document]
    total: int

    @property
    def headers(self) -> dict[str, str]:
        """Give the counts as TMF headers."""
        return {"X-Total-Count": str(self.total), "X-Result-Count": str(len(self.documents))}


def page(documents: Iterable[Document], query: QueryParams) -> Page:
    """Filter and cut a list.

    Raises:
        InvalidRequestError: a number is wrong, or no resource has the attribute filtered by.
    """
    offset = _number(query, "offset", default=0, least=0)
    limit = min(_number(query, "limit", default=LONGEST_PAGE, least=1), LONGEST_PAGE)
    matching = _matching(documents, query)
    shown = [select(document, query.get("fields")) for document in matching[offset : offset + limit]]
    return Page(documents=shown, total=len(matching))


def select(document: Document, fields: str | None) -> Document:
    """Keep the first-level attributes named by `fields`, comma-separated, and always id and href."""
    if fields is None:
        return document
    wanted = {*ALWAYS, *(field.strip() for field in fields.split(","))}
    return {name: value for name, value in document.items() if name in wanted}


def _matching(documents: Iterable[Document], query: QueryParams) -> list[Document]:
    wanted = {name: query.getlist(name) for name in query if name not in CONTROLS}
    if unknown := sorted(wanted.keys() - FILTERS):
        raise InvalidRequestError(f"cannot filter by {', '.join(unknown)}")
    return [document for document in documents if all(document.get(name) in values for name, values in wanted.items())]


def _number(query: QueryParams, name: str, *, default: int, least: int) -> int:
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise InvalidRequestError(f"{name} must be a whole number of at least {least}")
    return int(text)
