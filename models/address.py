"""Postal addresses in the US."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from models.answer_type import AnswerType

ZIP = r"[0-9]{5}(?:-[0-9]{4})?"
NOT_A_ZIP = "Enter a 5- or 9-digit ZIP code."
_WORDS = {"line1": "street address", "postal_code": "ZIP code"}
PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b", re.IGNORECASE)


def _street(line: str) -> str:
    if PO_BOX.search(line):
        raise ValueError("We can't ship to a PO box. Enter a street address.")
    return line


_Text = Annotated[str, StringConstraints(max_length=100)]
_Filled = Annotated[_Text, Field(pattern=r"[^ \t\r\n]")]


class Address(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: _Filled
    line1: Annotated[_Filled, AfterValidator(_street), Field(json_schema_extra={"format": "street-address"})]
    line2: _Text = ""
    city: _Filled
    state: _Filled
    postal_code: Annotated[_Text, Field(pattern=f"^{ZIP}$")]
    country: _Text = "US"


FIELDS = tuple(Address.model_fields)


def _stored(address: Address) -> dict[str, str]:
    given = {name: value.strip() for name, value in address.model_dump().items()}
    return {**given, "country": given["country"] or "US"}


def _problem(error: ValidationError) -> str:
    """What is wrong with an address: first the fields that are missing or blank."""
    problems = [(str(one["loc"][0]), one) for one in error.errors() if one["loc"]]
    blank = [name for name, one in problems if one["type"] == "missing" or _is_blank(one["input"])]
    if blank:
        return f"The address is incomplete. Add: {', '.join(_WORDS.get(name, name) for name in blank)}."
    if [name for name, _ in problems] == ["postal_code"]:
        return NOT_A_ZIP
    return f"Enter an address with the fields {', '.join(FIELDS)}."


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
