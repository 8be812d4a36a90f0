"""The events of an order: as the API returns them, and as lines of the activity list."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from api.deps import Access, Services
from api.orders.schemas import TimelineEntry
from models import formatting
from models.db.notifications import email_pauses
from models.db.notifications.tables import EmailPauseRow
from models.db.orders import order_rows
from models.db.orders.tables import EventRow, OrderRow
from models.db.session import Session
from models.event import event_of
from models.events.approval import APPROVED_BY
from models.events.returns import ITEM_RETURNED, RETURN_ENDED, RETURN_OPENED
from models.order import FIRST_OUTSIDE_SEQ, ActorKind
from notifications.examples import examples
from policies.access import Right

_CHANNELS: Mapping[str, str] = MappingProxyType({"email_link": "by email link", "signal": "by another system"})
# What the events about goods that go back are called if they never arrived.
_TRACED: Mapping[str, str] = MappingProxyType(
    {
        RETURN_OPENED.code: "Search for the delivery started",
        RETURN_ENDED.code: "Search for the delivery ended",
        ITEM_RETURNED.code: "Delivery not found",
    }
)
_TEXTS = ("reason", "question", "answer", "comment", "detail", "evidence", "why")

# The data of many events that everyone who sees the order can see, besides an event's own `details`; IDs of people and
# timers stay internal.
_PUBLIC_DETAILS = frozenset(
    {
        *("round", "stage", "reason", "comment", "question", "answer", "detail", "code", "by", "item_id"),
        *("needs", "expected_at", "step", "evidence", "ends_at", "ends_by", "rule"),
    }
)


@dataclass(frozen=True, kw_only=True)
class TimelineLine:
    """`text` is what the person or carrier wrote, `items` names the items the line is for.

    `until` is when someone is asked again, if the order keeps waiting.

    `not_sent` are the first lines of the emails that the company has switched off.
    """

    at: datetime
    title: str
    who: str
    is_problem: bool
    text: str = ""
    items: str = ""
    until: datetime | None = None
    not_sent: tuple[str, ...] = ()


async def timeline(services: Services, access: Access, ref: str, after: int) -> list[TimelineEntry]:
    """The events of an order that were recorded after the one with this number. Raises NotFound."""
    async with services.database.read() as session:
        found = await order_rows.find(session, access.person, ref)
        access.check(found.relations)
        events = await order_rows.recorded_after(session, found.row.tenant, found.row.id, after)
        pauses = await pauses_for(session, access, found.row)
    return [entry_of(event, services.carrier_names, pauses) for event in events]


async def pauses_for(session: Session, access: Access, order: OrderRow) -> list[EmailPauseRow]:
    """When emails about the order were switched off, for people who can see the switches."""
    if not access.is_allowed(Right.EMAIL_SWITCH_READ):
        return []
    return await email_pauses.since(session, order.tenant, order.created_at)


def entry_of(event: EventRow, carrier_names: Mapping[str, str], pauses: Sequence[EmailPauseRow] = ()) -> TimelineEntry:
    kind, is_carrier = event_of(event.event), event.actor_kind == ActorKind.CARRIER
    who = carrier_names.get(event.actor_id, event.actor_name) if is_carrier else event.actor_name
    explained = kind.explained(who if is_carrier else None)
    return TimelineEntry(
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=event.status,
        who=who,
        who_kind=event.actor_kind,
        channel=event.channel,
        details=_details(event.data, kind.details) | ({"detail": explained} if explained else {}),
        not_sent=[
            examples()[email.name]
            for email in kind.emails
            if email.has_switch and any(_covers(pause, email.name, event.at) for pause in pauses)
        ],
    )


def _covers(pause: EmailPauseRow, email: str, at: datetime) -> bool:
    return pause.email == email and pause.off_at <= at and (pause.on_at is None or pause.on_at > at)


def _details(data: Mapping[str, Any], own: frozenset[str]) -> dict[str, Any]:
    public = _PUBLIC_DETAILS | own
    details = {name: value for name, value in data.items() if name in public and value is not None}
    names = [approver["name"] for approver in data.get("approvers", []) if isinstance(approver, dict)]
    return details | ({"approvers": names} if names else {})


def timeline_lines(entries: Sequence[TimelineEntry], item_numbers: Mapping[str, int]) -> list[TimelineLine]:
    """The activity, oldest first; the same event of several items in a row becomes one line.

    `entries` are by number; `item_numbers` are the items' numbers by ID, empty for an order with one item.
    """
    numbered = ((_line(entry), item_numbers.get(str(entry.details.get("item_id")))) for entry in _by_time(entries))
    return [_merge([*lines]) for _, lines in groupby(numbered, key=_merge_key)]


def _by_time(entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Those of the order's workflow stay in their sequence; the others, which have high numbers, go between them."""
    latest, at = datetime.min.replace(tzinfo=UTC), dict[int, datetime]()
    for entry in entries:
        if entry.seq < FIRST_OUTSIDE_SEQ:
            latest = max(latest, entry.at)
        at[entry.seq] = latest if entry.seq < FIRST_OUTSIDE_SEQ else entry.at
    return sorted(entries, key=lambda entry: at[entry.seq])


def _merge_key(numbered: tuple[TimelineLine, int | None]) -> Hashable:
    line, number = numbered
    return (line.title, line.who, line.text, line.until) if number is not None else line


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
    event, approvers = event_of(entry.event), entry.details.get("approvers")
    title = _TRACED.get(event.code, event.title) if entry.details.get("is_traced") else event.title
    who, by_policy = entry.who, entry.who_kind == ActorKind.RULE
    if approvers and event.title_with_approvers:
        title = event.title_with_approvers.format(approvers=formatting.join_names(approvers))
        if by_policy:
            title, who = f"{title} ({who[:1].lower()}{who[1:]})", ""
    if by_policy and "by" in entry.details:  # the rule by which no approval is needed
        title, by = APPROVED_BY.title, entry.details["by"]
        who = f"{by[:1].upper()}{by[1:]}"
    return TimelineLine(
        at=entry.at,
        title=title,
        who=" ".join(filter(None, [who, _CHANNELS.get(entry.channel)])),
        is_problem=event.is_problem,
        text=_text(entry.details),
        until=datetime.fromisoformat(entry.details["until"]) if "until" in entry.details else None,
        not_sent=tuple(entry.not_sent),
    )


def _text(details: Mapping[str, Any]) -> str:
    return " ".join(dict.fromkeys(str(details[name]) for name in _TEXTS if details.get(name)))
