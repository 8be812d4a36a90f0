from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from api.http.schemas import IdFilter, OneLine, RequestModel, ResponseModel
from models.suspension_reason import ANY_REASON

_CODE = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class CarrierRuleQuery(RequestModel):
    carrier: IdFilter | None = Field(default=None, description="Code of a carrier: only its rules.")
    what: IdFilter | None = Field(default=None, description="Code of a kind of rule, such as `recover_days`.")
    history: bool = Field(default=False, description="Also rules that are no longer, or not yet, in force.")


class CarrierRuleIn(RequestModel):
    """A rule of a carrier, and where it says so. It replaces the rule before it from the day `valid_from` on.

    Without `value` it says that the carrier doesn't publish it.
    """

    carrier: _CODE = Field(examples=["northwind"])
    what: _CODE = Field(description="Code of a kind of rule.", examples=["recover_days"])
    reasons: _CODE = Field(default=ANY_REASON.code, description="For rules about suspensions: for which reasons.")
    value: StrictInt | Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, examples=[30])
    unit: _CODE | None = Field(default=None, description="Default: the usual unit of this kind of rule.")
    note: Annotated[str, StringConstraints(max_length=300), OneLine] = ""
    source: Annotated[str, StringConstraints(min_length=3, max_length=200), OneLine] = Field(
        description="The page or contract that says so.", examples=["Northwind, business terms"]
    )
    source_url: Annotated[str, StringConstraints(max_length=500), OneLine] = Field(
        description="Its address.", examples=["https://northwind.example/business/terms"]
    )
    read_on: date = Field(description="The day on which it was read there.")
    valid_from: date | None = Field(default=None, description="Default: today.")


class CarrierRuleView(ResponseModel):
    """A rule of a carrier. `value` is null if the carrier doesn't publish it.

    `valid_from` is null for a rule that Dialtone came with, and so are `edited_by` and `edited_at`.
    """

    carrier: str
    what: str
    label: str
    reasons: str
    value: int | str | None
    unit: str | None
    words: str
    note: str
    source: str
    source_url: str | None
    read_on: date
    valid_from: date | None
    in_force: bool
    edited_by: str | None
    edited_at: datetime | None
