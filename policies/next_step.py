"""The next step of an order, for its page and the API."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from models import formatting
from models.lifecycle import WAITS_FOR, Party, Status
from models.questions import label_for
from policies.return_steps import RETURN_STEPS


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """`what` is a sentence. `who` acts next, None if the order has ended. `by` is when the step is due.

    `for_you` is true if it is the reader who acts next.
    """

    what: str
    who: str | None = None
    for_you: bool = False
    by: datetime | None = None


_TEXTS: Mapping[Status, str] = MappingProxyType(
    {
        Status.DRAFT: "Waiting for {requester} to submit",
        Status.VALIDATING: "Checking the order and its approvals",
        Status.AWAITING_APPROVAL: "Waiting for {approver} to approve",
        Status.INFO_REQUESTED: "Waiting for {requester} to answer {question}",
        Status.APPROVED: "Approved – preparing the order",
        Status.SCHEDULED: "Waiting for the start date",
        Status.ON_HOLD: "On hold until {other_order} finishes",
        Status.SUBMITTING: "Sending to {carrier}",
        Status.IN_FULFILLMENT: "{carrier} is processing the order",
        Status.VENDOR_INFO_REQUIRED: "{carrier} needs more information from {requester}{needs}",
        Status.BACKORDERED: "Backordered – waiting for stock at {carrier}",
        Status.SHIPPED: "On its way",
        Status.AWAITING_ACTIVATION: "Waiting for {beneficiary} to activate the {devices}",
        Status.CANCEL_REQUESTED: "Waiting for {carrier} to confirm the cancellation",
        Status.FAILED: "We hit a problem with this order. Our telecom team is on it – nothing you need to do.",
        Status.COMPLETED: "All done. {done}",
        Status.PARTIALLY_FULFILLED: "Partially completed. The rest was declined, canceled or returned.",
        Status.REJECTED: "Not approved.",
        Status.WITHDRAWN: "Canceled before approval.",
        Status.CANCELED: "Canceled.",
        Status.EXPIRED: "Expired – no decision by the due date.",
        Status.VENDOR_REJECTED: "{carrier} declined this order.",
    }
)
# For the person the order waits for.
_TEXTS_FOR_YOU: Mapping[Status, str] = MappingProxyType(
    {
        **_TEXTS,
        Status.INFO_REQUESTED: "Answer {question}",
        Status.VENDOR_INFO_REQUIRED: "{carrier} needs more information from you{needs}",
        Status.AWAITING_ACTIVATION: "Got your {devices}? Activate {each} to start service.",
    }
)
_DUE_WHEN_EXPECTED = frozenset({Status.IN_FULFILLMENT, Status.BACKORDERED, Status.SHIPPED})


def next_step(
    status: Status,
    *,
    requester: str,
    beneficiary: str,
    approvers: Sequence[str] = (),
    carrier: str | None = None,
    due_at: datetime | None = None,
    expected_at: datetime | None = None,
    details: Mapping[str, Any] = MappingProxyType({}),
    to_activate: int = 1,
    done: str = "",
    reader: Collection[str] = (),
) -> NextStep:
    """Describe the next step of an order in any status; people are names, times aware UTC.

    `details` is the data of the event that explains the status: a question, the fields the carrier needs, the order
    in progress, or a reason. `to_activate` is the number of items that wait for activation, `done` the result of a
    completed order. `reader` is what the reader is in the order: "requester", "beneficiary", both or neither.
    """
    people = {
        "requester": requester,
        "beneficiary": beneficiary,
        "approver": formatting.join_names(approvers or ["an approver"], "or"),
        "carrier": carrier or "the carrier",
        "operator": "our telecom team",
    }
    no_longer_allowed = status is Status.ON_HOLD and "reason" in details
    waits_for = Party.OPERATOR if no_longer_allowed else WAITS_FOR.get(status)
    text = (_TEXTS_FOR_YOU if waits_for in reader else _TEXTS)[status]
    if no_longer_allowed:
        text = "On hold until {operator} has this corrected: {reason}"
    elif (returns := RETURN_STEPS.get(details.get("next", ""))) is not None:
        waits_for = returns.who
        text = returns.for_you if returns.for_you and waits_for in reader else returns.text
    what = text.format(**people, **_words(details), **_device_words(to_activate), done=done)
    if status.final:
        reason = details.get("reason") or details.get("detail")
        return NextStep(what=_capitalized(f"{what} Reason: {reason}" if reason else what))
    return NextStep(
        what=_capitalized(what),
        who=_capitalized(people.get(waits_for or "", "Dialtone")),
        for_you=waits_for in reader,
        by=(expected_at or due_at) if status in _DUE_WHEN_EXPECTED else due_at,
    )


def _words(details: Mapping[str, Any]) -> dict[str, str]:
    question, number, needs = details.get("question"), details.get("by"), details.get("needs")
    return {
        "reason": details.get("reason") or "",
        "question": f"“{question}”" if question else "the question",
        "other_order": f"order {number}" if number else "another order for this line",
        "return_order": details.get("return_order") or "",
        "needs": f": {formatting.join_names(map(label_for, needs))}" if needs else "",
    }


def _device_words(count: int) -> dict[str, str]:
    return {"devices": "devices", "each": "each one"} if count > 1 else {"devices": "device", "each": "it"}


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
