from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from models.answer_type import AnswerType
from models.carrier_rule import RuleKind

FROM_SHIPPING, FROM_DELIVERY = "days_from_shipping", "days_from_delivery"
_UNITS = MappingProxyType({FROM_SHIPPING: "days from shipping", FROM_DELIVERY: "days from delivery"})

RETURN_DAYS = RuleKind(
    code="return_days",
    label="Days to return a device",
    help="For how many days the carrier takes back a device that isn't wanted.",
    type=AnswerType(annotation=Annotated[int, Field(ge=1, le=365)], invalid="Enter a number of days from 1 to 365."),
    units=_UNITS,
    words=lambda value, unit: f"{value} {_UNITS[unit or FROM_SHIPPING]}",
)
