"""Lists of resources: filtered, one page at a time, with the attributes asked for."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from fastapi.responses import JSONResponse
from starlette.datastructures import URL, QueryParams

from demo.simulator.errors import InvalidRequestError
from demo.simulator.filters import Resource, filter_by, is_date, read_moment
from demo.simulator.items import Document

LONGEST_PAGE = 100
_CONTROLS = frozenset({"fields", "offset", "limit", "sort"})
_ALWAYS_SELECTED = ("id", "href")
_NUMBER = re.compile(r"[0-9]{1,9}")


def list_response(documents: Iterable[Document], url: URL, resource: Resource) -> JSONResponse:
    """One page, by default oldest first, with the counts and links to other pages as TMF headers.

    Raises:
        InvalidRequestError: a number is wrong, or the resource does not have an attribute to filter or sort by.
    """
    query = QueryParams(url.query)
    offset = _number(query, "offset", default=0, least=0)
    limit = min(_number(query, "limit", default=LONGEST_PAGE, least=1), LONGEST_PAGE)
    filters = [filter_by(name, query.getlist(name), resource) for name in query if name not in _CONTROLS]
    matching = [document for document in documents if all(matches(document) for matches in filters)]
    matching.sort(key=lambda document: str(document["id"]))  # ids grow with time
    for name, descending in reversed(_sort_keys(query.getlist("sort"), resource)):
        matching.sort(key=partial(_sort_value, name=name), reverse=descending)
    page = [select(document, query.get("fields")) for document in matching[offset : offset + limit]]
    headers = {"X-Total-Count": str(len(matching)), "X-Result-Count": str(len(page))}
    if len(page) < len(matching):
        headers["Link"] = _links(url, offset, limit, len(matching))
    return JSONResponse(page, headers=headers)


def select(document: Document, fields: str | None) -> Document:
    """Keep the first-level attributes named in `fields`, comma-separated, and always id and href."""
    if fields is None:
        return document
    wanted = {*_ALWAYS_SELECTED, *(field.strip() for field in fields.split(","))}
    return {name: value for name, value in document.items() if name in wanted}


def _sort_keys(texts: Iterable[str], resource: Resource) -> list[tuple[str, bool]]:
    """Attributes with whether each is descending: `-orderDate,state`. A space is a `+` that was not encoded."""
    keys = [(key.lstrip("+- "), key.startswith("-")) for text in texts for key in text.split(",")]
    if unknown := [name for name, _ in keys if name not in resource.plain]:
        raise InvalidRequestError(f"cannot sort by {unknown[0]}")
    return keys


def _sort_value(document: Document, *, name: str) -> tuple[bool, str | datetime]:
    """Documents without the attribute come first."""
    if name not in document:
        return False, ""
    text = str(document[name])
    return True, read_moment(text) if is_date(name) else text


def _links(url: URL, offset: int, limit: int, total: int) -> str:
    offsets = {"first": 0, "last": (total - 1) // limit * limit}
    if offset > 0:
        offsets["prev"] = max(0, min(offset, total) - limit)
    if offset + limit < total:
        offsets["next"] = offset + limit
    return ", ".join(
        f'<{url.include_query_params(offset=start, limit=limit)}>; rel="{name}"' for name, start in offsets.items()
    )


def _number(query: QueryParams, name: str, *, default: int, least: int) -> int:
    text = query.get(name, str(default))
    if not _NUMBER.fullmatch(text) or int(text) < least:
        raise InvalidRequestError(f"{name} must be a whole number of at least {least}")
    return int(text)
