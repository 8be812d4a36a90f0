"""Filters of lists."""

from collections.abc import Container, Iterable

from models.errors import InvalidRequest


def check_known(field: str, codes: Iterable[str | None], known: Container[str]) -> None:
    """Raise InvalidRequest for a code that is none of the known ones: an empty list would look like an answer."""
    for code in codes:
        if code is not None and code not in known:
            raise InvalidRequest(f'No match for "{code}".', field=field)
