"""What one mail says: everything its templates show, as values that stay the same when it is sent again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.notifications.tables import NotificationRow
from models.db.order_details import OrderDetails
from models.db.orders.tables import EventRow
from models.order import ActorKind, StageMode
from notifications import formatting
from notifications.order_summary import ItemSummary, Summary, summarize


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """To whom a mail goes."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Recipient(Addressee):
    """To whom a mail about an order goes, and what the order is to them."""

    is_requester: bool
    is_beneficiary: bool


@dataclass(frozen=True, kw_only=True)
class EventSummary:
    """The entry a mail is about: who caused it, when, and its data."""

    by: str
    by_rule: bool
    at: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ApprovalRequest:
    """What an approver is asked: why, until when, who else is asked now and later, what was said so far."""

    label: str
    why: str
    deadline: str
    beside: tuple[str, ...]
    all_must: bool
    later: tuple[str, ...]
    so_far: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Email:
    """One mail before it is rendered. `template` names a folder; times in the context are texts already.

    Without an order it stands alone: nothing but its own subject, and a thread of one.
    """

    id: str
    at: datetime
    template: str
    to: Addressee
    context: Mapping[str, Any]
    order_id: str | None = None
    seq: int | None = None
    number: str | None = None


def write(dossier: OrderDetails, row: NotificationRow, *, link: ApprovalLinkRow | None, url: str | None) -> Email:
    """Put together what a mail says, from the order as the entry left it."""
    summary = summarize(dossier)
    to = _recipient(dossier, row)
    event = next(event for event in dossier.events if event.seq == row.seq)
    approval = next((one for one in dossier.approvals if link is not None and one.id == link.approval_id), None)
    return Email(
        id=row.id,
        at=row.created_at,
        template=row.event,
        to=to,
        order_id=row.order_id,
        seq=row.seq,
        number=summary.number,
        context={
            "tenant": dossier.tenant.name,
            "to": to,
            "order": summary,
            "this_order": _this_order(summary, to),
            "entry": _happening(dossier, event),
            "item": _item(summary, event),
            "due": _due(dossier, row),
            "deadline": _deadline(dossier, event),
            "expected": _day(dossier, event, "expected_at"),
            "ends": _day(dossier, event, "ends_at"),
            "waiting_for": formatting.names(_waiting_for(event), "or"),
            "request": request_of(dossier, approval, until_seq=row.seq, at=row.created_at) if approval else None,
            "url": url,
            "url_until": formatting.moment(link.expires_at, dossier.policy.time_zone) if link else None,
        },
    )


def request_of(dossier: OrderDetails, approval: ApprovalRow, *, until_seq: int, at: datetime) -> ApprovalRequest:
    """What an approver is asked, as of an entry and its moment."""
    plan = _plan(dossier)
    events = [event for event in dossier.events if event.seq <= until_seq]
    stage = next((stage for stage in plan if stage["number"] == approval.stage), {})
    return ApprovalRequest(
        label=approval.label,
        why=approval.why,
        deadline=formatting.moment(approval.due_at, dossier.policy.time_zone),
        beside=tuple(
            dossier.name(one.approver_id)
            for one in dossier.approvals
            if (one.round, one.stage) == (approval.round, approval.stage)
            and one.id != approval.id
            and one.state != "superseded"
            and one.requested_at <= at
        ),
        all_must=stage.get("mode") == StageMode.ALL,
        later=tuple(
            f"{stage['label']} ({formatting.names((one['name'] for one in stage['approvers']), 'or')})"
            for stage in plan
            if stage["number"] > approval.stage
        ),
        so_far=tuple(_approvals_so_far(dossier, events)),
        questions=tuple(_questions(events)),
    )


def _recipient(dossier: OrderDetails, row: NotificationRow) -> Recipient:
    return Recipient(
        name=dossier.name(row.recipient_id),
        address=row.address,
        is_requester=row.recipient_id == dossier.order.requester_id,
        is_beneficiary=row.recipient_id == dossier.order.beneficiary_id,
    )


def _this_order(summary: Summary, to: Recipient) -> str:
    if to.is_requester:
        return f"your order {summary.number}"
    return f"order {summary.number} for {'you' if to.is_beneficiary else summary.beneficiary}"


def _happening(dossier: OrderDetails, event: EventRow) -> EventSummary:
    by_person = event.actor_kind == ActorKind.PERSON
    return EventSummary(
        by=event.actor_name,
        by_rule=not by_person,
        at=formatting.moment(event.at, dossier.policy.time_zone),
        data=event.data,
    )


def _item(summary: Summary, event: EventRow) -> ItemSummary | None:
    """The item an entry is about; the only one where the entry names none."""
    wanted = event.data.get("item_id")
    if wanted is None and len(summary.items) == 1:
        return summary.items[0]
    return next((item for item in summary.items if item.id == wanted), None)


def _due(dossier: OrderDetails, row: NotificationRow) -> str | None:
    """When the next thing happens by itself, as long as the order still stands where the mail says."""
    order = dossier.order
    stands = order.due_at is not None and order.seq == row.seq
    return formatting.moment(order.due_at, dossier.policy.time_zone) if stands and order.due_at else None


def _deadline(dossier: OrderDetails, event: EventRow) -> str | None:
    """Until when there may be a decision, where the entry asks for one."""
    said = event.data.get("expiry")
    return formatting.moment(datetime.fromisoformat(said), dossier.policy.time_zone) if said else None


def _day(dossier: OrderDetails, event: EventRow, name: str) -> str | None:
    """The day, at the tenant's office, of a moment that the entry tells."""
    said = event.data.get(name)
    return formatting.day(datetime.fromisoformat(said).astimezone(ZoneInfo(dossier.policy.time_zone))) if said else None


def _waiting_for(event: EventRow) -> list[str]:
    """Who is asked to decide after an entry that asks, reminds or escalates."""
    return [one["name"] for one in event.data.get("approvers", [])] + list(event.data.get("from", []))


def _plan(dossier: OrderDetails) -> list[dict[str, Any]]:
    return list(dossier.order.ruling["plan"] if dossier.order.ruling else [])


def _approvals_so_far(dossier: OrderDetails, events: list[EventRow]) -> Iterator[str]:
    for event in events:
        if event.event == "approved_by":
            said = f": “{event.data['comment']}”" if event.data.get("comment") else ""
            yield f"{event.actor_name} approved on {formatting.moment(event.at, dossier.policy.time_zone)}{said}"


def _questions(events: list[EventRow]) -> Iterator[tuple[str, str]]:
    """Who asked or answered, and in which words."""
    for event in events:
        if event.event == "info_requested":
            yield f"{event.actor_name} asked", str(event.data["question"])
        elif event.event == "info_provided" and event.data.get("answer"):
            yield f"{event.actor_name} answered", str(event.data["answer"])
