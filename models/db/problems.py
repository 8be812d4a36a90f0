"""What needs an operator, as PostgreSQL knows it: one bounded query for each kind of trouble of a tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import String, func, literal, null, text, true, union_all
from sqlalchemy import cast as sql_cast
from sqlmodel import col, select

from models.db.inventory.tables import SuspensionTimerRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.order_rows import late
from models.db.orders.tables import EventRow, OrderRow
from models.db.outbox.delivery import LISTENER
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.workflow_health.monitoring import HEALTHY
from models.db.workflow_health.tables import WorkflowHealthRow
from models.lifecycle import Event, Status, waits_for

# What Dialtone or a carrier's answer to it moves on: an activity may be failing behind it.
_BUSY = (*(status for status in Status if waits_for(status) == "dialtone"), Status.CANCEL_REQUESTED)


@dataclass(frozen=True, kw_only=True)
class ProblemOrder:
    """One order with something wrong since a moment; `about` says what, `total` how many there are of this kind."""

    order_id: str
    number: str
    title: str
    status: str
    seq: int
    since: datetime
    total: int
    about: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeliveryBacklog:
    """How what goes out flows: how much waits, since when, and how many relays listen (of all tenants)."""

    messages: int
    oldest_message: datetime | None
    mails: int
    oldest_mail: datetime | None
    relays: int


async def failed(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """What waits for an operator, in one statement: steps out of retries, then lines that are not resumed (`line_id`).

    Each with what it last ran into; a line with the order that suspended it.
    """
    failures = (
        select(col(EventRow.data), func.count().over().label("times"))
        .where(_of(EventRow), col(EventRow.event) == Event.FAILED)
        .order_by(col(EventRow.seq).desc())
        .limit(1)
        .lateral()
    )
    error, no_line = failures.c.data["error"].as_string(), sql_cast(null(), String)
    steps = (
        _troubles(col(OrderRow.updated_at), failures.c.data["step"].as_string(), error, failures.c.times, no_line)
        .outerjoin(failures, true())
        .where(*_open(tenant), col(OrderRow.status) == Status.FAILED)
    )
    clock, problem = col(SuspensionTimerRow.line_id), col(SuspensionTimerRow.attention)
    lines = (
        _troubles(col(SuspensionTimerRow.ends_at), literal("resume"), problem, literal(1), clock)
        .join(SuspensionTimerRow, _of(SuspensionTimerRow))
        .where(
            col(SuspensionTimerRow.tenant) == tenant,
            col(SuspensionTimerRow.state) == "running",
            problem.is_not(None),
        )
    )
    both = union_all(_page(steps, limit), _page(lines, limit))
    rows = (await session.exec(cast("Any", both))).all()
    return [_trouble(row, ("step", "error", "times", "line_id")) for row in rows]


async def lost(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """Open orders whose workflow the watch did not find running."""
    query = (
        _troubles(col(WorkflowHealthRow.since), col(WorkflowHealthRow.state), col(WorkflowHealthRow.checked_at))
        .join(WorkflowHealthRow, _of(WorkflowHealthRow))
        .where(*_open(tenant), col(WorkflowHealthRow.tenant) == tenant, col(WorkflowHealthRow.state) != HEALTHY)
    )
    return await _list(session, query, limit, "finding", "checked_at")


async def idle(session: Session, tenant: str, *, since: datetime, limit: int) -> list[ProblemOrder]:
    """Orders that should have gone on by themselves before that moment and have not."""
    query = _troubles(col(OrderRow.updated_at), col(OrderRow.due_at)).where(
        *_open(tenant), col(OrderRow.status) != Status.FAILED, late(since)
    )
    return await _list(session, query, limit, "due_at")


async def busy(session: Session, tenant: str, *, since: datetime, limit: int) -> list[ProblemOrder]:
    """Orders that something should be happening to, and whose row has not moved since that moment, latest first.

    Either Dialtone has the next step, or the workflow has answered a message and the row knows nothing of it.
    """
    answered = (
        select(col(OutboxRow.done_at), col(OutboxRow.result)["seq"].as_integer().label("seq"))
        .where(
            _of(OutboxRow),
            col(OutboxRow.kind) == "update",
            col(OutboxRow.state) == "done",
        )
        .order_by(col(OutboxRow.position).desc())
        .limit(1)
        .lateral()
    )
    moved = func.greatest(col(OrderRow.updated_at), answered.c.done_at)
    query = (
        _troubles(moved, answered.c.seq)
        .outerjoin(answered, true())
        .where(*_open(tenant), moved < since)
        .where(col(OrderRow.status).in_(_BUSY) | (answered.c.done_at > col(OrderRow.updated_at)))
    )
    return await _list(session, query, limit, "answered", latest_first=True)


async def dead(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """What was given up, in one statement: first messages to orders, then mails about them."""
    message, mail = col(OutboxRow.id), col(NotificationRow.id)
    told = col(OutboxRow.result)["detail"].as_string()
    failure = col(NotificationRow.last_error)
    messages = (
        _troubles(
            func.coalesce(col(OutboxRow.done_at), col(OutboxRow.created_at)),
            *(literal("message"), message, col(OutboxRow.name), col(OutboxRow.kind), col(OutboxRow.attempts), told),
        )
        .join(OutboxRow, _of(OutboxRow))
        .where(col(OutboxRow.tenant) == tenant, col(OutboxRow.state) == "dead")
    )
    mails = (
        _troubles(
            col(NotificationRow.created_at),
            *(literal("mail"), mail, col(NotificationRow.event), col(NotificationRow.address)),
            *(col(NotificationRow.attempts), failure),
        )
        .join(NotificationRow, _of(NotificationRow))
        .where(col(NotificationRow.tenant) == tenant, col(NotificationRow.state) == "dead")
    )
    both = union_all(_page(messages, limit), _page(mails, limit))
    rows = (await session.exec(cast("Any", both))).all()
    return [_trouble(row, ("what", "id", "name", "to", "attempts", "error")) for row in rows]


async def pipes(session: Session, tenant: str) -> DeliveryBacklog:
    """What waits to go out, and who is there to take it."""
    listening = (
        select(func.count())
        .select_from(text("pg_stat_activity"))
        .where(text("datname = current_database() AND application_name = :listener").bindparams(listener=LISTENER))
    )
    # SQLModel types a selection by its members, of which it knows four at most.
    columns: Any = (*_waiting(OutboxRow, tenant), *_waiting(NotificationRow, tenant), listening.scalar_subquery())
    query: Any = select(*columns)
    waiting, oldest, unsent, oldest_unsent, relays = (await session.exec(query)).one()
    return DeliveryBacklog(
        messages=waiting, oldest_message=oldest, mails=unsent, oldest_mail=oldest_unsent, relays=relays
    )


def _waiting(table: type[OutboxRow] | type[NotificationRow], tenant: str) -> tuple[Any, Any]:
    """How many rows wait, and since when the oldest does."""
    waits = col(table.tenant) == tenant, col(table.state) == "waiting"
    return (
        select(func.count()).select_from(table).where(*waits).scalar_subquery(),
        select(func.min(col(table.created_at))).where(*waits).scalar_subquery(),
    )


def _troubles(since: Any, *about: Any) -> Any:
    known = map(col, (OrderRow.id, OrderRow.number, OrderRow.status, OrderRow.seq))
    columns: Any = (*known, col(OrderRow.type)["title"].as_string(), since.label("since"), func.count().over(), *about)
    return select(*columns).select_from(OrderRow)


async def _list(
    session: Session, query: Any, limit: int, *names: str, latest_first: bool = False
) -> list[ProblemOrder]:
    rows = await session.exec(_page(query, limit, latest_first=latest_first))
    return [_trouble(row, names) for row in rows.all()]


def _page(query: Any, limit: int, *, latest_first: bool = False) -> Any:
    """What has lasted longest first, unless wanted otherwise."""
    since = query.selected_columns.since
    return query.order_by(since.desc() if latest_first else since, col(OrderRow.id)).limit(limit)


def _trouble(row: Sequence[Any], names: Sequence[str]) -> ProblemOrder:
    order_id, number, status, seq, title, since, total, *about = row
    return ProblemOrder(
        order_id=order_id,
        number=number,
        title=title,
        status=status,
        seq=seq,
        since=since,
        total=total,
        about=dict(zip(names, about, strict=True)),
    )


def _open(tenant: str) -> tuple[Any, Any]:
    return col(OrderRow.tenant) == tenant, col(OrderRow.closed_at).is_(None)


def _of(
    table: type[EventRow]
    | type[SuspensionTimerRow]
    | type[NotificationRow]
    | type[OutboxRow]
    | type[WorkflowHealthRow],
) -> Any:
    return (col(table.tenant) == col(OrderRow.tenant)) & (col(table.order_id) == col(OrderRow.id))
