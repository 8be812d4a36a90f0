"""The next step of an order, for its page and the API."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from models import formatting
from models.lifecycle import OWN_STATUSES, WAITS_FOR, Party, Status
from models.questions import label_for
from policies.return_steps import return_step


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """`what` is a sentence. `who` acts next, None if the order has ended. `by` is when the step is due.

    `then` says what happens if it isn't done by then. `for_you` is true if it is the reader who acts next.
    """

    what: str
    who: str | None = None
    for_you: bool = False
    by: datetime | None = None
    then: str | None = None


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
        Status.IN_FULFILLMENT: "{processing}",
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
# What happens if the step isn't done in time.
_THEN: Mapping[Status, str] = MappingProxyType(
    {
        **dict.fromkeys(OWN_STATUSES, "If it takes more than half an hour, {operator} looks into it."),
        Status.AWAITING_APPROVAL: "We send reminders, and ask someone else if there's no decision. "
        "If no one decides, the order expires.",
        Status.INFO_REQUESTED: "Without an answer, the order expires.",
        Status.SCHEDULED: "The order then continues by itself.",
        Status.ON_HOLD: "If it takes longer, {operator} looks into it.",
        Status.IN_FULFILLMENT: "If it isn't done by then, we ask {carrier}, and {operator} follows up.",
        Status.VENDOR_INFO_REQUIRED: "We send reminders. Without an answer, we ask {carrier} to cancel the order.",
        Status.BACKORDERED: "We tell you where it stands, and ask {requester} to decide if it takes weeks.",
        Status.SHIPPED: "If it's late, we ask {beneficiary} whether it arrived.",
        Status.AWAITING_ACTIVATION: "We send reminders, and then {operator} asks.",
        Status.CANCEL_REQUESTED: "If {carrier} doesn't decide by then, {operator} asks.",
        Status.FAILED: "The order continues once it's fixed.",
    }
)


@dataclass(frozen=True, kw_only=True)
class _SpecialWait:
    """What an order in this status waits for instead, and what happens then; `for_you` is for who acts next."""

    who: Party
    what: str
    then: str
    for_you: str = ""


_NO_LONGER_ALLOWED = _SpecialWait(
    who=Party.OPERATOR,
    what="On hold until {operator} has this corrected: {reason}",
    then="Nothing is ordered until then.",
)
_WITH_OPERATOR = _SpecialWait(
    who=Party.OPERATOR,
    what="This takes longer than usual, and {operator} is on it",
    then="They find out how it continues, and the order shows it.",
)
_REFUSED = _SpecialWait(
    who=Party.REQUESTER,
    what="{carrier} declined the order. {requester} can correct it{needs}",
    for_you="{carrier} declined the order. You can correct it{needs}",
    then="Without a correction, the order ends as declined.",
)
_NEW_NUMBER = _SpecialWait(
    who=Party.BENEFICIARY,
    what="{carrier} couldn't recover the line's number. {beneficiary} has to accept the new one",
    for_you="{carrier} couldn't recover the line's number. Accept the new one",
    then="Without an answer, {operator} asks.",
)
_ANSWERED = _SpecialWait(
    who=Party.CARRIER,
    what="{carrier} has the answer and continues with the order",
    then="If it isn't done by then, we ask {carrier}, and {operator} follows up.",
)
_KEEP_WAITING = _SpecialWait(
    who=Party.REQUESTER,
    what="Backordered – waiting for {requester} to decide whether to keep waiting",
    for_you="Backordered – keep waiting, or cancel the order?",
    then="Without a decision, {operator} asks.",
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
    processing: str = "{carrier} is processing the order",
    done: str = "",
    reader: Collection[str] = (),
    with_operator: bool = False,
) -> NextStep:
    """Describe the next step of an order in any status; people are names, times aware UTC.

    `details` is the data of the event that explains the status: a question, the fields the carrier needs, the order
    in progress, or a reason; with the way in which a device goes back. `to_activate` is the number of items that wait
    for activation, `processing` what happens at the carrier, `done` the result of a completed order. `reader` is what
    the reader is in the order: "requester", "beneficiary", both or neither. `with_operator`: it has waited too long, so
    an operator has a task about it.
    """
    people = {
        "requester": requester,
        "beneficiary": beneficiary,
        "approver": formatting.join_names(approvers or ["an approver"], "or"),
        "carrier": carrier or "the carrier",
        "operator": "our telecom team",
    }
    wait = None if status.final else _special_wait(status, details, with_operator=with_operator)
    returns = None if wait else return_step(details)
    otherwise = (returns.then if returns else "") or _THEN.get(status, "")
    waits_for = wait.who if wait else WAITS_FOR.get(status)
    text = (_TEXTS_FOR_YOU if waits_for in reader else _TEXTS)[status]
    if wait is not None:
        text = (waits_for in reader and wait.for_you) or wait.what
    elif returns is not None:
        waits_for = returns.who
        text = returns.for_you if returns.for_you and waits_for in reader else returns.text
    then = (wait.then if wait else otherwise).format(**people | dict.fromkeys(reader, "you"))
    what = text.format(
        **people, **_words(details), **_device_words(to_activate), done=done, processing=processing.format(**people)
    )
    if status.final:
        reason = details.get("reason") or details.get("detail")
        return NextStep(what=formatting.capitalized(f"{what} Reason: {reason}" if reason else what))
    return NextStep(
        what=formatting.capitalized(what),
        who=formatting.capitalized(people.get(waits_for or "", "Dialtone")),
        for_you=waits_for in reader,
        by=_due(status, wait, details, due_at=due_at, expected_at=expected_at),
        then=formatting.capitalized(then) or None,
    )


def _special_wait(status: Status, details: Mapping[str, Any], *, with_operator: bool) -> _SpecialWait | None:
    """What the status alone doesn't say; `ends_at` is when someone must have decided."""
    if with_operator and status is not Status.FAILED:
        return _WITH_OPERATOR
    if status is Status.ON_HOLD and "reason" in details:
        return _NO_LONGER_ALLOWED
    if status is Status.VENDOR_INFO_REQUIRED and "new_number" in details:
        return _NEW_NUMBER
    if status is Status.VENDOR_INFO_REQUIRED and "answer" in details:
        return _ANSWERED
    decides = {Status.VENDOR_INFO_REQUIRED: _REFUSED, Status.BACKORDERED: _KEEP_WAITING}
    return decides.get(status) if "ends_at" in details else None


