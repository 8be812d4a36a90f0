"""Cursor paging: a cursor names the last row of the previous page."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request

from api.http.schemas import ResponseModel
from models.errors import InvalidRequest

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=100, description="Maximum number of rows.")]
Cursor = Annotated[str | None, Query(max_length=128, description="`next_cursor` of the previous page.")]


class CursorPage(ResponseModel, Generic[T]):
    """Rows of a list; `next_cursor` leads to the rows after them and is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


def cut_page(views: Sequence[Any], limit: int) -> CursorPage[Any]:
    """The first `limit` views as a page. Query one row more than `limit`: it tells that another page follows."""
    shown = list(views[:limit])
    return CursorPage(items=shown, next_cursor=_encode_cursor(shown[-1].id) if len(views) > limit else None)


def decode_cursor(cursor: str | None) -> str | None:
    """The key of the last row of the previous page. Raises InvalidRequest for a cursor we didn't issue."""
    if cursor is None:
        return None
    try:
        key = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        key = ""
    if not key.isprintable() or not key:
        raise InvalidRequest("This cursor isn't valid. Use the `next_cursor` of a page.", field="cursor")
    return key


def _encode_cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode("ascii")).decode("ascii")


def next_page_url(request: Request, cursor: str | None) -> str | None:
    """The relative URL of the next page of the list shown; None on the last page."""
    if cursor is None:
        return None
    params = [(name, value) for name, value in request.query_params.multi_items() if value and name != "cursor"]
    return f"?{urlencode([*params, ('cursor', cursor)])}"
