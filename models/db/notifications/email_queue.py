"""The queue of emails: added in the transaction they are about, claimed for a lease, completed once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ARRAY, INTEGER, TEXT, ColumnElement, Integer, case, column, false, func, update
from sqlalchemy.dialects.postgresql import INTERVAL, insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, claiming, commits_async, matches
from models.db.notifications.tables import SECURITY_COPY, AccountEmailRow, NotificationRow, QueuedEmail
from models.db.people.tables import PersonRow, TenantRow
from models.db.row_sets import documents, inserting
from models.db.session import NO_SYNC, Session
from models.db.statement import Statement, param
from models.order import OrderRef

CHANNEL = "notification"
LEFT = "left"
_NOTIFY_RELAY = func.pg_notify(CHANNEL, "")  # takes effect at commit
_KEY = ("tenant", "order_id", "seq", "event", "recipient_id")
Row = TypeVar("Row", NotificationRow, AccountEmailRow)
Email = NotificationRow | AccountEmailRow
_TABLES = (NotificationRow, AccountEmailRow)


_ADD = Statement[tuple[str, None]](
    inserting(NotificationRow, next_attempt_at=func.statement_timestamp())
    .on_conflict_do_nothing()
    .returning(col(NotificationRow.id), _NOTIFY_RELAY)
)
_limit = param("limit", Integer)
_accounts = claiming(AccountEmailRow, AccountEmailRow.next_attempt_at, AccountEmailRow.id, limit=_limit).cte()
_rest = _limit - select(func.count()).select_from(_accounts).scalar_subquery()
_orders = claiming(NotificationRow, NotificationRow.next_attempt_at, NotificationRow.id, limit=_rest).cte()
# Both in one statement: each row has one of the two.
_CLAIM = Statement[tuple[AccountEmailRow | None, NotificationRow | None]](
    select(*_accounts.c, *_orders.c).select_from(_accounts.join(_orders, false(), full=True)),
    AccountEmailRow,
    NotificationRow,
)


_outcomes = (
    func.unnest(
        param("ids", ARRAY(TEXT)),
        param("attempts", ARRAY(INTEGER)),
        param("states", ARRAY(TEXT)),
        param("reasons", ARRAY(TEXT)),
        param("delays", ARRAY(INTERVAL)),
        param("new_attempts", ARRAY(INTEGER)),
        param("failures", ARRAY(INTEGER)),
    )
    .table_valued("id", "attempt", "state", "reason", column("delay", INTERVAL), "attempts", "failures")
    .render_derived(name="outcome")
)


def _settle(table: Any) -> Statement[str]:
    """Changes emails while the attempts that they were claimed for are the last ones; returns their ids."""
    new = _outcomes.c
    return Statement(
        update(table)
        .where(
            col(table.id) == new.id,
            col(table.attempts) == new.attempt,
            col(table.state) == "waiting",
            commits_async(),
        )
        .values(
            state=new.state,
            sent_at=case((new.state == "sent", func.now())),
            last_error=new.reason,
            next_attempt_at=func.now() + new.delay,
            attempts=new.attempts,
            failed_attempts=new.failures,
        )
        .returning(col(table.id))
    )


_SETTLE = {table: _settle(table) for table in _TABLES}


@dataclass(frozen=True, kw_only=True)
class EmailOutcome:
    """What became of an attempt: the final state `sent`, `skipped`, `unconfirmed` or `dead`.

    With `delay` it is tried again after that, because of another `result`: `unanswered` if it may have been sent, LEFT
    if there was no attempt.
    """

    row: Email
    result: str
    reason: str | None = None
    delay: timedelta | None = None

    @property
    def is_failure(self) -> bool:
        """The attempt is known not to have sent the email."""
        return self.delay is not None and self.result not in {LEFT, "unanswered"}


async def add(session: Session, rows: Sequence[NotificationRow]) -> set[str]:
    """Queue emails and notify the relay at commit; returns the ids of those that the person has not got already."""
    return {email_id for email_id, _ in await session.all(_ADD, rows=documents(rows))}


async def renew(session: Session, row: NotificationRow, *, unless_since: datetime) -> bool:
    """Queue an email the person asked for, in place of the previous one; False if that is newer than `unless_since`."""
    values = row.model_dump() | {"next_attempt_at": func.now()}
    renewed = (
        insert(NotificationRow)
        .values(values)
        .on_conflict_do_update(
            index_elements=_KEY,
            set_={name: value for name, value in values.items() if name not in _KEY},
            where=col(NotificationRow.created_at) < unless_since,
        )
        .returning(col(NotificationRow.id), _NOTIFY_RELAY)
    )
    return (await session.exec(renewed)).first() is not None


async def add_account_email(session: Session, row: AccountEmailRow) -> None:
    """Queue an email about a person's access and notify the relay at commit."""
    await session.insert_once(row, notify=CHANNEL, next_attempt_at=timedelta(0))


