"""The queue of emails: added in the transaction they are about, claimed for a lease, completed once."""

from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches
from models.db.notifications.tables import AccountEmailRow, NotificationRow, QueuedEmail
from models.db.people.tables import PersonRow
from models.db.session import NO_SYNC, Session
from models.order import OrderRef

CHANNEL = "notification"
_NOTIFY_RELAY = func.pg_notify(CHANNEL, "")  # takes effect at commit
_KEY = ("tenant", "order_id", "seq", "event", "recipient_id")
Row = TypeVar("Row", NotificationRow, AccountEmailRow)


async def add(session: Session, row: NotificationRow) -> bool:
    """Queue an email and notify the relay at commit; False if the person has one about this event."""
    return await session.insert_once(row, notify=CHANNEL)


async def renew(session: Session, row: NotificationRow, *, unless_since: datetime) -> bool:
    """Queue an email the person asked for, in place of the previous one; False if that is newer than `unless_since`."""
    values = row.model_dump()
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
    await session.insert_once(row, notify=CHANNEL)


async def claim(session: Session, table: type[Row], *, at: datetime, lease: timedelta) -> Row | None:
    """Claim the email that has been due longest, for the length of the lease; None if none is due."""
    due = (
        select(table.id)
        .where(col(table.state) == "waiting", col(table.next_attempt_at) <= at)
        .order_by(col(table.next_attempt_at), col(table.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(table)
        .where(col(table.id) == due.scalar_subquery())
        .values(attempts=col(table.attempts) + 1, next_attempt_at=at + lease)
        .returning(table)
        .execution_options(**NO_SYNC)
    )
    return (await session.exec(claimed)).scalars().first()


async def complete(session: Session, row: QueuedEmail, *, state: str, at: datetime, reason: str | None = None) -> None:
    """Set the final state: `sent`, `skipped` (outdated) or `dead` (it can never be sent)."""
    await _change(session, row, state=state, sent_at=at if state == "sent" else None, last_error=reason)


async def find(session: Session, tenant: str, email_id: str) -> NotificationRow | None:
    """One email about an order, by its id."""
    return await session.first(
        select(NotificationRow).where(col(NotificationRow.tenant) == tenant, col(NotificationRow.id) == email_id)
    )


async def requeue(session: Session, row: NotificationRow, at: datetime) -> None:
    """Queue a dead email again, with as many attempts as a new one, to the recipient's current address."""
    is_recipient = col(PersonRow.tenant) == row.tenant, col(PersonRow.id) == row.recipient_id
    address = select(PersonRow.email).where(*is_recipient).scalar_subquery()
    await _change(session, row, state="waiting", attempts=0, next_attempt_at=at, address=address)
    await session.exec(select(_NOTIFY_RELAY))


async def reschedule(session: Session, row: QueuedEmail, *, until: datetime, error: str) -> None:
    """Try again at this time, because of this error."""
    await _change(session, row, next_attempt_at=until, last_error=error[:500], attempts=row.attempts)


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


async def _change(session: Session, row: QueuedEmail, **values: object) -> None:
    table = type(row)
    changed = update(table).where(col(table.id) == row.id).values(**values)
    await session.exec(changed.execution_options(**NO_SYNC))
