"""Everything that happened around an order, from all sources, in one line of time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from api.attention.descriptions import GONE
from api.attention.operations import right_for
from api.deps import Access, Services
from api.history.engine_spans import EngineSpan
from api.history.workflow_info import Engine, look
from api.http.schemas import View
from models.db import history
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_rows
from models.db.orders.tables import EventRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.workflow_health import monitoring
from models.db.workflow_health.tables import RecoveryRow, WorkflowHealthRow
from models.lifecycle import Action, Status, actions_for
from models.order import OrderRef
from policies.recovery import WorkflowHealth, recovery_actions


class HistoryItem(View):
    """One thing that happened. `source` is order (the audit trail), repair (by an operator), mail, message or engine.

    `subject` is what a dead mail or message can be said again by.
    """

    at: datetime
    source: str
    title: str
    state: str
    who: str | None = None
    channel: str | None = None
    detail: str | None = None
    attempts: int = 0
    failure: str | None = None
    ended_at: datetime | None = None
    again_at: datetime | None = None
    seq: int | None = None
    kind: str | None = None
    subject: str | None = None

    @property
    def seconds(self) -> float:
        """How long it took, where that is worth telling."""
        return round((self.ended_at - self.at).total_seconds(), 1) if self.ended_at is not None else 0.0


class OrderHistory(View):
    """An order's whole history; `open_problems` counts what failed and is not mended.

    `finding` and, in words, `trouble` are what is wrong with its workflow, `remedies` what may be done by whom asks.
    """

    order_id: str
    number: str
    title: str
    status: str
    requester: str
    beneficiary: str
    updated_at: datetime
    engine: Engine
    finding: str | None
    trouble: str | None
    recovery_actions: list[str]
    open_problems: int
    moments: list[HistoryItem]


async def order_history(services: Services, access: Access, ref: str) -> OrderHistory:
    """Gather an order's history. Raises NotFound; without Temporal, tells the rest."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, ref)
        access.check(found.relations)
        order = OrderRef(tenant=found.row.tenant, id=found.row.id)
        events = await order_rows.timeline(session, order.tenant, order.id)
        mails = await history.mails_of(session, order)
        messages = await history.messages_of(session, order)
        repairs = await monitoring.repairs_of(session, order)
        watched = await monitoring.finding_of(session, order)
    engine, strands = await look(services.temporal, order.workflow_id, services.temporal_ui_url)
    moments = _in_order(events, repairs, mails, messages, strands)
    return OrderHistory(
        order_id=order.id,
        number=found.row.number,
        title=found.row.type["title"],
        status=found.row.status,
        requester=found.requester,
        beneficiary=found.beneficiary,
        updated_at=found.row.updated_at,
        engine=engine,
        finding=_finding(found.row, watched),
        trouble=_trouble(found.row, watched),
        recovery_actions=[one for one in _remedies(found.row, watched) if access.may(right_for(one), found.relations)],
        open_problems=sum(moment.state in _TROUBLE for moment in moments),
        moments=moments,
    )


def _finding(row: OrderRow, watched: WorkflowHealthRow | None) -> str | None:
    """What is wrong with the workflow of an order that is open."""
    wrong = watched is not None and watched.state != WorkflowHealth.HEALTHY and row.closed_at is None
    return watched.state if watched and wrong else None


def _trouble(row: OrderRow, watched: WorkflowHealthRow | None) -> str | None:
    finding = _finding(row, watched)
    return GONE[WorkflowHealth(finding)] if finding else None


def _remedies(row: OrderRow, watched: WorkflowHealthRow | None) -> list[str]:
    finding = _finding(row, watched)
    if finding is not None:
        return [str(one) for one in recovery_actions(WorkflowHealth(finding), row.seq)]
    return [str(one) for one in REPAIRS if one in actions_for(Status(row.status))]


REPAIRS = (Action.RETRY, Action.COMPLETE_MANUALLY, Action.CANCEL)
_TROUBLE = frozenset({"retrying", "dead", "delayed"})


def _in_order(
    events: Iterable[EventRow],
    repairs: Iterable[RecoveryRow],
    mails: Iterable[tuple[NotificationRow, str]],
    messages: Iterable[OutboxRow],
    strands: Iterable[EngineSpan],
) -> list[HistoryItem]:
    moments: Iterator[HistoryItem] = iter(
        [
            *(_event(event) for event in events),
            *(_repair(repair) for repair in repairs),
            *(_mail(mail, name) for mail, name in mails),
            *(_message(message) for message in messages),
            *(_strand(strand) for strand in strands),
        ]
    )
    return sorted(moments, key=lambda moment: moment.at)


def _event(event: EventRow) -> HistoryItem:
    return HistoryItem(
        at=event.at,
        source="order",
        title=_words(event.event),
        state=event.status,
        who=event.actor_name,
        channel=event.channel,
        detail=_detail(event.data),
        failure=event.data.get("error"),
        seq=event.seq,
    )


def _repair(repair: RecoveryRow) -> HistoryItem:
    return HistoryItem(
        at=repair.at,
        source="repair",
        title=_words(repair.action),
        state="done",
        who=repair.actor_name,
        channel=repair.channel,
        detail=repair.evidence,
    )


def _mail(mail: NotificationRow, name: str) -> HistoryItem:
    return HistoryItem(
        at=mail.created_at,
        source="mail",
        title=_words(mail.event),
        state=_waiting_state(mail.state, mail.attempts),
        who=f"{name} <{mail.address}>",
        attempts=mail.attempts,
        failure=mail.last_error,
        ended_at=mail.sent_at,
        again_at=mail.next_attempt_at if mail.state == "waiting" else None,
        seq=mail.seq,
        subject=mail.id if mail.state == "dead" else None,
    )


def _message(message: OutboxRow) -> HistoryItem:
    actor = message.payload.get("actor")
    result: Mapping[str, Any] = message.result or {}
    return HistoryItem(
        at=message.created_at,
        source="message",
        title=_words("start the workflow" if message.kind == "start" else message.name),
        state=_waiting_state(message.state, message.attempts),
        who=actor["name"] if isinstance(actor, dict) else None,
        channel=actor.get("channel") if isinstance(actor, dict) else None,
        detail=result.get("detail"),
        attempts=message.attempts,
        failure=message.last_error,
        ended_at=message.done_at,
        again_at=message.next_attempt_at if message.state == "waiting" else None,
        kind=message.kind,
        subject=message.id if message.state == "dead" else None,
    )


def _strand(strand: EngineSpan) -> HistoryItem:
    return HistoryItem.model_validate({**vars(strand), "source": "engine", "title": _words(strand.title)})


def _waiting_state(state: str, attempts: int) -> str:
    """What waits after a first attempt is delayed."""
    return "delayed" if state == "waiting" and attempts > 1 else state


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


# What an entry says of itself in its own words, the most telling first.
_TELLING = ("reason", "question", "answer", "comment", "detail", "evidence", "why", "carrier_ref", "by")


def _detail(data: Mapping[str, Any]) -> str | None:
    said = [str(data[name]) for name in _TELLING if data.get(name)]
    asked = [one["name"] for one in data.get("approvers", ()) if isinstance(one, dict)]
    return " · ".join([*said, *asked]) or None
