"""Orders and deliveries of a tenant that need an operator: one query with a limit per kind of problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, any_, func, literal, text, true, union_all
from sqlmodel import col, select

from models.db.clauses import matches
from models.db.notifications.tables import AccountEmailRow, NotificationRow, QueuedEmail
from models.db.orders.order_list import late
from models.db.orders.tables import OrderRow
from models.db.outbox.delivery import RELAY_APPLICATION_NAME
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.workflow_health.tables import WorkflowHealthRow
from models.lifecycle import OWN_STATUSES, Status
from models.workflow_health import OUT_OF_STEP, WorkflowHealth

# The next step is Dialtone's, or Dialtone waits for a carrier's answer to a call: an activity can be failing.
_BUSY = OWN_STATUSES | {Status.CANCEL_REQUESTED}
_ANSWERED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class ProblemOrder:
    """An order with a problem since a time; `about` describes the problem, `total` counts orders of the same kind."""

    order_id: str
    number: str
    title: str
    status: str
    seq: int
    carrier: str | None
    since: datetime
    total: int
    about: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeadAccountEmail:
    """An email about a person's access that is no longer tried; `total` counts all of the tenant."""

    id: str
    name: str
    to: str
    attempts: int
    error: str | None
    since: datetime
    total: int


@dataclass(frozen=True, kw_only=True)
class DeliveryBacklog:
    """How many of a tenant's messages and emails wait, since when the oldest does, and how many relays listen.

    `email_error` is why the oldest of the emails that were tried was not sent.
    """

    messages: int
    oldest_message: datetime | None
    emails: int
    oldest_email: datetime | None
    email_error: str | None
    relays: int