async def add_account_emails(session: Session, rows: Sequence[AccountEmailRow]) -> None:
    """Queue many emails with few statements, and notify the relay at commit."""
    at = await session.now()
    for row in rows:
        row.next_attempt_at = at
    session.add_all(rows)
    await session.flush()
    await session.exec(select(_NOTIFY_RELAY))


async def claim(session: Session, *, limit: int, lease: timedelta) -> list[Email]:
    """Claim the emails that have been due longest, for the length of the lease.

    Account emails go first: someone may be waiting for one on the sign-in page.
    """
    claimed = await session.all(_CLAIM, limit=limit, lease=lease)
    return [email for pair in claimed for email in pair if email is not None]


async def settle(session: Session, outcomes: Sequence[EmailOutcome]) -> set[str]:
    """Store what became of emails of one table; returns the ids of those that were not claimed again meanwhile."""
    (table,) = {type(outcome.row) for outcome in outcomes}
    return {
        *await session.all(
            _SETTLE[table],
            ids=[outcome.row.id for outcome in outcomes],
            attempts=[outcome.row.attempts for outcome in outcomes],
            states=[outcome.result if outcome.delay is None else "waiting" for outcome in outcomes],
            reasons=[outcome.reason and outcome.reason[:500] for outcome in outcomes],
            delays=[outcome.delay or timedelta(0) for outcome in outcomes],
            new_attempts=[outcome.row.attempts - (outcome.result == LEFT) for outcome in outcomes],
            failures=[outcome.row.failed_attempts + outcome.is_failure for outcome in outcomes],
        )
    }


async def find(session: Session, table: type[Row], tenant: str, email_id: str) -> Row | None:
    return await session.first(select(table).where(col(table.tenant) == tenant, col(table.id) == email_id))


async def lock_dead(session: Session, table: type[Row], tenant: str) -> list[Row]:
    """The emails that are no longer tried, except those that someone else is queuing again."""
    dead = select(table).where(*_is_dead(table, tenant)).order_by(col(table.id))
    return await session.all(dead.with_for_update(skip_locked=True))


async def requeue(session: Session, table: type[Row], tenant: str, email_ids: Collection[str]) -> None:
    """Queue dead emails again, with as many attempts as new ones, to the recipients' current addresses."""
    is_recipient = matches(PersonRow.id, table.recipient_id)
    person = select(PersonRow.email).where(is_recipient).scalar_subquery()
    mailbox = select(TenantRow.security_email).where(col(TenantRow.id) == tenant).scalar_subquery()
    is_copy = col(table.event) == SECURITY_COPY
    address = case((is_copy, func.coalesce(mailbox, col(table.address))), else_=person)
    again = {"state": "waiting", "attempts": 0, "failed_attempts": 0, "next_attempt_at": func.now(), "address": address}
    await session.exec(
        update(table)
        .where(*_is_dead(table, tenant), col(table.id).in_(email_ids))
        .values(again)
        .execution_options(**NO_SYNC)
    )
    await session.exec(select(_NOTIFY_RELAY))


async def address_of_link(session: Session, tenant: str, link_id: str) -> str | None:
    """The address the email with this link went to."""
    return await session.first(
        select(NotificationRow.address).where(
            col(NotificationRow.tenant) == tenant, col(NotificationRow.link_id) == link_id
        )
    )


async def emails_of(session: Session, ref: OrderRef) -> list[tuple[NotificationRow, str]]:
    """The emails about an order with their recipients' names, oldest first."""
    return await session.all(
        select(NotificationRow, col(PersonRow.name))
        .join(PersonRow, matches(PersonRow.id, NotificationRow.recipient_id))
        .where(belongs_to_order(NotificationRow, ref))
        .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
    )


def _is_dead(table: type[QueuedEmail], tenant: str) -> tuple[ColumnElement[bool], ...]:
    return col(table.tenant) == tenant, col(table.state) == "dead"
