"""Devices that go back, or that never arrive."""

from dataclasses import replace
from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Action, Status
from models.returns import DeviceCondition, ReturnState
from models.task import TaskChoice, TaskKind
from models.task_choices import ASK_AGAIN, CANCEL_ORDER, KEEP_WAITING, ORDERED, WHAT_WAS_DONE, not_needed

_WAITING = frozenset({Status.IN_FULFILLMENT, Status.SHIPPED, Status.VENDOR_INFO_REQUIRED, Status.FAILED})
_ON_ITS_WAY = frozenset(
    {
        *(Status.IN_FULFILLMENT, Status.VENDOR_INFO_REQUIRED, Status.BACKORDERED),
        *(Status.SHIPPED, Status.AWAITING_ACTIVATION),
    }
)
_REFERENCES = MappingProxyType({"references": "Our reference at the carrier"})
_NOTE = "Anything to note?"


def _received(condition: DeviceCondition, label: str, becomes: str) -> TaskChoice:
    return TaskChoice(code=condition, label=label, help=becomes, asks=_NOTE, required=False, sends=Action.RECEIVE)


RETURN_TO_RECEIVE = TaskKind(
    code="return_to_receive",
    title="Device to receive",
    happened="{device} goes back to our own stock. Reported condition: {condition}.",
    todo="When you have it, check that it is erased and signed out, and choose its condition.",
    role=Role.DESK,
    due_hours=80,
    choices=(
        _received(DeviceCondition.WORKING, "Received, working", "It goes to stock."),
        _received(DeviceCondition.DAMAGED, "Received, damaged", "It goes to repair."),
        _received(DeviceCondition.BROKEN, "Received, broken", "It is retired."),
        _received(
            DeviceCondition.LOCKED,
            "Received, locked",
            "An Apple or Google account is still on it. It goes to repair, and IT gets a task.",
        ),
        replace(CANCEL_ORDER, help="The device stays with its user. Everyone on the order sees the reason."),
    ),
    while_status=_WAITING,
    holds_order=True,
)
_FOUND = TaskChoice(
    code=ReturnState.FOUND,
    label="Found or delivered",
    help="The order that it belongs to continues.",
    asks="Where is it? Add the case number.",
    sends=Action.RECEIVE,
)
_LOST = TaskChoice(
    code=ReturnState.LOST,
    label="Lost",
    help="The item ends as returned, and can be ordered again.",
    asks="Who confirmed it? Add the case number.",
    sends=Action.RECEIVE,
)
PARCEL_TO_TRACE = TaskKind(
    code="parcel_to_trace",
    title="Parcel to look for",
    happened="A delivery never arrived, and {carrier} doesn't look for it. Parcel: {parcel}.",
    todo="Ask the shipping company where it is.",
    role=Role.DESK,
    due_hours=16,
    choices=(_FOUND, _LOST),
    while_status=_WAITING,
    holds_order=True,
)
TRACE_UNANSWERED = TaskKind(
    code="trace_unanswered",
    title="Parcel not found yet",
    happened="{carrier} was asked to look for a parcel, and hasn't said where it is.",
    todo="Ask {carrier} or the shipping company where it is.",
    evidence=_REFERENCES,
    role=Role.DESK,
    due_hours=16,
    choices=(
        _FOUND,
        _LOST,
        ASK_AGAIN,
        replace(
            KEEP_WAITING,
            help="The carrier keeps looking. If it finds nothing, this task opens again.",
            asks="What did the carrier say?",
        ),
    ),
    while_status=_ON_ITS_WAY,
)
_RECEIVED_AFTER_ALL = TaskChoice(
    code=ReturnState.RECEIVED,
    label="Received after all",
    help="The return is complete, without a refund of the carrier.",
    asks="Who confirmed it? Add the case number.",
    sends=Action.RECEIVE,
)
_LOST_ON_ITS_WAY = replace(_LOST, help="The return is complete: the device counts as lost.")
RETURN_OVERDUE = TaskKind(
    code="return_overdue",
    title="Device not returned",
    happened="The device didn't come back in time, although we sent reminders. {amount} is charged to {cost_center}.",
    variants=MappingProxyType(
        {
            "again": "The device still isn't on its way, although someone said it would come back.",
            "unpriced": "The device didn't come back in time, although we sent reminders. No price is known for it, so "
            "nothing is charged.",
        }
    ),
    todo="Ask its user where it is. Have it sent back, or cancel the return if it won't come back.",
    role=Role.DESK,
    due_hours=40,
    choices=(
        replace(
            KEEP_WAITING,
            label="It will come back",
            help="The order keeps waiting for it. If it isn't on its way in a few days, you get this task again. "
            "It isn't charged again.",
            asks="Who sends it, and by when?",
        ),
        _RECEIVED_AFTER_ALL,
        replace(_LOST_ON_ITS_WAY, label="Can't be found"),
        replace(
            CANCEL_ORDER, help="Nothing is expected back. A charge stays, and everyone on the order sees the reason."
        ),
    ),
    while_status=_WAITING,
)
RETURN_STUCK = TaskKind(
    code="return_stuck",
    title="Return on its way too long",
    happened="The device was sent {days} days ago, and {carrier} hasn't received it.",
    variants=MappingProxyType(
        {
            "silent": "{carrier} has the device, and hasn't completed the return.",
            "declined": "The device was sent, and {carrier} has ended its return.",
        }
    ),
    todo="Ask {carrier} where it is.",
    evidence=_REFERENCES | {"detail": "Carrier's message"},
    role=Role.DESK,
    due_hours=16,
    choices=(
        _RECEIVED_AFTER_ALL,
        _LOST_ON_ITS_WAY,
        replace(
            KEEP_WAITING,
            help="The order waits for it anew. If it doesn't arrive, you get this task again.",
            asks="What did the carrier say?",
        ),
    ),
    while_status=_ON_ITS_WAY,
)
ACCOUNT_NOT_REMOVED = TaskKind(
    code="account_not_removed",
    title="Device to erase",
    happened="{device} goes back, but isn't erased and signed out. If it stays locked, {amount} is charged.",
    variants=MappingProxyType(
        {
            "unknown": "{device} goes back, and no one has said whether it is erased and signed out. If it stays "
            "locked, {amount} is charged.",
            "unpriced": "{device} goes back, and isn't known to be erased and signed out. No price is known for it, so "
            "nothing is charged if it stays locked.",
        }
    ),
    todo="Have its user sign out of the Apple or Google account, or remove the lock in device management.",
    role=Role.ADMIN,
    due_hours=16,
    choices=(
        TaskChoice(code="erased", label="Erased and signed out", help="It can be used again.", asks=WHAT_WAS_DONE),
        not_needed("It can't be done, or doesn't matter.", label="Not possible"),
    ),
)
DEVICE_LOCKED = TaskKind(
    code="device_locked",
    title="Returned device is locked",
    happened="{device} came back with an Apple or Google account still on it. Nothing is refunded for it.",
    todo="Remove the lock in device management.",
    role=Role.ADMIN,
    due_hours=16,
    choices=(
        TaskChoice(code="unlocked", label="Lock removed", help="It can be used again.", asks=WHAT_WAS_DONE),
        not_needed("The lock can't be removed.", label="Not possible"),
    ),
)
RETURN_NOT_OPENED = TaskKind(
    code="return_not_opened",
    title="Return to order",
    happened="The device of item {item} should go back, but its return could not be ordered: {reason}",
    todo="Order the return, or make sure that the device comes back.",
    role=Role.DESK,
    due_hours=16,
    choices=(ORDERED, not_needed("The device doesn't have to come back.")),
)
