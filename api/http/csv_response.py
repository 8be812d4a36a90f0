"""Responses that are CSV files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.http.headers import PRIVATE
from api.http.paging import CursorPage
from models import csv_file

T = TypeVar("T")
Q = TypeVar("Q", bound=BaseModel)
# The columns of a file by name, each with what it has of a row of the list.
Columns = Mapping[str, Callable[[T], Any]]
# By this mark Excel reads the file as UTF-8.
_MARK = "\ufeff"
_PAGE = 100


def csv_response(lines: Iterable[str], file_name: str) -> StreamingResponse:
    """A download."""
    return _download(_each(lines), file_name)


async def csv_of_list(
    list_page: Callable[[Q], Awaitable[CursorPage[T]]], query: Q, columns: Columns[T], file_name: str
) -> StreamingResponse:
    """A download of a list from its first page to its last, each read when the earlier ones are sent."""
    query = query.model_copy(update={"cursor": None, "limit": _PAGE})
    return _download(_all_pages(list_page, query, await list_page(query), columns), file_name)


async def _all_pages(
    list_page: Callable[[Q], Awaitable[CursorPage[T]]], query: Q, page: CursorPage[T], columns: Columns[T]
) -> AsyncIterator[str]:
    for line in csv_file.write([tuple(columns)]):
        yield line
    while True:
        for line in csv_file.write([[_cell(of(item)) for of in columns.values()] for item in page.items]):
            yield line
        if page.next_cursor is None:
            return
        page = await list_page(query.model_copy(update={"cursor": page.next_cursor}))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _download(lines: AsyncIterator[str], file_name: str) -> StreamingResponse:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{file_name}"'}
    return StreamingResponse(_marked(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def _marked(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    yield _MARK
    async for line in lines:
        yield line


async def _each(lines: Iterable[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line