def _due(
    status: Status,
    wait: _SpecialWait | None,
    details: Mapping[str, Any],
    *,
    due_at: datetime | None,
    expected_at: datetime | None,
) -> datetime | None:
    """When what comes then happens: for a decision its end, not the next reminder."""
    if wait in {_REFUSED, _KEEP_WAITING, _NEW_NUMBER}:
        return datetime.fromisoformat(details["ends_at"])
    if wait is None and status is Status.VENDOR_INFO_REQUIRED and "answer_by" in details:
        return datetime.fromisoformat(details["answer_by"])
    return (expected_at or due_at) if status in _DUE_WHEN_EXPECTED and wait is None else due_at


def _words(details: Mapping[str, Any]) -> dict[str, str]:
    question, number, needs = details.get("question"), details.get("by"), details.get("needs")
    return {
        "reason": details.get("reason") or "",
        "question": f"“{question}”" if question else "the question",
        "other_order": formatting.lock_holder(number) if number else "another order for this line",
        "return_order": details.get("return_order") or "",
        "needs": f": {formatting.join_names(map(label_for, needs))}" if needs else "",
    }


def _device_words(count: int) -> dict[str, str]:
    return {"devices": "devices", "each": "each one"} if count > 1 else {"devices": "device", "each": "it"}
