"""An order's history as people read it: one sentence for each thing that happened."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from api.orders.listing import TimelineEntry
from models.lifecycle import Event
from notifications import formatting

TITLES: Mapping[Event, str] = MappingProxyType(
    {
        Event.RECEIVED: "Order placed",
        Event.APPROVAL_NEEDED: "Asked for approval",
        Event.REMINDER: "Reminded of the decision",
        Event.ESCALATED: "Somebody higher up was asked as well",
        Event.INFO_REQUESTED: "A question was asked",
        Event.INFO_PROVIDED: "The question was answered",
        Event.APPROVED_BY: "Approved",
        Event.APPROVED: "Approval complete",
        Event.REJECTED: "Rejected",
        Event.EXPIRED: "Expired: nobody decided in time",
        Event.REASSIGNED: "The decision was handed to somebody else",
        Event.SCHEDULED: "Waits for the day it takes effect",
        Event.HELD: "Waits for another order for the same line",
        Event.RESERVED: "Reserved what is needed",
        Event.WITHDRAWN: "Withdrawn",
        Event.CANCEL_REQUESTED: "The carrier was asked to cancel",
        Event.CANCEL_DECLINED: "The carrier goes on: it was too late to cancel",
        Event.CANCELED: "Canceled",
        Event.SUBMITTING: "Sent to the carrier",
        Event.PLACED: "The carrier has the order",
        Event.PROGRESS: "The order went on",
        Event.VENDOR_INFO_REQUIRED: "The carrier needs something",
        Event.BACKORDERED: "Out of stock at the carrier",
        Event.SHIPPED: "Shipped",
        Event.ACTIVATION_NEEDED: "Ready to be activated",
        Event.ACTIVATION_SENT: "Activation sent to the carrier",
        Event.ITEM_DONE: "One item is complete",
        Event.COMPLETED: "Complete",
        Event.PARTIALLY_FULFILLED: "Complete in part",
        Event.VENDOR_REJECTED: "Refused by the carrier",
        Event.FAILED: "A step failed",
        Event.RETRIED: "The step is tried again",
        Event.COMPLETED_MANUALLY: "The carrier's part was done by hand",
        Event.SUSPENSION_ENDING: "The suspension ends soon",
        Event.RESUME_REQUESTED: "The carrier was asked to resume the line",
        Event.RESUME_FAILED: "The line could not be resumed",
        Event.LINE_RESUMED: "The line is back in service",
        Event.LINE_DISCONNECTED: "The line was disconnected",
        Event.MESSAGE_REFUSED: "A message came too late to count",
    }
)
_CHANNELS: Mapping[str, str] = MappingProxyType({"email_link": "by e-mail link", "signal": "by another system"})
_TROUBLE = frozenset({Event.FAILED, Event.REJECTED, Event.VENDOR_REJECTED, Event.EXPIRED, Event.RESUME_FAILED})
_SAID = ("reason", "question", "answer", "comment", "detail", "evidence", "why")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the story; `said` are the words of whoever acted, `about` which items it concerns."""

    at: datetime
    title: str
    who: str
    trouble: bool
    said: str = ""
    about: str = ""


def story(entries: Iterable[TimelineEntry], items: Mapping[str, int]) -> list[Line]:
    """The history, oldest first; what happens to one item after the other is told once.

    `items` are the numbers of the items by id, where there are several.
    """
    told = ((_line(entry), items.get(str(entry.details.get("item_id")))) for entry in entries)
    return [_together([*run]) for _, run in groupby(told, key=_alike)]


def _alike(told: tuple[Line, int | None]) -> Hashable:
    line, number = told
    return (line.title, line.who, line.said) if number is not None else line


def _together(run: list[tuple[Line, int | None]]) -> Line:
    """One line for what was told of several items."""
    numbers = sorted({number for _, number in run if number is not None})
    return replace(run[0][0], about=_items(numbers)) if numbers else run[0][0]


def _items(numbers: list[int]) -> str:
    first, *_, last = [*numbers, numbers[-1]]
    if first == last:
        return f"Item {first}"
    whole = numbers == [*range(first, last + 1)]
    return f"Items {first} to {last}" if whole else f"Items {formatting.names(map(str, numbers))}"


def _line(entry: TimelineEntry) -> Line:
    event = Event(entry.event)
    return Line(
        at=entry.at,
        title=TITLES[event],
        who=" ".join(filter(None, [_who(entry), _CHANNELS.get(entry.channel)])),
        trouble=event in _TROUBLE,
        said=_said(entry.details),
    )


def _who(entry: TimelineEntry) -> str:
    asked = entry.details.get("approvers")
    return f"{', '.join(asked)} asked by {entry.who}" if asked else entry.who


def _said(details: Mapping[str, Any]) -> str:
    return " ".join(dict.fromkeys(str(details[name]) for name in _SAID if details.get(name)))
