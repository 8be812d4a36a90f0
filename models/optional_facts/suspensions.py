from collections.abc import Mapping
from types import MappingProxyType

from models.optional_fact import OptionalFact
from models.timers import SuspensionPeriod

# When each line that the order names was suspended in the past year, by line id; other lines are left out.
SUSPENSIONS: OptionalFact[Mapping[str, tuple[SuspensionPeriod, ...]]] = OptionalFact(
    code="suspensions", empty=MappingProxyType({})
)
