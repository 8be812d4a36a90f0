"""What happens next with an order, who does it and by when, in plain sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from models.asks import label_for
from models.lifecycle import Status


@dataclass(frozen=True, kw_only=True)
class NextStepInput:
    """Where an order stands, as far as the outlook needs it. Names are shown as they are; times are aware UTC.

    `ships` says whether goods may come, `with_carrier` whether a carrier takes part, `done` what is so at the end.
    """

    status: Status
    requester: str
    beneficiary: str
    approvers: tuple[str, ...] = ()
    carrier: str | None = None
    due_at: datetime | None = None
    expected_at: datetime | None = None
    question: str | None = None
    needs: tuple[str, ...] = ()
    held_by: str | None = None
    reason: str | None = None
    ships: bool = True
    with_carrier: bool = True
    done: str = "Everything that was ordered is done."


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """`what` is a sentence; `who` acts (None: nobody); `by` is when it is due or happens by itself."""

    what: str
    who: str | None = None
    by: datetime | None = None


def next_step(scene: NextStepInput) -> NextStep:
    """The next thing to happen, for any status."""
    return _TELL[scene.status](scene)


def _names(names: tuple[str, ...], otherwise: str) -> str:
    if not names:
        return otherwise
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _carrier(scene: NextStepInput) -> str:
    return scene.carrier or "The carrier"


def _approval(scene: NextStepInput) -> NextStep:
    who = _names(scene.approvers, "An approver")
    return NextStep(what=f"{who} decides whether to approve the order.", who=who, by=scene.due_at)


def _question(scene: NextStepInput) -> NextStep:
    asked = f" “{scene.question}”" if scene.question else " a question"
    return NextStep(
        what=f"{scene.requester} answers{asked}; then the approver decides.",
        who=scene.requester,
        by=scene.due_at,
    )


def _held(scene: NextStepInput) -> NextStep:
    other = f"order {scene.held_by}" if scene.held_by else "another order"
    return NextStep(what=f"The order goes on by itself when {other} for the same line is done.", who="Dialtone")


def _carrier_question(scene: NextStepInput) -> NextStep:
    wanted = ", ".join(map(label_for, scene.needs)) or "what is missing"
    return NextStep(
        what=f"{scene.requester} tells {_carrier(scene)}: {wanted}.",
        who=scene.requester,
        by=scene.due_at,
    )


def _approved(scene: NextStepInput) -> NextStep:
    then = "prepares it for the carrier" if scene.with_carrier else "carries it out"
    return NextStep(what=f"The order is approved; Dialtone {then}.", who="Dialtone", by=scene.due_at)


def _completed(scene: NextStepInput) -> NextStep:
    return _ended(f"Nothing: the order is complete. {scene.done}")(scene)


def _fulfillment(scene: NextStepInput) -> NextStep:
    return NextStep(
        what=f"{_carrier(scene)} {'prepares' if scene.ships else 'carries out'} the order.",
        who=_carrier(scene),
        by=scene.expected_at,
    )


def _backorder(scene: NextStepInput) -> NextStep:
    until = "the date below" if scene.expected_at else "it has a date"
    return NextStep(
        what=f"{_carrier(scene)} is out of stock; the order waits until {until}.",
        who=_carrier(scene),
        by=scene.expected_at,
    )


def _delivery(scene: NextStepInput) -> NextStep:
    return NextStep(
        what=f"The parcel arrives; then {scene.beneficiary} activates the device.",
        who=_carrier(scene),
        by=scene.expected_at,
    )


def _activation(scene: NextStepInput) -> NextStep:
    return NextStep(
        what=f"{scene.beneficiary} says that the device has arrived; then its service starts.",
        who=scene.beneficiary,
        by=scene.due_at,
    )


def _canceling(scene: NextStepInput) -> NextStep:
    return NextStep(what=f"{_carrier(scene)} says whether the order can still be canceled.", who=_carrier(scene))


def _dialtone(what: str) -> Callable[[NextStepInput], NextStep]:
    return lambda scene: NextStep(what=what, who="Dialtone", by=scene.due_at)


def _ended(what: str) -> Callable[[NextStepInput], NextStep]:
    def tell(scene: NextStepInput) -> NextStep:
        return NextStep(what=f"{what} Reason: {scene.reason}" if scene.reason else what)

    return tell


def _operator(scene: NextStepInput) -> NextStep:
    return NextStep(
        what="A step failed and an operator looks into it; nothing that was reserved is lost.",
        who="Operator",
        by=scene.due_at,
    )


_TELL: Mapping[Status, Callable[[NextStepInput], NextStep]] = MappingProxyType(
    {
        Status.DRAFT: lambda scene: NextStep(what=f"{scene.requester} submits the order.", who=scene.requester),
        Status.VALIDATING: _dialtone("Dialtone checks the rules and finds out who approves."),
        Status.AWAITING_APPROVAL: _approval,
        Status.INFO_REQUESTED: _question,
        Status.APPROVED: _approved,
        Status.SCHEDULED: _dialtone("The order goes on by itself on the day it takes effect."),
        Status.ON_HOLD: _held,
        Status.SUBMITTING: _dialtone("Dialtone places the order with the carrier."),
        Status.IN_FULFILLMENT: _fulfillment,
        Status.VENDOR_INFO_REQUIRED: _carrier_question,
        Status.BACKORDERED: _backorder,
        Status.SHIPPED: _delivery,
        Status.AWAITING_ACTIVATION: _activation,
        Status.CANCEL_REQUESTED: _canceling,
        Status.FAILED: _operator,
        Status.COMPLETED: _completed,
        Status.PARTIALLY_FULFILLED: _ended("Nothing: a part of the order is complete, the rest has ended."),
        Status.REJECTED: _ended("Nothing: the order was not approved. It can be changed and sent as a new one."),
        Status.WITHDRAWN: _ended("Nothing: the order was withdrawn before it was approved."),
        Status.CANCELED: _ended("Nothing: the order was canceled."),
        Status.EXPIRED: _ended("Nothing: nobody decided in time. It can be sent again as a new order."),
        Status.VENDOR_REJECTED: _ended("Nothing: the carrier refused the order."),
    }
)
