"""An email about an order before it is rendered: all values its template shows, the same each time it is sent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models import formatting
from models.approval_plan import StageMode
from models.business_hours import add_business_hours
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.notifications.tables import NotificationRow
from models.db.order_details import OrderDetails
from models.db.orders.order_values import ruling_of
from models.db.orders.tables import EventRow
from models.db.people.tables import PersonRow
from models.events.approval import APPROVED_BY, INFO_PROVIDED, INFO_REQUESTED, PRICE_CHANGED
from models.order import ActorKind, Changes, OrderRef
from models.order_type import OrderType, texts_of
from models.step_failures import problem_of
from models.task import opened_by, task_id
from notifications.foreign_text import our_own
from notifications.order_changes import sentences
from notifications.order_emails import order_emails
from notifications.order_summary import ItemText, OrderText, order_text


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """`acts_for_beneficiary`: activates, and answers what is asked of the beneficiary."""

    name: str
    address: str
    is_requester: bool = False
    is_beneficiary: bool = False
    acts_for_beneficiary: bool = False


@dataclass(frozen=True, kw_only=True)
class ApprovalRequest:
    """What an approver needs to know.

    Attributes:
        other_approvers: the other approvers of the stage.
        all_required: whether all of them must approve; otherwise the first to respond decides.
        later: the stages after it, with their approvers.
        previous_approvals: the approvals of earlier stages and of other approvers.
        questions: pairs of who asked or answered, and the text.
        changes: what has changed since the order was submitted, as sentences.
    """

    why: str
    deadline: str
    other_approvers: tuple[str, ...]
    all_required: bool
    later: tuple[str, ...]
    previous_approvals: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is about to happen to lines of the recipient, as a sentence, and their phone numbers."""

    text: str
    lines: tuple[str, ...]
    ordered_at: str


@dataclass(frozen=True, kw_only=True)
class TaskText:
    """A task as text, with the path of its page. `for_role`: whether several people can do it."""

    path: str
    title: str
    happened: str
    todo: str
    due: str
    for_role: bool


@dataclass(frozen=True, kw_only=True)
class Email:
    """One email. `template` is a path in `templates/` without its suffix; `order_id` is None for an account email."""

    id: str
    at: datetime
    template: str
    to: Recipient
    context: Mapping[str, Any]
    order_id: str | None = None


def build_order_email(
    details: OrderDetails,
    row: NotificationRow,
    person: PersonRow,
    carrier_names: Mapping[str, str],
    order_types: Mapping[str, OrderType],
    *,
    link: ApprovalLinkRow | None,
    url: str | None,
) -> Email:
    """The email of `row` to `person`.

    `url` is the signed address of `link`, None where the tenant does not allow decisions by email.
    """
    order = order_text(details, carrier_names, order_types, reader_id=person.id)
    zone = details.policy.time_zone
    due_at = details.order.due_at if details.order.seq == row.seq else None  # the order may have moved on since
    to = Recipient(
        name=person.name,
        address=row.address,
        is_requester=person.id == details.order.requester_id,
        is_beneficiary=person.id == details.order.beneficiary_id,
        acts_for_beneficiary=person.id == details.represented_by,
    )
    event = next(event for event in details.events if event.seq == row.seq)
    approvers = event.data.get("approvers", [])
    approval = next((approval for approval in details.approvals if link and approval.id == link.approval_id), None)
    item = _item(order, event)
    context = {
        "tenant": details.tenant.name,
        "support": formatting.support_contact(details.tenant.support_name, details.tenant.support_phone),
        "time_zone": formatting.zone_name(zone),
        "to": to,
        "order": order,
        "this_order": _this_order(order, to),
        "item": item,
        "item_name": item.name if item else order.what,
        "line": (item and item.phone_number) or "The line",
        "notice": _notice(order_types, details, event, person.id),
        "actor": event.actor_name,
        "by_person": event.actor_kind == ActorKind.PERSON,
        "problem": problem_of(event.data, order.carrier),
        "task": _task(details, event, order.carrier),
        "data": defaultdict(lambda: None, event.data),  # templates ask for keys that not every event has
        "approvers": [approver["name"] for approver in approvers],
        "newly_asked": person.id in {approver["person_id"] for approver in approvers},
        "due": formatting.date_time(due_at, zone) if due_at else None,
        "deadline": _moment(event.data.get("expiry"), zone),
        "expected": _day(item.expected_at if item else None, zone),
        "ends": _day(_time(event.data.get("ends_at") or event.data.get("answer_by")), zone),
        "last_day": _date(event.data.get("last_day")),
        "request": approval_request(details, approval, until_seq=row.seq, at=row.created_at) if approval else None,
        "url": our_own(url) if url else None,
        "url_expires": formatting.date_time(link.expires_at, zone) if link else None,
    }
    return Email(
        id=row.id,
        at=row.created_at,
        template=order_emails()[row.event].template,
        to=to,
        context=context,
        order_id=row.order_id,
    )


