"""What people search for: an identifier in any punctuation, a reference, or words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from models import order_number
from models.identifiers import parse_eid, parse_esn, parse_iccid, parse_mdn, parse_meid, read_imei

# Lengths tell them apart, but for phone numbers and ESNs of 11 digits.
_PARSERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("order number", order_number.parse),
    ("IMEI", read_imei),
    ("ICCID", parse_iccid),
    ("EID", parse_eid),
    ("phone number", parse_mdn),
    ("MEID", parse_meid),
    ("ESN", parse_esn),
)
# What stands before a number where it is copied from: "Order RHH-72F", "PO#4711", "Tracking number: 1Z 999".
_LABEL = re.compile(
    r"(purchase order|carrier order|order|po|p\.o\.|request|reference|ref|tracking|phone|line|account|fa|meid|esn"
    r"|serial)"
    r"(\s*(number|no\.?|num\.?|id))?(\s*[:#]+\s*|\s+#?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class SearchQuery:
    """What a text can mean.

    Attributes:
        readings: the text in stored form for each kind of identifier that it can be, by kind.
        words: otherwise, or beside an ESN, its words, each of which must occur.
        references: what the text can be as a number that others gave (a purchase order, a parcel).
    """

    readings: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def interpreted_as(self) -> str:
        return " or ".join([*self.readings, *(["words"] if self.words or not self.readings else [])])

    @property
    def identifiers(self) -> tuple[str, ...]:
        return tuple(self.readings.values())


ANYTHING = SearchQuery()


def parse_query(text: str) -> SearchQuery:
    """Interpret the text; one without letters and digits as ANYTHING."""
    words = searchable_words(text)
    if not words:
        return ANYTHING
    unlabeled = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    spellings = tuple(dict.fromkeys((text, unlabeled)))
    # A number also follows words that are no label: "UPS 1Z999AA10123456784".
    references = tuple(dict.fromkeys((*spellings, *(word for word in words[-1:] if re.search("[0-9]", word)))))
    for spelling in spellings:
        if readings := dict(_readings(spelling)):
            # An employee number can look like an ESN.
            also = words if readings.keys() == {"ESN"} else ()
            return SearchQuery(readings=readings, words=also, references=references)
    if number := order_number.find(text):
        return SearchQuery(readings={"order number": number}, references=references)
    digits = re.sub(r"[\s().+/-]", "", text)
    return SearchQuery(words=(digits,) if digits.isdigit() else words, references=references)


def _readings(text: str) -> Iterator[tuple[str, str]]:
    for kind, parse in _PARSERS:
        try:
            identifier = parse(text)
        except ValueError:
            continue
        if identifier is not None:
            yield kind, identifier


def searchable_words(text: str) -> tuple[str, ...]:
    """The words of a text that have a letter or digit."""
    return tuple(word for word in text.split() if any(map(str.isalnum, word)))
