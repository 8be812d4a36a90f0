from typing import Any

from pydantic import Field

from api.http.schemas import RequestModel, ResponseModel
from models.order_type import Cause


class AgainIn(RequestModel):
    """You have at most one draft of each order type."""

    replace_draft: bool = Field(default=False, description="Replace the draft of the same type that you have, if any.")


class LeftOut(ResponseModel):
    """What the new order doesn't take over from the earlier one, and why; `field` is its path in the order."""

    field: str
    detail: str


class OrderAgainView(ResponseModel):
    """The draft of a new order: `order` is its body so far, `continue_at` the page to fill in the rest."""

    type: str
    order: dict[str, Any]
    left_out: list[LeftOut]
    continue_at: str


class NextOrder(ResponseModel):
    """An order that you can place after this one, and its form. `label` is what a button says."""

    cause: Cause
    type: str
    label: str
    url: str