def _task(details: OrderDetails, event: EventRow, carrier: str) -> TaskText | None:
    """The task that the event opened."""
    kind = opened_by(event.event)
    if kind is None:
        return None
    order = OrderRef(tenant=details.order.tenant, id=details.order.id)
    due_at = add_business_hours(details.policy, event.at, kind.due_hours)
    return TaskText(
        path=f"/tasks/{task_id(order, event.seq)}",
        title=kind.title,
        happened=kind.what_happened(event.data, carrier),
        todo=kind.todo.format(carrier=carrier),
        due=formatting.date_time(due_at, details.policy.time_zone),
        for_role=not event.data.get("person_id"),
    )


def approval_request(
    details: OrderDetails, approval: ApprovalRow, *, until_seq: int, at: datetime, today: Changes | None = None
) -> ApprovalRequest:
    """The request as of the event `until_seq` and the time `at`; `today` is what has changed meanwhile, if known."""
    plan: list[dict[str, Any]] = details.order.ruling["plan"] if details.order.ruling else []
    events = [event for event in details.events if event.seq <= until_seq]
    stage = next((stage for stage in plan if stage["number"] == approval.stage), {})
    return ApprovalRequest(
        why=approval.why,
        deadline=formatting.date_time(approval.due_at, details.policy.time_zone),
        other_approvers=tuple(_other_approvers(details, approval, at)),
        all_required=stage.get("mode") == StageMode.ALL,
        later=tuple(
            f"{stage['label']} ({formatting.join_names((approver['name'] for approver in stage['approvers']), 'or')})"
            for stage in plan
            if stage["number"] > approval.stage
        ),
        previous_approvals=tuple(_approvals(events, details.policy.time_zone)),
        questions=tuple(_questions(events)),
        changes=(
            *(event.data["detail"] for event in events if event.event == PRICE_CHANGED.code),
            *(sentences(today, ruling_of(details.order).quote) if today else ()),
        ),
    )


def _notice(order_types: Mapping[str, OrderType], details: OrderDetails, event: EventRow, person_id: str) -> Notice:
    numbers = event.data.get("notified", {}).get(person_id, [])
    return Notice(
        text=texts_of(order_types, details.order.type_code).notice_about(numbers),
        lines=tuple(map(formatting.phone_number, numbers)) or ("a line",),
        ordered_at=formatting.date_time(details.order.created_at, details.policy.time_zone),
    )


def _this_order(order: OrderText, to: Recipient) -> str:
    """How a sentence to the recipient names the order."""
    if to.is_requester:
        return "your order"
    if to.is_beneficiary:
        return f"{order.requester}'s order for you"
    return f"{order.requester}'s order" + (f" for {order.beneficiary.name}" if order.for_someone_else else "")


def _item(order: OrderText, event: EventRow) -> ItemText | None:
    """The item the event names, or the only one."""
    item_id = event.data.get("item_id")
    if item_id is None and len(order.items) == 1:
        return order.items[0]
    return next((item for item in order.items if item.id == item_id), None)


def _moment(iso: str | None, zone: str) -> str | None:
    return formatting.date_time(datetime.fromisoformat(iso), zone) if iso else None


def _day(at: datetime | None, zone: str) -> str | None:
    return formatting.day(at.astimezone(ZoneInfo(zone))) if at else None


def _date(iso: str | None) -> str | None:
    return formatting.day(date.fromisoformat(iso)) if iso else None


def _time(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


def _other_approvers(details: OrderDetails, approval: ApprovalRow, at: datetime) -> Iterator[str]:
    for other in details.approvals:
        same_stage = (other.round, other.stage) == (approval.round, approval.stage)
        if same_stage and other.id != approval.id and other.state != "superseded" and other.requested_at <= at:
            yield details.name(other.approver_id)


def _approvals(events: list[EventRow], zone: str) -> Iterator[str]:
    for event in events:
        if event.event == APPROVED_BY.code:
            comment = f": “{event.data['comment']}”" if event.data.get("comment") else ""
            yield f"{event.actor_name} approved on {formatting.date_time(event.at, zone)}{comment}"


def _questions(events: list[EventRow]) -> Iterator[tuple[str, str]]:
    for event in events:
        if event.event == INFO_REQUESTED.code:
            yield f"{event.actor_name} asked", str(event.data["question"])
        elif event.event == INFO_PROVIDED.code and event.data.get("answer"):
            yield f"{event.actor_name} answered", str(event.data["answer"])
