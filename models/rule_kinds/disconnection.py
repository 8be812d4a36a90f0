from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from models.answer_type import AnswerType
from models.carrier_rule import CarrierRules, RuleKind
from models.formatting import day

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


def last_day(disconnected_on: date, recover_days: int) -> date:
    """The last day on which the number of a line can be recovered that was disconnected on this day."""
    return disconnected_on + timedelta(days=recover_days)


def published_last_day(rules: CarrierRules, disconnected_on: date | None) -> date | None:
    """The last day on which a line can be recovered; None if the carrier doesn't publish it."""
    days = rules.value(RECOVER_DAYS)
    return last_day(disconnected_on, int(days)) if days is not None and disconnected_on is not None else None


def undo_sentence(last: date | None, *, if_ends_on: date | None = None) -> str:
    """Until when the end of a line can be undone. `if_ends_on`: that its service ends on this day isn't certain yet."""
    if last is None:
        return "Not for certain. The carrier doesn't say how long it keeps the number."
    condition = f", if service ends on {day(if_ends_on)}" if if_ends_on else ""
    return f"Until {day(last)}{condition}. After that, the number is lost."
