"""Readable sentences for pydantic's validation errors."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.errors import FieldError

_LOCATIONS = frozenset({"body", "query", "path", "header"})


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """The errors without the input they name: it may hold a secret."""
    return [
        FieldError(code=str(error["type"]).upper(), field=_path(error["loc"]), detail=_sentence(error))
        for error in errors
    ]


def _path(location: tuple[int | str, ...]) -> str | None:
    return ".".join(str(part) for part in location if part not in _LOCATIONS) or None


def _sentence(error: Mapping[str, Any]) -> str:
    kind, limits = str(error["type"]), error.get("ctx", {})
    if kind == "missing":
        return "This field is required."
    if kind == "string_too_long":
        return f"Use at most {limits['max_length']} characters."
    if kind == "string_too_short":
        return f"Use at least {limits['min_length']} characters."
    if kind == "extra_forbidden":
        return "This field isn't supported. Remove it."
    if kind.startswith("date"):
        return "Enter a date, such as 2026-12-31."
    return f"{str(error['msg']).removesuffix('.')}."
