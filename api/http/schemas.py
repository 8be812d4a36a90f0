"""Base classes of all request and response bodies."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from models import email_address
from models.dates import in_utc
from models.errors import InvalidRequest
from models.formatting import join_names
from models.identifiers import parse_mdn
from models.search_query import parse_query, searchable_words
from models.typed_text import one_line, trimmed

# Without spaces at the ends; empty if nothing can be seen.
Trimmed = BeforeValidator(lambda value: trimmed(value) if isinstance(value, str) else value)


def _id_or_code(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,64}", text):
        raise PydanticCustomError("id", "not an ID or a code")
    return text


IdFilter = Annotated[str, AfterValidator(_id_or_code)]


def _reference(text: str) -> str:
    if not searchable_words(text):
        raise PydanticCustomError("reference", "no letter or digit")
    return text


# An id, or a number in any spelling.
ReferenceFilter = Annotated[str, StringConstraints(max_length=64), AfterValidator(_reference)]


def matching(pattern: str, error: str) -> AfterValidator:
    """A validator of whole texts; `error` names the sentence for others."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError(error, "not of this form")
        return text

    return AfterValidator(parse)


def identifier_of(*kinds: str) -> Callable[[str], str]:
    """A validator of filters: a complete identifier of one of these kinds, read as the search box reads it."""
    words = {"kinds": join_names(kinds, "or")}

    def parse(text: str) -> str:
        readings = parse_query(text).readings
        found = next((readings[kind] for kind in kinds if kind in readings), None)
        if found is None:
            raise PydanticCustomError("identifier", "no identifier of this list", words)
        return found

    return parse


IdentifierText = Annotated[str, StringConstraints(max_length=100)]


def _searchable(text: str) -> str:
    if trimmed(text) and not searchable_words(text):
        raise PydanticCustomError("search_text", "no letter or digit")
    return text


# Empty, or with at least one letter or digit.
SearchText = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(_searchable), Field(description="Any number or name.")
]


def _one_line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return one_line(value)
    except ValueError as error:
        raise PydanticCustomError("one_line", "not one line") from error


def _moment(value: datetime) -> datetime:
    try:
        return in_utc(value)
    except ValueError as error:
        raise PydanticCustomError("date_from_datetime_parsing", "not a moment that can be stored") from error


# A date with a time and an offset, as UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]


def _not_before_since(until: date | None, info: ValidationInfo) -> date | None:
    since = info.data.get("since")
    if until is not None and since is not None and until < since:
        raise PydanticCustomError("days", "ends before it starts")
    return until


def _after_since(until: datetime | None, info: ValidationInfo) -> datetime | None:
    since = info.data.get("since")
    if until is not None and since is not None and until <= since:
        raise PydanticCustomError("period", "ends before it starts, or at once")
    return until


# The last day, or the end, of a period that starts with the field `since`, which stands before it.
NotBeforeSince = AfterValidator(_not_before_since)
AfterSince = AfterValidator(_after_since)

# A name or label: trimmed as `Trimmed` does, and without line breaks and characters that nobody can see.
OneLine = BeforeValidator(_one_line)

# Far more than any request needs, and far less than Python can follow.
_MAX_LEVELS = 20


def _parse_email_address(text: str) -> str:
    try:
        return email_address.parse(text)
    except ValueError as error:
        raise PydanticCustomError("email_address", "not an email address") from error


EmailAddress = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=254),
    Trimmed,
    AfterValidator(_parse_email_address),
    Field(json_schema_extra={"format": "email"}),
]


def _parse_phone_number(text: str) -> str:
    try:
        return parse_mdn(text)
    except ValueError as error:
        raise PydanticCustomError("phone_number", "not a phone number") from error


# A US phone number in any format, as E.164.
PhoneNumber = Annotated[
    str,
    StringConstraints(max_length=32),
    Trimmed,
    AfterValidator(_parse_phone_number),
    Field(examples=["(312) 555-0142"]),
]


class RequestModel(BaseModel):
    """A request body: unknown fields are errors, and every text can be stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        # Not a ValueError: the text of the whole body is checked at once, so no field could be named.
        if not _is_storable(data, levels=_MAX_LEVELS):
            raise InvalidRequest(
                f"Nest at most {_MAX_LEVELS} levels. Text can't contain NUL characters or unpaired surrogates."
            )
        return data


class ResponseModel(BaseModel):
    """A response body; can be read from any object with attributes of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def _is_storable(data: Any, *, levels: int) -> bool:
    """Whether PostgreSQL can keep this JSON document, and code may follow its levels."""
    if isinstance(data, dict | list):
        inner = [*data, *data.values()] if isinstance(data, dict) else data
        return levels > 0 and all(_is_storable(value, levels=levels - 1) for value in inner)
    if isinstance(data, float):
        return data - data == 0  # neither NaN nor infinite
    return not isinstance(data, str) or not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in data)


def fingerprint(document: Any) -> str:
    """A hash of a JSON document that does not depend on the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
