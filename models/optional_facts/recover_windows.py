from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from models.optional_fact import OptionalFact

# Of the lines that the order names and that are disconnected, or were until it began to reconnect them, by line id: the
# last day on which the line can be reconnected; None if the carrier doesn't publish it.
RECOVER_WINDOWS: OptionalFact[Mapping[str, date | None]] = OptionalFact(
    code="recover_windows", empty=MappingProxyType({})
)