async def failed(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """Orders that wait for the task about a failed step."""
    query = _select(col(OrderRow.updated_at)).where(*_open(tenant), col(OrderRow.status) == Status.FAILED)
    return await _list(session, _page(query, limit))


async def lost(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """Open orders whose workflow was not found running."""
    query = _with_health(tenant).where(
        col(OrderRow.closed_at).is_(None),
        col(WorkflowHealthRow.state) != WorkflowHealth.HEALTHY,
        col(WorkflowHealthRow.state).not_in(OUT_OF_STEP),
    )
    return await _list(session, _page(query, limit), "finding")


async def out_of_step(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """Orders, open or ended, whose workflow runs but doesn't stand where the order does."""
    query = _with_health(tenant).where(col(WorkflowHealthRow.state).in_(OUT_OF_STEP))
    return await _list(session, _page(query, limit), "finding")


def _with_health(tenant: str) -> Any:
    """Orders with what the last check of their workflow found."""
    return (
        _select(col(WorkflowHealthRow.since), col(WorkflowHealthRow.state))
        .join(WorkflowHealthRow, matches(WorkflowHealthRow.order_id, OrderRow.id))
        .where(col(WorkflowHealthRow.tenant) == tenant)
    )


async def idle(session: Session, tenant: str, *, since: datetime, limit: int) -> list[ProblemOrder]:
    """Orders that are late since before this time."""
    query = _select(col(OrderRow.updated_at), col(OrderRow.due_at)).where(
        *_open(tenant), col(OrderRow.status) != Status.FAILED, late(since)
    )
    return await _list(session, _page(query, limit), "due_at")


async def busy(session: Session, tenant: str, *, since: datetime, limit: int) -> list[ProblemOrder]:
    """Orders whose row should have changed since this time and has not, the latest first.

    Either the next step is Dialtone's, or the workflow answered a message (`answered` is its event number) and the
    row does not show it. Answers that are older than `_ANSWERED_WITHIN` are left to `out_of_step`.
    """
    answered = (
        select(col(OutboxRow.done_at), col(OutboxRow.result)["seq"].as_integer().label("seq"))
        .where(
            matches(OutboxRow.order_id, OrderRow.id), col(OutboxRow.kind) == "update", col(OutboxRow.state) == "done"
        )
        .order_by(col(OutboxRow.position).desc())
        .limit(1)
        .lateral()
    )
    changed = func.greatest(col(OrderRow.updated_at), answered.c.done_at)
    suspects = union_all(_next_is_ours(tenant), _not_shown(tenant, since - _ANSWERED_WITHIN)).scalar_subquery()
    query = (
        _select(changed, answered.c.seq)
        .outerjoin(answered, true())
        # As an array, the few are read first, each by its key.
        .where(col(OrderRow.id) == any_(func.array(suspects)), *_open(tenant), changed < since)
        .where(col(OrderRow.status).in_(_BUSY) | (answered.c.done_at > col(OrderRow.updated_at)))
    )
    return await _list(session, _page(query, limit, latest_first=True), "answered")


def _next_is_ours(tenant: str) -> Any:
    return select(OrderRow.id).where(*_open(tenant), col(OrderRow.status).in_(_BUSY))


def _not_shown(tenant: str, since: datetime) -> Any:
    """Orders that have not changed after the workflow answered one of their messages, since this time."""
    return (
        select(OrderRow.id)
        .join(OutboxRow, matches(OutboxRow.order_id, OrderRow.id))
        .where(*_open(tenant), col(OutboxRow.tenant) == tenant)
        .where(col(OutboxRow.kind) == "update", col(OutboxRow.state) == "done", col(OutboxRow.done_at) > since)
        .where(col(OutboxRow.done_at) > col(OrderRow.updated_at))
    )


async def dead(session: Session, tenant: str, *, limit: int) -> list[ProblemOrder]:
    """Dead messages to workflows, then dead emails."""
    messages = (
        _select(
            func.coalesce(col(OutboxRow.done_at), col(OutboxRow.created_at)),
            literal("message"),
            col(OutboxRow.id),
            col(OutboxRow.name),
            col(OutboxRow.kind),
            col(OutboxRow.attempts),
            col(OutboxRow.result)["detail"].as_string(),
        )
        .join(OutboxRow, matches(OutboxRow.order_id, OrderRow.id))
        .where(col(OutboxRow.tenant) == tenant, col(OutboxRow.state) == "dead")
    )
    emails = (
        _select(
            col(NotificationRow.created_at),
            literal("email"),
            col(NotificationRow.id),
            col(NotificationRow.event),
            col(NotificationRow.address),
            col(NotificationRow.attempts),
            col(NotificationRow.last_error),
        )
        .join(NotificationRow, matches(NotificationRow.order_id, OrderRow.id))
        .where(col(NotificationRow.tenant) == tenant, col(NotificationRow.state) == "dead")
    )
    return await _list_both(session, messages, emails, limit, "what", "id", "name", "to", "attempts", "error")


async def dead_account_emails(session: Session, tenant: str, *, limit: int) -> list[DeadAccountEmail]:
    """Dead emails about people's access, oldest first."""
    rows = await session.all(
        select(AccountEmailRow, func.count().over())
        .where(col(AccountEmailRow.tenant) == tenant, col(AccountEmailRow.state) == "dead")
        .order_by(col(AccountEmailRow.id))
        .limit(limit)
    )
    return [
        DeadAccountEmail(
            id=row.id,
            name=row.event,
            to=row.address,
            attempts=row.attempts,
            error=row.last_error,
            since=row.created_at,
            total=total,
        )
        for row, total in rows
    ]


async def delivery_backlog(session: Session, tenant: str) -> DeliveryBacklog:
    relays = (
        select(func.count())
        .select_from(text("pg_stat_activity"))
        .where(
            text("datname = current_database() AND application_name = :listener").bindparams(
                listener=RELAY_APPLICATION_NAME
            )
        )
    )
    emails, messages = _waiting_emails(tenant), _waiting(OutboxRow, tenant).cte()
    columns: tuple[Any, ...] = (*_counted(messages), *_counted(emails), _email_error(emails), relays.scalar_subquery())
    query: Any = select(*columns)
    messages, oldest_message, emails, oldest_email, email_error, listening = (await session.exec(query)).one()
    return DeliveryBacklog(
        messages=messages,
        oldest_message=oldest_message,
        emails=emails,
        oldest_email=oldest_email,
        email_error=email_error,
        relays=listening,
    )


def _waiting_emails(tenant: str) -> CTE:
    """The emails that wait, about orders and about people's access, with why they were not sent at the last try."""
    tables = (NotificationRow, AccountEmailRow)
    return union_all(*(_waiting(table, tenant, col(table.last_error)) for table in tables)).cte()


def _waiting(table: type[OutboxRow] | type[QueuedEmail], tenant: str, *columns: Any) -> Any:
    """`created_at` of the rows that wait, and these columns."""
    at: Any = col(table.created_at).label("created_at")
    return select(at, *columns).where(col(table.tenant) == tenant, col(table.state) == "waiting")


def _counted(waiting: CTE) -> tuple[Any, Any]:
    """How many rows wait, and since when the oldest does."""
    return (
        select(func.count()).select_from(waiting).scalar_subquery(),
        select(func.min(waiting.c.created_at)).scalar_subquery(),
    )


def _email_error(emails: CTE) -> Any:
    failed = select(emails.c.last_error).where(emails.c.last_error.is_not(None))
    return failed.order_by(emails.c.created_at).limit(1).scalar_subquery()


def _select(since: Any, *about: Any) -> Any:
    known = map(col, (OrderRow.id, OrderRow.number, OrderRow.status, OrderRow.seq, OrderRow.carrier, OrderRow.title))
    columns: Any = (*known, since.label("since"), func.count().over(), *about)
    return select(*columns).select_from(OrderRow)


def _page(query: Any, limit: int, *, latest_first: bool = False) -> Any:
    since = query.selected_columns.since
    return query.order_by(since.desc() if latest_first else since, col(OrderRow.id)).limit(limit)


async def _list_both(session: Session, first: Any, second: Any, limit: int, *names: str) -> list[ProblemOrder]:
    return await _list(session, union_all(_page(first, limit), _page(second, limit)), *names)


async def _list(session: Session, query: Any, *names: str) -> list[ProblemOrder]:
    """The orders a query finds; `names` are the keys of their `about`."""
    return [
        ProblemOrder(
            order_id=order_id,
            number=number,
            title=title,
            status=status,
            seq=seq,
            carrier=carrier,
            since=since,
            total=total,
            about=dict(zip(names, about, strict=True)),
        )
        for order_id, number, status, seq, carrier, title, since, total, *about in await session.all(query)
    ]


def _open(tenant: str) -> tuple[Any, Any]:
    return col(OrderRow.tenant) == tenant, col(OrderRow.closed_at).is_(None)
