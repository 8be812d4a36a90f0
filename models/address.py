"""Postal addresses in the US."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from models import formatting
from models.answer_type import AnswerType
from models.typed_text import FILLED_LINE, LINE_CHAR, one_line

ZIP = r"[0-9]{5}(?:-[0-9]{4})?"
NOT_A_ZIP = "Enter a 5- or 9-digit ZIP code."
PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b", re.IGNORECASE)


def _street(line: str) -> str:
    if PO_BOX.search(line):
        raise ValueError("Enter a street address, not a PO box.")
    return line


_Text = Annotated[str, StringConstraints(max_length=100, pattern=f"^{LINE_CHAR}*$")]
_Filled = Annotated[str, StringConstraints(max_length=100, pattern=f"^{FILLED_LINE}$")]


class Address(BaseModel):
    """Forms and errors name the fields by their titles; pydantic makes those that are not given."""

    model_config = ConfigDict(extra="forbid")

    name: _Filled
    line1: Annotated[
        _Filled,
        AfterValidator(_street),
        Field(title="Street address", json_schema_extra={"format": "street-address"}),
    ]
    line2: Annotated[_Text, Field(title="Apartment, suite, floor")] = ""
    city: _Filled
    state: _Filled
    postal_code: Annotated[str, StringConstraints(max_length=100, pattern=f"^{ZIP}$"), Field(title="ZIP code")]
    country: Annotated[str, StringConstraints(max_length=100, pattern="^(?:US)?$")] = "US"


FIELDS = tuple(Address.model_fields)


def _stored(address: Address) -> dict[str, str]:
    given = {name: one_line(value) for name, value in address.model_dump().items()}
    return {**given, "country": given["country"] or "US"}


def _problem(error: ValidationError) -> str:
    """What is wrong with an address: first the fields that are missing or blank, then those that are too long."""
    problems = [(str(one["loc"][0]), one) for one in error.errors() if one["loc"] and one["loc"][0] in FIELDS]
    blank = [name for name, one in problems if one["type"] == "missing" or _is_blank(one["input"])]
    if blank:
        return f"The address is incomplete. Add: {', '.join(map(_in_sentence, blank))}."
    too_long = [(name, one["ctx"]["max_length"]) for name, one in problems if one["type"] == "string_too_long"]
    for name, longest in too_long:
        return f"Use at most {longest} characters for the {_in_sentence(name)}."
    if [name for name, _ in problems] == ["postal_code"]:
        return NOT_A_ZIP
    if [name for name, _ in problems] == ["country"]:
        return "Enter an address in the US."
    for name, one in problems:
        if one["type"] == "string_pattern_mismatch" and name not in {"postal_code", "country"}:
            return f"Use one line of plain text for the {_in_sentence(name)}."
    return f"Enter an address with the fields {', '.join(FIELDS)}."


def _in_sentence(name: str) -> str:
    return formatting.in_sentence(street_address.schema["properties"][name]["title"])


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


street_address: AnswerType[dict[str, str]] = AnswerType(
    annotation=Annotated[Address, AfterValidator(_stored)], invalid=_problem
)


def in_one_line(address: Mapping[str, str]) -> str:
    """`Ann Lee, 200 West Adams Street, Chicago, IL, 60606`."""
    return ", ".join(address[name] for name in FIELDS if address.get(name) and name != "country")


def without_street(address: Mapping[str, str]) -> dict[str, str]:
    """What people see of an address without the right to personal data."""
    return {name: address[name] for name in ("city", "state", "country") if name in address}
