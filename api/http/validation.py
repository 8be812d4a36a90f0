"""Readable sentences for pydantic's validation errors."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from models.address import NOT_A_ZIP
from models.errors import FieldError, InvalidRequest
from models.identifiers import NOT_A_PHONE_NUMBER

_LOCATIONS = frozenset({"body", "query", "path", "header"})
_WHOLE_NUMBER = "Enter a whole number."
# By pydantic's error type; all dates have one.
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "This field is required.",
        "extra_forbidden": "This field isn't supported. Remove it.",
        "string_too_long": "Use at most {max_length} characters.",
        "string_too_short": "Use at least {min_length} characters.",
        "too_long": "Use at most {max_length} entries.",
        "too_short": "Use at least {min_length} entries.",
        "literal_error": "Use {expected}.",
        "enum": "Use {expected}.",
        "int_parsing": _WHOLE_NUMBER,
        "int_type": _WHOLE_NUMBER,
        "int_from_float": _WHOLE_NUMBER,
        "greater_than_equal": "Enter {ge} or more.",
        "less_than_equal": "Enter {le} or less.",
        "json_invalid": "Send valid JSON.",
        "id": "Enter an ID or a code.",
        "one_line": "Use one line of plain text.",
        "search_text": "Enter letters or digits.",
        "phone_number": NOT_A_PHONE_NUMBER,
        "account_number": "Use letters, digits and hyphens.",
        "time_zone": "Enter a time zone, such as America/Chicago.",
        "zip_code": NOT_A_ZIP,
        "state": "Enter the two letters of a US state, such as IL.",
        "reference": "Enter an ID or a number.",
        "identifier": "Enter a complete {kinds}.",
        "days": "The end must be on or after the start.",
        "period": "The end must be after the start.",
        "email_address": "Enter an email address, such as name@company.com.",
        "date": "Enter a date, such as 2026-12-31.",
    }
)


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """The errors without the input they name: it may hold a secret."""
    return [
        FieldError(
            code=str(error["type"]).upper(),
            field=".".join(str(part) for part in error["loc"] if part not in _LOCATIONS) or None,
            detail=_sentence(error),
        )
        for error in errors
    ]


def errors_by_field(error: ValidationError | InvalidRequest) -> dict[str, str]:
    """A sentence for each field of a form."""
    if isinstance(error, ValidationError):
        found = field_errors(error.errors())
    else:
        found = [*error.errors] or [FieldError(code=error.code, field=error.field, detail=error.detail)]
    return {str(one.field or ""): one.detail for one in found}


def _sentence(error: Mapping[str, Any]) -> str:
    kind = "date" if error["type"].startswith("date") else error["type"]
    return _SENTENCES.get(kind, "Enter a valid value.").format_map(error.get("ctx", {}))
