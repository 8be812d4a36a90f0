from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from models.optional_fact import OptionalFact


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """Someone who leaves, and until when they are there."""

    name: str
    last_day: date


# Of the lines that the order names: whose user leaves and has not said what becomes of the number, by line id.
UNDECIDED_NUMBERS: OptionalFact[Mapping[str, Leaver]] = OptionalFact(
    code="undecided_numbers", empty=MappingProxyType({})
)
