"""When what happens after a person leaves, and what is ordered for the lines and devices they have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from models import formatting
from models.business_hours import add_business_days, business_day_before
from models.facts import Person, Policy, Role
from models.holder import Holder
from models.leave import LeaveStep
from models.leave_choice import LeaveChoice
from models.order_type import OrderType
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from models.questions.termination import DEVICE_GOES
from policies import deadlines
from policies.access import can_approve

_LEAVER = "LEAVER"


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """Access ends at `ends_at`. Lines without an answer are suspended and disconnected at the other two times."""

    reminders: tuple[datetime, ...]
    ends_at: datetime
    suspends_at: datetime
    disconnects_at: datetime

    def next_after(self, at: datetime) -> datetime | None:
        """The next time at which something happens; None if nothing does anymore."""
        times = (*self.reminders, self.ends_at, self.suspends_at, self.disconnects_at)
        return min((one for one in times if one > at), default=None)


def timetable(policy: Policy, last_day: date, ended_at: datetime | None) -> Timetable:
    """`ended_at` is when access has ended, if not at the end of the last day."""
    ends_at = ended_at or deadlines.day_ends_at(policy, last_day)
    days = [business_day_before(policy, last_day, days) for days in policy.leave_reminder_days]
    suspends_at = add_business_days(policy, ends_at, policy.leave_active_days)
    return Timetable(
        reminders=tuple(sorted(deadlines.opens_at(policy, day) for day in days)),
        ends_at=ends_at,
        suspends_at=suspends_at,
        disconnects_at=suspends_at + timedelta(days=policy.leave_suspended_days),
    )


@dataclass(frozen=True, kw_only=True)
class WantedOrder:
    """An order that a leave needs, and the step that it takes for the line or device."""

    step: LeaveStep
    type: OrderType
    answers: Mapping[str, Any]
    beneficiary: Holder | None = None


def chosen_for_line(
    order_types: Collection[OrderType],
    line_id: str,
    choice: LeaveChoice,
    *,
    to_id: str | None,
    of_device: LeaveChoice | None,
) -> WantedOrder | None:
    """The order that a choice for a line places. `of_device` is the choice for the device on it."""
    found = choice.order_type(order_types)
    if found is None:
        return None
    device = of_device.of_device.get(found.effect, {}) if of_device else {}
    return WantedOrder(
        step=LeaveStep.CHOSEN,
        type=replace(found, approval=choice.approval) if choice.approval else found,
        answers={
            code: value for code, value in {LINE.code: line_id, **choice.answers, **device}.items() if found.asks(code)
        },
        beneficiary=Holder.of(person_id=to_id) if found.changes_hands else None,
    )


def chosen_for_device(
    order_types: Collection[OrderType], device_id: str, choice: LeaveChoice, *, of_line: LeaveChoice | None
) -> WantedOrder | None:
    """The order that a choice for a device places; None if the order about its line says where the device goes."""
    found = choice.order_type(order_types)
    if found is None or (of_line and DEVICE_GOES.of(choice.of_device.get(of_line.effect or "", {}))):
        return None
    return WantedOrder(step=LeaveStep.CHOSEN, type=found, answers={DEVICE_HELD.code: device_id, **choice.answers})


# The answers of the order for a line that no one has decided about, by the effect of the type that does it.
_EFFECTS: Mapping[LeaveStep, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        LeaveStep.FEATURES: ("change_features", {}),
        LeaveStep.SUSPEND: ("suspend_line", {"suspend_reason": "separation"}),
        LeaveStep.DISCONNECT: (
            "terminate_line",
            {"end_reason": "left", "device_goes": "stock", "final_ack": True, "fee_ack": True},
        ),
    }
)


def by_default(
    order_types: Collection[OrderType], line_id: str, step: LeaveStep, answers: Mapping[str, Any] = MappingProxyType({})
) -> WantedOrder | None:
    """The order of a step for a line that no one has decided about; None if no type does it."""
    effect, known = _EFFECTS[step]
    found = next((one for one in order_types if one.effect == effect), None)
    if found is None:
        return None
    return WantedOrder(
        step=step, type=replace(found, approval=_LEAVER), answers={LINE.code: line_id, **known, **answers}
    )


# No one knows where the device is, nor whether it is signed out.
_HAND_IN: Mapping[str, Any] = MappingProxyType(
    {"return_cause": "leaver", "return_way": "stock", "condition": "working", "account_removed": False}
)


def return_by_default(order_types: Collection[OrderType], device_id: str) -> WantedOrder | None:
    """The order by which a device that no one has decided about goes to the telecom desk; None if no type does it."""
    found = next((one for one in order_types if one.returns), None)
    answers = {DEVICE_HELD.code: device_id, **_HAND_IN}
    return WantedOrder(step=LeaveStep.CHOSEN, type=found, answers=answers) if found else None


def why_no_successor(person: Person, leaver_id: str, *, last_day: date | None, leaves_on: date | None) -> str | None:
    """Why the person can't take over from someone after their last day, as a sentence; `leaves_on` is their own."""
    if person.id == leaver_id:
        return "Choose someone other than the person who leaves."
    if not person.active:
        return f"{person.name} isn't active."
    if Role.SERVICE in person.roles or not can_approve(person):
        return f"{person.name} can't approve orders."
    if last_day and person.starts_on and person.starts_on > last_day:
        return f"{person.name} starts only on {formatting.day(person.starts_on)}."
    if last_day and leaves_on and leaves_on <= last_day:
        return f"{person.name} leaves on {formatting.day(leaves_on)}."
    return None


def without_answer(policy: Policy) -> str:
    """What happens to lines and devices that no one decides about, for those who can."""
    return (
        "Without an answer, each device has to be handed in to the telecom desk after the last day, and roaming and "
        "paid features end. Each line stays active for "
        f"{policy.leave_active_days} business days, is then suspended, and is disconnected "
        f"{policy.leave_suspended_days} days later."
    )
