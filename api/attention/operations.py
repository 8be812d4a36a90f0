"""Collects everything that needs an operator: from PostgreSQL, and from Temporal if it is reachable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.attention import descriptions
from api.attention.schemas import (
    AttentionCount,
    AttentionItem,
    AttentionKind,
    AttentionReport,
    DeliveryStatus,
    FailureCount,
    TaskCount,
)
from api.attention.temporal_problems import SUSPECTS, TemporalProblems, find_temporal_problems
from api.deps import Access, Services
from models.db import problems
from models.db.orders.order_list import STUCK_AFTER
from models.db.problems import DeadAccountEmail, DeliveryBacklog, ProblemOrder
from models.db.tasks import tasks
from models.db.tasks.tasks import FailureCause, OpenTasks
from models.db.workflow_health import running
from models.db.workflow_health.running import Stray
from models.step_failures import failure_of
from models.task import task_kind
from models.tasks.failures import FAILED_STEP
from policies.recovery import RecoveryAction, right_for

# How many rows of each kind are read, and how many items are listed in all.
PER_KIND = 50
MAX_ITEMS = 100
# Dialtone's own steps take seconds; one that takes longer may be failing.
BUSY_AFTER = timedelta(seconds=15)
# While a process is replaced, messages and emails may wait this long.
LATE_AFTER = timedelta(minutes=1)

_KINDS = list(AttentionKind)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What PostgreSQL knows, read by one statement each; those for orders have a limit."""

    failed: list[ProblemOrder]
    lost: list[ProblemOrder]
    out_of_step: list[ProblemOrder]
    strays: list[Stray]
    idle: list[ProblemOrder]
    busy: list[ProblemOrder]
    dead: list[ProblemOrder]
    dead_account_emails: list[DeadAccountEmail]
    backlog: DeliveryBacklog
    tasks: list[OpenTasks]
    failures: list[FailureCause]


async def report(services: Services, access: Access, kinds: Iterable[AttentionKind] = ()) -> AttentionReport:
    """The problems of these kinds, or of all kinds, with the actions the caller may take."""
    tenant, at = access.person.tenant, services.now()
    known = await _read(services, tenant, at)
    found = await find_temporal_problems(services.temporal, tenant, [order.order_id for order in known.busy])
    delivery = _delivery(known.backlog, found)
    found_items = _items(known, found, delivery, services.carrier_names, at)
    items = sorted(found_items, key=lambda item: (_KINDS.index(item.kind), item.since))
    wanted = set(kinds) or set(AttentionKind)
    listed = [_permitted(item, access) for item in items if item.kind in wanted]
    totals = _totals(known)
    return AttentionReport(
        at=at,
        counts=[_count(kind, items, totals.get(kind, 0)) for kind in AttentionKind],
        tasks=[_tasks(one) for one in known.tasks],
        failures=[_failure(one) for one in known.failures],
        delivery=delivery,
        items=listed[:MAX_ITEMS],
        more=len(listed) > MAX_ITEMS or any(totals.get(kind, 0) > PER_KIND for kind in wanted),
    )


async def _read(services: Services, tenant: str, at: datetime) -> _Known:
    async with services.database.read() as session:
        return _Known(
            failed=await problems.failed(session, tenant, limit=PER_KIND),
            lost=await problems.lost(session, tenant, limit=PER_KIND),
            out_of_step=await problems.out_of_step(session, tenant, limit=PER_KIND),
            strays=await running.strays(session, tenant),
            idle=await problems.idle(session, tenant, since=at - STUCK_AFTER, limit=PER_KIND),
            busy=await problems.busy(session, tenant, since=at - BUSY_AFTER, limit=SUSPECTS),
            dead=await problems.dead(session, tenant, limit=PER_KIND),
            dead_account_emails=await problems.dead_account_emails(session, tenant, limit=PER_KIND),
            backlog=await problems.delivery_backlog(session, tenant),
            tasks=await tasks.count_open(session, tenant, at),
            failures=await tasks.failure_causes(session, tenant, FAILED_STEP.code),
        )


