from enum import StrEnum

from models.answer_type import one_of
from models.carrier_rule import RuleKind


class Earliest(StrEnum):
    """From when on a carrier counts a feature at the earliest."""

    TODAY = "today"
    CYCLE = "cycle"


class EndedBy(StrEnum):
    """Who ends a feature that has a last day."""

    CARRIER = "carrier"
    US = "us"


_EARLIEST = {Earliest.TODAY: "the day of the order", Earliest.CYCLE: "the first day of the billing cycle"}
_ENDED_BY = {EndedBy.CARRIER: "the carrier removes it", EndedBy.US: "we have it removed"}

EARLIEST_START = RuleKind(
    code="features_from",
    label="Earliest start of features",
    help="From which day on the carrier can count a feature that is added.",
    type=one_of(*Earliest, today="The day of the order", cycle="The first day of the billing cycle"),
    words=lambda value, _: _EARLIEST[Earliest(value)],
)
FEATURE_END = RuleKind(
    code="features_end",
    label="End of features",
    help="Whether the carrier removes a feature after its last day, if it is told that day.",
    type=one_of(*EndedBy, carrier="The carrier removes it", us="We have it removed"),
    words=lambda value, _: _ENDED_BY[EndedBy(value)],
)
