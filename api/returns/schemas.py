"""What people say about goods of an order that go back, or that never arrived."""

from typing import Any

from pydantic import Field

from api.http.schemas import RequestModel
from api.orders.schemas import Answers, Reason


class StartReturnIn(RequestModel):
    """The item that goes back, with the answers to the questions of the order that returns it."""

    item: int = Field(default=1, ge=1, description="Number of the item within the order.")
    answers: Answers = Field(
        default_factory=dict,
        max_length=20,
        examples=[{"condition": "working", "account_removed": True, "return_way": "label"}],
    )
    reason: Reason | None = None


class NotReceivedIn(RequestModel):
    """The item that never arrived."""

    item: int = Field(default=1, ge=1, description="Number of the item within the order.")
    reason: Reason | None = None

    @property
    def answers(self) -> dict[str, Any]:
        return {}
