"""Lists in pages: a cursor says after which row the next page begins."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request

from api.http.schemas import View
from models.errors import InvalidRequest

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=100, description="At most this many rows.")]
Cursor = Annotated[str | None, Query(max_length=128, description="`next_cursor` of the page before.")]


class Page(View, Generic[T]):
    """Some rows of a list; `next_cursor` leads to the following ones, null at the end."""

    items: list[T]
    next_cursor: str | None = None


def after(cursor: str | None) -> str | None:
    """The key of the last row of the page before. Raises InvalidRequest for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        key = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        key = ""
    if not key.isprintable() or not key:
        raise InvalidRequest("This cursor is not one we gave out.", field="cursor")
    return key


def cursor_to(key: str) -> str:
    """A cursor that leads past the row with this key."""
    return base64.urlsafe_b64encode(key.encode("ascii")).decode("ascii")


def older(request: Request, cursor: str | None) -> str | None:
    """The address of the next page of the list that is shown, relative to it; None where it ends."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"?{urlencode([*kept, ('cursor', cursor)])}"
