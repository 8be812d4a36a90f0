"""Cursor paging: a cursor names a list and the last row of its previous page."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request

from api.http.schemas import ResponseModel
from models.errors import InvalidRequest

T = TypeVar("T")

# Above this, people type a number, a name or an email address instead of choosing from a list.
MAX_OPTIONS = 60
# A ULID; a task has that of its order, and a number.
_ROW_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}(-[0-9]+)?")

Limit = Annotated[int, Query(ge=1, le=100, description="Maximum number of rows.")]
Cursor = Annotated[str | None, Query(max_length=128, description="`next_cursor` of the previous page.")]


class CursorPage(ResponseModel, Generic[T]):
    """Rows of a list; `next_cursor` leads to the rows after them and is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


def cut_page(views: Sequence[Any], limit: int, name: str) -> CursorPage[Any]:
    """The first `limit` views as a page of the list `name`.

    Query one row more than `limit`: it tells that another page follows.
    """
    shown = list(views[:limit])
    return CursorPage(items=shown, next_cursor=_encode_cursor(name, shown[-1].id) if len(views) > limit else None)


def decode_cursor(cursor: str | None, name: str) -> str | None:
    """The id of the last row of the previous page of the list `name`. Raises InvalidRequest for any other text."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        raise unknown_cursor() from None
    cursor_of, _, row_id = text.partition(":")
    if cursor_of != name or not _ROW_ID.fullmatch(row_id):
        raise unknown_cursor()
    return row_id


def unknown_cursor() -> InvalidRequest:
    return InvalidRequest("This cursor isn't valid. Use the `next_cursor` of a page.", field="cursor")


def _encode_cursor(name: str, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"{name}:{row_id}".encode("ascii")).decode("ascii")


def next_page_url(request: Request, cursor: str | None) -> str | None:
    """The relative URL of the next page of the list shown; None on the last page."""
    if cursor is None:
        return None
    params = [(name, value) for name, value in request.query_params.multi_items() if value and name != "cursor"]
    return f"?{urlencode([*params, ('cursor', cursor)])}"


def download_url(request: Request) -> str:
    """The relative URL of the whole list shown, with its filters, as a CSV file."""
    params = [(name, value) for name, value in request.query_params.multi_items() if value and name != "cursor"]
    name = request.url.path.rpartition("/")[2]
    return f"/{name}.csv" + (f"?{urlencode(params)}" if params else "")
