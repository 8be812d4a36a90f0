"""The next step of an order whose goods go back, or are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from models.lifecycle import Party
from models.questions.returns import RETURN_WAY
from models.returns import ReturnWay


@dataclass(frozen=True, kw_only=True)
class ReturnStep:
    """A sentence, with another one for the person who acts next; `then` is what happens if it isn't done in time."""

    who: Party
    text: str
    for_you: str = ""
    then: str = ""


_CHARGED = "We send reminders. If it isn't on its way in time, its price is charged to the cost center."
# By `next` of the data of the event that says so.
_STEPS: Mapping[str, ReturnStep] = MappingProxyType(
    {
        "return": ReturnStep(who=Party.OTHER_ORDER, text="Return in progress – see order {return_order}"),
        "search": ReturnStep(who=Party.OTHER_ORDER, text="We're looking for the parcel – see order {return_order}"),
        "send": ReturnStep(
            who=Party.BENEFICIARY,
            text="Waiting for {beneficiary} to send the device back with the label",
            for_you="Send the device back with the label",
            then=_CHARGED,
        ),
        "pickup": ReturnStep(
            who=Party.CARRIER, text="Waiting for {carrier} to pick up the device from {beneficiary}", then=_CHARGED
        ),
        "bring": ReturnStep(
            who=Party.BENEFICIARY,
            text="Waiting for {beneficiary} to bring the device to the telecom desk",
            for_you="Bring the device to the telecom desk",
            then=_CHARGED,
        ),
        "way_back": ReturnStep(who=Party.CARRIER, text="On its way back to {carrier}"),
        "arrived": ReturnStep(who=Party.CARRIER, text="{carrier} has the device, and completes the return"),
        "trace": ReturnStep(
            who=Party.OPERATOR,
            text="Our telecom team is looking for the parcel",
            then="They find out where it is, and the order shows it.",
        ),
    }
)


def return_step(details: Mapping[str, Any]) -> ReturnStep | None:
    """The step by the data of the event, with the way in which a device goes back; None if the order continues."""
    step = details.get("next") or ""
    is_picked_up = step == "send" and RETURN_WAY.of(details) == ReturnWay.PICKUP
    return _STEPS.get("pickup" if is_picked_up else step)
