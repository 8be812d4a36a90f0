"""What people send about orders."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from api.http.schemas import Body
from models.order import Urgency

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Answers = dict[Annotated[str, StringConstraints(max_length=64)], Any]

EXAMPLE_ORDER: dict[str, Any] = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}


class Contact(Body):
    """How the carrier or the desk reaches somebody about this order."""

    phone: str | None = Field(default=None, max_length=32)
    extension: str | None = Field(default=None, max_length=10)
    email: str | None = Field(default=None, max_length=254)


class OrderIn(Body):
    """An order to be placed.

    `answers` hold for all items; each entry of `items` is one line's worth of the order and holds what differs.
    Whatever is not answered comes from the employee, the line, the catalog or the policy where the type says so.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ORDER]})

    type: Word = Field(description="Code of an order type.", examples=["NEW_SERVICE_DEVICE"])
    beneficiary_id: Word | None = Field(
        default=None, description="For whom; the line's holder, or yourself, when left out."
    )
    account_id: Word | None = Field(
        default=None, description="Charged account; the line's, or the beneficiary's, when left out."
    )
    answers: Answers = Field(default_factory=dict, max_length=64)
    items: list[Answers] = Field(default=[{}], min_length=1, max_length=1000)
    effective_on: date | None = Field(default=None, description="When it takes effect; as soon as possible.")
    urgency: Urgency = Urgency.NORMAL
    cost_center_one_time: Word | None = None
    cost_center_recurring: Word | None = None
    po_number: Word | None = None
    external_number: Word | None = Field(default=None, description="Your own number for this order.")
    reason: Reason | None = None
    instructions: Text | None = None
    contact: Contact = Contact()
    watchers: list[Word] = Field(default_factory=list, max_length=20, description="Ids of people to keep informed.")


class CancelIn(Body):
    """Why the order should end."""

    reason: Reason = Field(default="", examples=["Ordered by mistake."])


class InfoIn(Body):
    """The answer to an approver's question, or what the carrier lacks; `fields` corrects answers of the order."""

    answer: Text = Field(default="", examples=["My old phone no longer charges."])
    fields: Answers = Field(default_factory=dict, max_length=20)


class ActivateIn(Body):
    """Which device and SIM the person holds; leave out what the carrier already knows."""

    item: int = Field(default=1, ge=1, le=10, description="Number of the item within the order.")
    imei: Any | None = Field(default=None, examples=["490154203237518"])
    iccid: Any | None = Field(default=None, examples=["89014103211118510720"])
    eid: Any | None = None


class ReassignIn(Body):
    """Somebody else decides. `from_id` may be left out by the one who hands over their own request."""

    from_id: Word | None = None
    to_id: Word
    reason: Reason = ""


class RescheduleIn(Body):
    """When the order takes effect instead: a day, or a moment."""

    effective_at: AwareDatetime | date


class RetryIn(Body):
    """Try the failed step again; `evidence` says what was mended."""

    evidence: Reason = ""


class CompleteIn(Body):
    """The carrier's part was done by hand; `evidence` says what was done and where it can be looked up."""

    evidence: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]


class DecisionIn(Body):
    """Approve, reject (with a reason), or ask the requester something."""

    decision: Literal["approve", "reject", "request_info"]
    comment: Reason = Field(default="", examples=["Fine with me."])
