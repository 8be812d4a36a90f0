"""Responses that are CSV files."""

from collections.abc import AsyncIterable, Iterable

from fastapi.responses import StreamingResponse

from api.http.headers import PRIVATE

# By this mark Excel reads the file as UTF-8.
_MARK = "\ufeff"


def csv_response(lines: Iterable[str] | AsyncIterable[str], file_name: str) -> StreamingResponse:
    """A download, sent line by line."""
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{file_name}"'}
    return StreamingResponse(_marked(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def _marked(lines: Iterable[str] | AsyncIterable[str]) -> AsyncIterable[str]:
    yield _MARK
    if isinstance(lines, AsyncIterable):
        async for line in lines:
            yield line
    else:
        for line in lines:
            yield line
