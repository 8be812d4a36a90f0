"""The events of an order: as the API returns them, and as lines of the activity list."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from api.deps import Access, Services
from api.orders.schemas import TimelineEntry
from models import formatting
from models.db.orders import order_rows
from models.db.orders.tables import EventRow
from models.lifecycle import Event
from models.order import ActorKind

TITLES: Mapping[Event, str] = MappingProxyType(
    {
        Event.RECEIVED: "Order submitted",
        Event.APPROVAL_NEEDED: "Approval requested",
        Event.REMINDER: "Reminder sent",
        Event.ESCALATED: "Escalated",
        Event.INFO_REQUESTED: "Question asked",
        Event.INFO_PROVIDED: "Question answered",
        Event.APPROVED_BY: "Approved",
        Event.APPROVED: "Fully approved",
        Event.REJECTED: "Rejected",
        Event.EXPIRED: "Expired – no decision in time",
        Event.REASSIGNED: "Approval reassigned",
        Event.SCHEDULED: "Scheduled",
        Event.HELD: "On hold for another order on this line",
        Event.RESERVED: "Device and number reserved",
        Event.WITHDRAWN: "Order canceled",
        Event.CANCEL_REQUESTED: "Carrier asked to cancel",
        Event.CANCEL_DECLINED: "Too late to cancel",
        Event.CANCELED: "Order canceled",
        Event.SUBMITTING: "Sent to carrier",
        Event.PLACED: "Carrier confirmed order",
        Event.PROGRESS: "Carrier update",
        Event.VENDOR_INFO_REQUIRED: "Carrier needs information",
        Event.BACKORDERED: "Backordered",
        Event.SHIPPED: "Shipped",
        Event.ACTIVATION_NEEDED: "Ready to activate",
        Event.ACTIVATION_SENT: "Activation sent to carrier",
        Event.ITEM_DONE: "Item completed",
        Event.COMPLETED: "Order completed",
        Event.PARTIALLY_FULFILLED: "Partially completed",
        Event.VENDOR_REJECTED: "Declined by carrier",
        Event.FAILED: "Step failed",
        Event.RETRIED: "Step retried",
        Event.COMPLETED_MANUALLY: "Marked as completed manually",
        Event.SUSPENSION_ENDING: "Suspension ends soon",
        Event.RESUME_REQUESTED: "Carrier asked to resume the line",
        Event.RESUME_FAILED: "Line couldn't be resumed",
        Event.LINE_RESUMED: "Line resumed",
        Event.LINE_DISCONNECTED: "Line disconnected",
        Event.MESSAGE_REJECTED: "Late message ignored",
    }
)


def email_title(name: str) -> str:
    """What an email is about, by its event's title; some emails have a name of their own."""
    return TITLES[Event(name)] if name in set(Event) else formatting.humanize(name)


# Joins the title and the names of the approvers.
_PREPOSITIONS: Mapping[Event, str] = MappingProxyType(
    {Event.APPROVAL_NEEDED: "from", Event.REMINDER: "to", Event.ESCALATED: "to"}
)
_CHANNELS: Mapping[str, str] = MappingProxyType({"email_link": "by email link", "signal": "by another system"})
_PROBLEMS = frozenset({Event.FAILED, Event.REJECTED, Event.VENDOR_REJECTED, Event.EXPIRED, Event.RESUME_FAILED})
_TEXTS = ("reason", "question", "answer", "comment", "detail", "evidence", "why")

# The event data that everyone who sees the order can see; IDs of people and timers stay internal.
_PUBLIC_DETAILS = frozenset(
    {
        *("round", "stage", "label", "why", "reason", "comment", "question", "answer", "detail", "code"),
        *("expiry", "count", "last", "stage_done", "by", "effective_at", "carrier", "carrier_ref", "item_id"),
        *("needs", "expected_at", "step", "evidence", "action"),
        *("days", "ends_at", "ends_by", "at_limit", "rule"),
    }
)


@dataclass(frozen=True, kw_only=True)
class TimelineLine:
    """`text` is what the person or carrier wrote, `items` names the items the line is for."""

    at: datetime
    title: str
    who: str
    is_problem: bool
    text: str = ""
    items: str = ""


async def timeline(services: Services, access: Access, ref: str, after_seq: int) -> list[TimelineEntry]:
    """The events of an order after `after_seq`. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, ref)
        access.check(found.relations)
        events = await order_rows.timeline(session, found.row.tenant, found.row.id, after=after_seq)
    return [entry_of(event, services.carrier_names) for event in events]


def entry_of(event: EventRow, carrier_names: Mapping[str, str]) -> TimelineEntry:
    return TimelineEntry(
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=event.status,
        who=carrier_names.get(event.actor_id, event.actor_name)
        if event.actor_kind == ActorKind.CARRIER
        else event.actor_name,
        who_kind=event.actor_kind,
        on_behalf_of=event.on_behalf_of,
        channel=event.channel,
        details=_details(event.data),
    )


def _details(data: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: value for name, value in data.items() if name in _PUBLIC_DETAILS and value is not None}
    names = [approver["name"] for approver in data.get("approvers", []) if isinstance(approver, dict)]
    return details | ({"approvers": names} if names else {})


def timeline_lines(entries: Iterable[TimelineEntry], item_numbers: Mapping[str, int]) -> list[TimelineLine]:
    """The activity, oldest first; the same event of several items in a row becomes one line.

    `item_numbers` are the items' numbers by ID, empty for an order with one item.
    """
    numbered = ((_line(entry), item_numbers.get(str(entry.details.get("item_id")))) for entry in entries)
    return [_merge([*lines]) for _, lines in groupby(numbered, key=_merge_key)]


def _merge_key(numbered: tuple[TimelineLine, int | None]) -> Hashable:
    line, number = numbered
    return (line.title, line.who, line.text) if number is not None else line


def _merge(numbered: list[tuple[TimelineLine, int | None]]) -> TimelineLine:
    line, numbers = numbered[0][0], sorted({number for _, number in numbered if number is not None})
    return replace(line, items=_items(numbers)) if numbers else line


def _items(numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    if first == last:
        return f"Item {first}"
    consecutive = numbers == [*range(first, last + 1)]
    return f"Items {first} to {last}" if consecutive else f"Items {formatting.join_names(map(str, numbers))}"


def _line(entry: TimelineEntry) -> TimelineLine:
    event = Event(entry.event)
    approvers, by_policy = entry.details.get("approvers"), entry.who_kind == ActorKind.RULE
    title, who = TITLES[event], entry.who
    if approvers and event in _PREPOSITIONS:
        title = f"{title} {_PREPOSITIONS[event]} {formatting.join_names(approvers)}"
        if by_policy:
            title, who = f"{title} ({who[:1].lower()}{who[1:]})", ""
    if by_policy and "by" in entry.details:  # the rule by which no approval is needed
        title, by = TITLES[Event.APPROVED_BY], entry.details["by"]
        who = f"{by[:1].upper()}{by[1:]}"
    return TimelineLine(
        at=entry.at,
        title=title,
        who=" ".join(filter(None, [who, _CHANNELS.get(entry.channel)])),
        is_problem=event in _PROBLEMS,
        text=_text(entry.details),
    )


def _text(details: Mapping[str, Any]) -> str:
    return " ".join(dict.fromkeys(str(details[name]) for name in _TEXTS if details.get(name)))
