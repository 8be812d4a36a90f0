"""What people search for: an identifier in any punctuation, or words."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from models import order_number
from models.identifiers import parse_eid, parse_iccid, parse_imei, parse_mdn

# Lengths and check digits tell them apart.
_PARSERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("order number", order_number.parse),
    ("IMEI", parse_imei),
    ("ICCID", parse_iccid),
    ("EID", parse_eid),
    ("phone number", parse_mdn),
)


@dataclass(frozen=True, kw_only=True)
class ParsedQuery:
    """An `identifier` in stored form if the text is one (`interpreted_as` says which), else `words`."""

    interpreted_as: str
    identifier: str | None = None
    words: str = ""


def parse_query(text: str) -> ParsedQuery:
    """Interpret the text as an identifier in any punctuation, or as words."""
    for kind, parse in _PARSERS:
        try:
            identifier = parse(text)
        except ValueError:
            continue
        if identifier is not None:
            return ParsedQuery(interpreted_as=kind, identifier=identifier)
    digits = re.sub(r"[\s().+/-]", "", text)
    return ParsedQuery(interpreted_as="words", words=digits if digits.isdigit() else " ".join(text.split()))
