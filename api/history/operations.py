"""Collects the whole history of an order from all sources, sorted by time."""

from collections.abc import Mapping
from typing import Any

from api.deps import Access, Services
from api.history.schemas import HistoryItem, HistorySource, OrderHistory
from api.history.workflow_info import read_workflow
from api.orders.presenter import title_of
from api.orders.schemas import HolderView, TaskLink
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_rows
from models.db.orders.tables import EventRow, OrderRow
from models.db.outbox import delivery
from models.db.outbox.tables import OutboxRow
from models.db.tasks import tasks
from models.db.workflow_health import monitoring, recovery_log
from models.db.workflow_health.tables import RecoveryRow, WorkflowHealthRow
from models.event import email_title, event_of
from models.formatting import humanize
from models.order import ActorKind, OrderRef
from models.step_failures import failed_task, problem_of
from models.task import task_kind
from models.workflow_health import WorkflowHealth
from policies.recovery import DESCRIPTIONS, recovery_actions, right_for

_OPEN_PROBLEMS = frozenset({"retrying", "delayed", "bounced", "undeliverable"})
# The parts of an event's data that are shown, most important first.
_DETAILS = ("reason", "question", "answer", "comment", "detail", "evidence", "why", "carrier_ref", "by")


async def order_history(services: Services, access: Access, ref: str) -> OrderHistory:
    """The history of an order, without Temporal's part if Temporal is unreachable. Raises NotFound."""
    async with services.database.read() as session:
        found = await order_rows.find(session, access.person, ref)
        access.check(found.relations)
        row, order = found.row, OrderRef(tenant=found.row.tenant, id=found.row.id)
        carrier = services.carrier_names.get(row.carrier or "", row.carrier)
        items = [_event(event, carrier) for event in await order_rows.timeline(session, order.tenant, order.id)]
        items += [_recovery(recovery) for recovery in await recovery_log.recoveries_of(session, order)]
        items += [_email(email, name) for email, name in await email_queue.emails_of(session, order)]
        items += [_message(message) for message in await delivery.messages_of(session, order)]
        health = _health(row, await monitoring.health_of(session, order))
        open_tasks = await tasks.open_of(session, access.person, order.id)
    workflow, temporal_items = await read_workflow(
        services.temporal, order.workflow_id, services.temporal_ui_url, carrier=carrier
    )
    items = sorted([*items, *temporal_items], key=lambda item: item.at)
    actions = recovery_actions(health)
    return OrderHistory(
        order_id=order.id,
        number=row.number,
        title=title_of(found, access),
        status=row.status,
        requester=found.requester,
        beneficiary=HolderView.model_validate(found.beneficiary),
        updated_at=row.updated_at,
        workflow=workflow,
        workflow_health=health,
        problem=DESCRIPTIONS.get(health),
        actions=[action for action in actions if access.is_allowed(right_for(action), found.relations)],
        tasks=[TaskLink(id=task.row.id, title=task_kind(task.row.kind).title) for task in open_tasks],
        open_problems=sum(item.state in _OPEN_PROBLEMS for item in items),
        items=items,
    )


def _health(row: OrderRow, found: WorkflowHealthRow | None) -> WorkflowHealth:
    """The health of an order's workflow, as it was last seen; a closed order needs none, and should have none."""
    health = WorkflowHealth(found.state) if found else WorkflowHealth.HEALTHY
    return health if row.closed_at is None or health is WorkflowHealth.REVIVED else WorkflowHealth.HEALTHY


def _event(event: EventRow, carrier: str | None) -> HistoryItem:
    return HistoryItem(
        at=event.at,
        source=HistorySource.ORDER,
        title=event_of(event.event).title,
        state=event.status,
        who=carrier if event.actor_kind == ActorKind.CARRIER else event.actor_name,
        channel=event.channel,
        detail=event_of(event.event).explained(carrier) or _details(event),
        problem=problem_of(event.data, carrier),
        failure=event.data.get("error"),
        seq=event.seq,
    )


def _recovery(recovery: RecoveryRow) -> HistoryItem:
    return HistoryItem(
        at=recovery.at,
        source=HistorySource.OPERATOR,
        title=humanize(recovery.action),
        state="done",
        who=recovery.actor_name,
        channel=recovery.channel,
        detail=recovery.evidence,
    )


def _email(email: NotificationRow, name: str) -> HistoryItem:
    return HistoryItem(
        at=email.created_at,
        source=HistorySource.EMAIL,
        title=email_title(email.event),
        who=f"{name} <{email.address}>",
        ended_at=email.sent_at,
        seq=email.seq,
        **_delivery(email, "send the email", email.last_error, given_up="bounced"),
    )


def _message(message: OutboxRow) -> HistoryItem:
    actor = message.payload.get("actor")
    sender: Mapping[str, Any] = actor if isinstance(actor, dict) else {}
    answer = (message.result or {}).get("detail")
    error = answer if message.state == "dead" else message.last_error
    return HistoryItem(
        at=message.created_at,
        source=HistorySource.MESSAGE,
        title="Start the workflow" if message.kind == "start" else humanize(message.name),
        kind=message.kind,
        who=sender.get("name"),
        channel=sender.get("channel"),
        detail=answer if message.state == "rejected" else None,
        ended_at=message.done_at,
        **_delivery(message, "deliver the message", error, given_up="undeliverable"),
    )


def _delivery(row: NotificationRow | OutboxRow, task: str, error: str | None, *, given_up: str) -> dict[str, Any]:
    """The delivery of an email or a message; one that waits after its first try is delayed."""
    waiting = row.state == "waiting"
    states = {"dead": given_up, "waiting": "delayed" if row.attempts > 1 else "waiting", "rejected": "rejected"}
    return {
        "state": states.get(row.state, row.state),
        "attempts": row.attempts,
        "problem": failed_task(task, row.attempts) if error and row.state in {"dead", "waiting"} else None,
        "failure": error,
        "due_at": row.next_attempt_at if waiting else None,
        "target_id": row.id if row.state == "dead" else None,
    }


def _details(event: EventRow) -> str | None:
    words = {"carrier_ref": "Carrier reference {}".format, "by": event_of(event.event).by_words}
    shown = [words.get(name, str)(event.data[name]) for name in _DETAILS if event.data.get(name)]
    approvers = [one["name"] for one in event.data.get("approvers", ()) if isinstance(one, dict)]
    return " · ".join([*shown, *approvers]) or None