def _items(
    known: _Known, found: TemporalProblems, delivery: DeliveryStatus, carrier_names: Mapping[str, str], at: datetime
) -> Iterator[AttentionItem]:
    """All problems; an order with another problem is not listed as stalled too."""
    yield from descriptions.backlog(known.backlog, delivery.temporal, late=at - LATE_AFTER, at=at)
    yield from map(descriptions.workflow_problem, (*known.lost, *known.out_of_step))
    yield from map(descriptions.stray, known.strays)
    yield from map(descriptions.undelivered, known.dead)
    yield from map(descriptions.undelivered_account_email, known.dead_account_emails)
    yield from _temporal_items(known, found, carrier_names)
    explained = {order.order_id for order in (*known.lost, *known.out_of_step)} | {
        *found.retrying,
        *found.failing_tasks,
    }
    yield from (descriptions.stalled(order) for order in known.idle if order.order_id not in explained)


def _temporal_items(
    known: _Known, found: TemporalProblems, carrier_names: Mapping[str, str]
) -> Iterator[AttentionItem]:
    """The problems Temporal knows of, with what PostgreSQL knows of their orders."""
    orders = {order.order_id: order for order in (*known.busy, *known.idle, *known.failed)}
    for order_id, task in found.failing_tasks.items():
        yield descriptions.workflow_error(task, orders.get(order_id), order_id)
    for order_id, activities in found.retrying.items():
        for activity in activities:
            yield descriptions.retrying(activity, orders.get(order_id), order_id, carrier_names)
    yield from (descriptions.sync_delay(order) for order in known.busy if (order.about["answered"] or 0) > order.seq)


def _permitted(item: AttentionItem, access: Access) -> AttentionItem:
    actions = tuple(action for action in item.actions if access.is_allowed(right_for(RecoveryAction(action))))
    return item.model_copy(update={"actions": actions})


def _count(kind: AttentionKind, items: list[AttentionItem], total: int) -> AttentionCount:
    since = [item.since for item in items if item.kind is kind]
    # Fewer items than `total` may be listed, as an order is listed once; more than PER_KIND are never read.
    return AttentionCount(kind=kind, count=total if total > PER_KIND else len(since), oldest=min(since, default=None))


def _tasks(counted: OpenTasks) -> TaskCount:
    return TaskCount(
        kind=counted.kind,
        title=task_kind(counted.kind).title,
        count=counted.count,
        overdue=counted.overdue,
        oldest=counted.oldest,
    )


def _failure(counted: FailureCause) -> FailureCount:
    return FailureCount(cause=counted.cause, problem=failure_of(counted.step, None), count=counted.count)


def _totals(known: _Known) -> dict[AttentionKind, int]:
    """How many problems PostgreSQL counts, of the kinds it lists."""
    messages = [order for order in known.dead if order.about["what"] == "message"]
    emails = [order for order in known.dead if order.about["what"] != "message"]
    return {
        AttentionKind.WORKFLOW_MISSING: _total(known.lost),
        AttentionKind.OUT_OF_STEP: _total(known.out_of_step),
        AttentionKind.STALLED: _total(known.idle),
        AttentionKind.UNDELIVERABLE_MESSAGE: _total(messages),
        AttentionKind.BOUNCED_EMAIL: _total(emails) + _total(known.dead_account_emails),
    }


def _total(found: Sequence[ProblemOrder | DeadAccountEmail]) -> int:
    return found[0].total if found else 0


def _delivery(backlog: DeliveryBacklog, found: TemporalProblems) -> DeliveryStatus:
    return DeliveryStatus(
        messages_waiting=backlog.messages,
        oldest_message=backlog.oldest_message,
        emails_waiting=backlog.emails,
        oldest_email=backlog.oldest_email,
        relays=backlog.relays,
        temporal=found.problem or "ok",
    )
