"""Describes each problem in words: what is wrong, and what happens if nobody acts."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from api.attention.schemas import AttentionItem, AttentionKind
from api.attention.temporal_problems import FailingTask, Retrying
from models import formatting
from models.db.problems import DeadAccountEmail, DeliveryBacklog, ProblemOrder
from models.db.workflow_health.running import Stray
from models.event import email_title
from models.formatting import humanize
from models.step_failures import failed_task, failure_of
from models.workflow_health import OUT_OF_STEP, WorkflowHealth
from models.workflow_ref import WorkflowKind
from policies.recovery import DESCRIPTIONS, RecoveryAction, recovery_actions

_NO_RECOVERY = "Won't recover on its own."


def backlog(waiting: DeliveryBacklog, temporal: str, *, late: datetime, at: datetime) -> Iterator[AttentionItem]:
    """What keeps messages and emails of any order from being delivered; those that wait since before `late`."""
    if temporal != "ok":
        yield AttentionItem(
            kind=AttentionKind.MESSAGE_BACKLOG,
            since=at,
            problem="Temporal is unreachable, so this page shows only what the database knows.",
            detail=temporal,
            outlook="New orders are accepted and wait. They continue when Temporal is back.",
        )
    if not waiting.relays:
        yield AttentionItem(
            kind=AttentionKind.MESSAGE_BACKLOG,
            since=at,
            problem="No worker is connected, so no messages or emails are sent.",
            outlook=f"{_NO_RECOVERY} Start a worker.",
        )
    if waiting.oldest_message is not None and waiting.oldest_message < late:
        yield AttentionItem(
            kind=AttentionKind.MESSAGE_BACKLOG,
            since=waiting.oldest_message,
            problem=f"Not delivered to workflows yet: {_count(waiting.messages, 'message')}.",
            outlook="Delivery is retried at least every 45 seconds.",
        )
    if waiting.oldest_email is not None and waiting.oldest_email < late:
        yield AttentionItem(
            kind=AttentionKind.MESSAGE_BACKLOG,
            since=waiting.oldest_email,
            problem=f"Not sent yet: {_count(waiting.emails, 'email')}.",
            detail=waiting.email_error,
            outlook="Sending is retried for about 12 hours.",
        )


def workflow_problem(order: ProblemOrder) -> AttentionItem:
    """A workflow that doesn't run, or doesn't stand where its order does."""
    health = WorkflowHealth(order.about["finding"])
    return _of_order(
        AttentionKind.OUT_OF_STEP if health in OUT_OF_STEP else AttentionKind.WORKFLOW_MISSING,
        order,
        problem=DESCRIPTIONS[health],
        outlook=_NO_RECOVERY,
        actions=recovery_actions(health),
    )


# What runs without its row, and what to do about it.
_STRAYS: Mapping[WorkflowKind, tuple[str, str]] = MappingProxyType(
    {
        WorkflowKind.ORDER: (
            "A workflow runs for this order, but the database doesn't have it: it was restored to an older moment.",
            "If it was placed, settle it with the carrier, end the workflow, and place it again.",
        ),
        WorkflowKind.TIMER: (
            (
                "A timer of one of this order's lines runs, but the database doesn't have it: it was restored to "
                "an older moment."
            ),
            (
                "Ask the carrier whether the line is suspended or disconnected. If it is, but not here, order that "
                "again, which starts a new timer. Then end the workflow."
            ),
        ),
        WorkflowKind.TASK: (
            (
                "A workflow acts on a task of this order, but the database doesn't have the task: it was restored "
                "to an older moment."
            ),
            "Check what the carrier has done, and end the workflow.",
        ),
    }
)
_ENDED_TIMER = (
    "A timer of one of this order's lines runs, but it has ended here: Temporal was restored to an older moment.",
    "Check that the line here is as it is at the carrier, and end the workflow.",
)


def stray(found: Stray) -> AttentionItem:
    problem, todo = _STRAYS[found.ref.kind] if found.line_id is None else _ENDED_TIMER
    return AttentionItem(
        kind=AttentionKind.OUT_OF_STEP,
        since=found.found_at,
        order=found.number,
        title=formatting.order_title(found.order.title) if found.order else None,
        status=found.order.status if found.order else None,
        problem=problem,
        outlook=f"{_NO_RECOVERY} {todo}",
        line_id=found.line_id,
        target_id=found.ref.workflow_id,
        actions=(RecoveryAction.END_WORKFLOW,),
    )


def workflow_error(task: FailingTask, order: ProblemOrder | None, order_id: str) -> AttentionItem:
    return _of_temporal(
        AttentionKind.WORKFLOW_ERROR,
        order,
        order_id,
        since=task.since,
        problem=f"The code of this order's workflow failed {task.attempts} times in a row.",
        outlook="Temporal keeps retrying, less and less often. Deploy a fix, and the order continues.",
    )


def retrying(
    activity: Retrying, order: ProblemOrder | None, order_id: str, carrier_names: Mapping[str, str]
) -> AttentionItem:
    limit = f"Tried up to {activity.max_attempts} times. If the last try fails too, the order needs an operator."
    return _of_temporal(
        AttentionKind.RETRYING,
        order,
        order_id,
        since=order.since if order else activity.since,
        problem=failure_of(activity.activity, _carrier(order, carrier_names) if order else None, activity.attempts - 1),
        detail=activity.failure,
        next_attempt_at=activity.next_attempt_at,
        outlook=limit if activity.max_attempts else "Retried until it works.",
    )


def sync_delay(order: ProblemOrder) -> AttentionItem:
    return _of_order(
        AttentionKind.SYNC_DELAY,
        order,
        problem=f"The workflow is at event {order.about['answered']}, but the database is at event {order.seq}.",
        outlook="Catches up as soon as a worker can reach the database. Nothing is lost.",
    )


def stalled(order: ProblemOrder) -> AttentionItem:
    due = order.about["due_at"]
    return _of_order(
        AttentionKind.STALLED,
        order,
        since=due or order.since,
        problem="It should have continued by now." if due else "The next step is ours, but nothing is happening.",
        outlook=f"{_NO_RECOVERY} Its history shows what it's waiting for.",
    )


def undelivered(order: ProblemOrder) -> AttentionItem:
    """A message or an email that is no longer retried."""
    about = order.about
    if about["what"] == "message":
        what = "message that starts its workflow" if about["to"] == "start" else f"“{humanize(about['name'])}” message"
        kind, action = AttentionKind.UNDELIVERABLE_MESSAGE, RecoveryAction.REDELIVER_MESSAGE
        problem = failed_task(f"deliver the {what}")
        outlook = f"{_NO_RECOVERY} Fix the cause, then redeliver it."
    else:
        kind, action = AttentionKind.BOUNCED_EMAIL, RecoveryAction.RESEND_EMAIL
        problem = failed_task(f"send the email “{email_title(about['name'])}” to {about['to']}", about["attempts"])
        outlook = f"{_NO_RECOVERY} An approval request is still listed under Approvals."
    return _of_order(
        kind,
        order,
        problem=problem,
        detail=about["error"],
        outlook=outlook,
        actions=(action,),
        target_id=about["id"],
    )


def undelivered_account_email(email: DeadAccountEmail) -> AttentionItem:
    """An email about a person's access that is no longer retried. Its error holds no link."""
    return AttentionItem(
        kind=AttentionKind.BOUNCED_EMAIL,
        since=email.since,
        problem=failed_task(f"send the email “{humanize(email.name)}” to {email.to}", email.attempts),
        detail=email.error,
        outlook=f"{_NO_RECOVERY} Fix the cause, then resend it. If its link has expired, send a password reset.",
        actions=(RecoveryAction.RESEND_EMAIL,),
        target_id=email.id,
    )


def _of_order(kind: AttentionKind, order: ProblemOrder, **values: Any) -> AttentionItem:
    of_order = {
        "since": order.since,
        "order": order.number,
        "title": formatting.order_title(order.title),
        "status": order.status,
    }
    return AttentionItem(kind=kind, **(of_order | values))


def _of_temporal(kind: AttentionKind, order: ProblemOrder | None, order_id: str, **values: Any) -> AttentionItem:
    """A problem only Temporal knows of; PostgreSQL may not have listed the order."""
    if order is None:
        return AttentionItem(kind=kind, order=order_id, **values)
    return _of_order(kind, order, **values)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _carrier(order: ProblemOrder, names: Mapping[str, str]) -> str | None:
    return names.get(order.carrier or "", order.carrier)
