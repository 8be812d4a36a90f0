from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from models.answer_type import AnswerType
from models.carrier_rule import RuleKind

_DAYS: AnswerType[int] = AnswerType(
    annotation=Annotated[int, Field(ge=1, le=365)], invalid="Enter a number of days from 1 to 365."
)

RECOVER_DAYS = RuleKind(
    code="recover_days",
    label="Days to reconnect a line",
    help="For how many days after a line is disconnected the carrier can reconnect it with its number.",
    type=_DAYS,
    units=MappingProxyType({"days": "days"}),
    words=lambda value, _: f"{value} days after the line is disconnected",
)
SIM_DAYS = RuleKind(
    code="sim_days",
    label="Days to use the SIM again",
    help="For how many days after a line is disconnected its SIM card can be used again.",
    type=_DAYS,
    units=MappingProxyType({"days": "days"}),
    words=lambda value, _: f"{value} days after the line is disconnected",
)
