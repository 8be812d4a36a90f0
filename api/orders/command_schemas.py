"""Request and response bodies of what people do with an order."""

from datetime import date
from typing import Literal

from pydantic import Field

from api.http.schemas import Moment, RequestModel, ResponseModel
from api.orders.schemas import Answers, LongText, Reason, Word


class CancelIn(RequestModel):
    """Why you cancel the order."""

    reason: Reason = Field(default="", examples=["Ordered by mistake."])


class InfoIn(RequestModel):
    """The answer to an approver or the carrier; `fields` are the answers that the carrier asks for, by code.

    A line's new number is accepted with `accept_new_number`, and refused with an `answer` that says why.
    """

    item: int | None = Field(
        default=None, ge=1, description="Number of the item whose new number this is about, if several have one."
    )
    answer: LongText = Field(default="", examples=["My old phone no longer charges."])
    fields: Answers = Field(default_factory=dict, max_length=20)


class CorrectIn(RequestModel):
    """The answers to correct, by code."""

    fields: Answers = Field(default_factory=dict, max_length=20, examples=[{"service_zip": "60601"}])


class WaitIn(RequestModel):
    """Why the order is to wait longer."""

    reason: Reason = Field(default="", examples=["We can wait until March."])


class ActivateIn(RequestModel):
    """The item to activate, with the answers to the `late` questions of its type that the carrier doesn't know yet."""

    item: int = Field(default=1, ge=1, description="Number of the item within the order.")
    answers: Answers = Field(default_factory=dict, max_length=20, examples=[{"imei": "490154203237518"}])


class ReceiptIn(RequestModel):
    """The item that has arrived."""

    item: int = Field(default=1, ge=1, description="Number of the item within the order.")


class ReassignIn(RequestModel):
    """The new approver. Leave out `from_id` to hand over your own request."""

    from_id: Word | None = None
    to_id: Word
    reason: Reason = ""


class RescheduleIn(RequestModel):
    """The new start date, or an exact time."""

    effective_at: Moment | date


class DecisionIn(RequestModel):
    """Approve, reject (with a reason), or ask the requester a question."""

    decision: Literal["approve", "reject", "request_info"]
    comment: Reason = Field(default="", examples=["Fine with me."])


class CommandResult(ResponseModel):
    """`done`, or `waiting` until the order's workflow has received the action.

    Read the order with this `seq` (`GET …?seq=`) to see it with the action applied.
    """

    order: str
    action: str
    action_id: str
    state: str
    status: str
    seq: int
