from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from models.answer_type import AnswerType, one_of
from models.carrier_rule import RuleKind


class CarrierEnding(StrEnum):
    """What a carrier does with a line that is suspended for as long as it allows."""

    RECONNECT = "reconnect"
    DISCONNECT = "disconnect"


_ENDING_WORDS = {
    CarrierEnding.RECONNECT: "the carrier resumes service",
    CarrierEnding.DISCONNECT: "the carrier disconnects the line",
}
_DAYS = MappingProxyType({"days": "days"})
_UP_TO_A_YEAR: AnswerType[int] = AnswerType(
    annotation=Annotated[int, Field(ge=1, le=365)], invalid="Enter a number of days from 1 to 365."
)

SUSPENSION_LENGTH = RuleKind(
    code="suspension_length",
    label="Longest suspension",
    help="How long the carrier keeps a line suspended without a break.",
    type=AnswerType(annotation=Annotated[int, Field(ge=1, le=999)], invalid="Enter a number from 1 to 999."),
    units=MappingProxyType({"days": "days", "months": "months"}),
    words=lambda value, unit: f"{value} {unit} in a row",
    by_reason=True,
)
SUSPENSION_DAYS_A_YEAR = RuleKind(
    code="suspension_days_a_year",
    label="Days of suspension a year",
    help="For how many days in any 12 months the carrier keeps a line suspended, all suspensions together.",
    type=_UP_TO_A_YEAR,
    units=_DAYS,
    words=lambda value, _: f"{value} days in any 12 months",
    by_reason=True,
)
SUSPENSIONS_A_YEAR = RuleKind(
    code="suspensions_a_year",
    label="Suspensions a year",
    help="How often in any 12 months the carrier suspends a line.",
    type=AnswerType(annotation=Annotated[int, Field(ge=1, le=99)], invalid="Enter a number from 1 to 99."),
    units=MappingProxyType({"times": "times"}),
    words=lambda value, _: "once in any 12 months" if value == 1 else f"{value} times in any 12 months",
    by_reason=True,
)
AT_LIMIT = RuleKind(
    code="at_limit",
    label="After the longest suspension",
    help="What the carrier does with a line that has been suspended for as long as it allows.",
    type=one_of(
        *CarrierEnding,
        reconnect="The carrier resumes service",
        disconnect="The carrier disconnects the line",
    ),
    words=lambda value, _: _ENDING_WORDS[CarrierEnding(value)],
    by_reason=True,
)
UNBILLED_DAYS = RuleKind(
    code="unbilled_days",
    label="Days without billing",
    help="For how many days of a suspension without billing the carrier charges nothing.",
    type=_UP_TO_A_YEAR,
    units=_DAYS,
    words=lambda value, _: f"{value} days",
    by_reason=True,
)
