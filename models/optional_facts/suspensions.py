from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from models.optional_fact import OptionalFact
from models.timers import SuspensionPeriod


@dataclass(frozen=True, kw_only=True)
class RunningSuspension:
    """Who ordered the suspension of a line that is suspended now, and until when, if that is known."""

    requester_id: str
    resume_on: date | None = None


# When each line that the order names was suspended in the past year, by line id; other lines are left out.
SUSPENSIONS: OptionalFact[Mapping[str, tuple[SuspensionPeriod, ...]]] = OptionalFact(
    code="suspensions", empty=MappingProxyType({})
)
# By line id; lines that no order has suspended are left out.
RUNNING_SUSPENSIONS: OptionalFact[Mapping[str, RunningSuspension]] = OptionalFact(
    code="running_suspensions", empty=MappingProxyType({})
)
