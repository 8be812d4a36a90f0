"""The mails that wait: announced about orders or about somebody's access, claimed once at a time, sent or not."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.people.tables import PersonRow
from models.db.session import UNSEEN, Session
from models.facts import Role

CHANNEL = "notification"
QueuedEmail = TypeVar("QueuedEmail", NotificationRow, AccountEmailRow)
_WAKE = func.pg_notify(CHANNEL, "")  # at commit, and only for rows that were written
ONCE = ("tenant", "order_id", "seq", "event", "recipient_id")


async def add(session: Session, row: NotificationRow) -> bool:
    """Announce a mail and wake the relay at commit; False when this person was told of this entry already."""
    added = insert(NotificationRow).values(row.model_dump()).on_conflict_do_nothing()
    return (await session.exec(added.returning(col(NotificationRow.id), _WAKE))).first() is not None


async def renew(session: Session, row: NotificationRow, *, unless_since: datetime) -> bool:
    """Announce a mail a person asks for again and again; False when the last one is younger than `unless_since`.

    The newer mail takes the place of the older one about the same entry.
    """
    again = {name: value for name, value in row.model_dump().items() if name not in ONCE}
    renewed = (
        insert(NotificationRow)
        .values(row.model_dump())
        .on_conflict_do_update(index_elements=ONCE, set_=again, where=col(NotificationRow.created_at) < unless_since)
        .returning(col(NotificationRow.id), _WAKE)
    )
    return (await session.exec(renewed)).first() is not None


async def add_account_email(session: Session, row: AccountEmailRow) -> None:
    """Announce a mail about somebody's access and wake the relay at commit."""
    session.add(row)
    await session.flush()
    await session.exec(select(_WAKE))


async def claim(session: Session, table: type[QueuedEmail], *, at: datetime, lease: timedelta) -> QueuedEmail | None:
    """Take the mail that has been due for longest; for the length of the lease nobody else sends it."""
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
        .execution_options(**UNSEEN)
    )
    return (await session.exec(claimed)).scalars().first()


async def complete(
    session: Session, row: NotificationRow | AccountEmailRow, *, state: str, at: datetime, reason: str | None = None
) -> None:
    """The mail was `sent`, is `skipped` (no longer true), or can never be sent (`dead`)."""
    await _change(session, row, state=state, sent_at=at if state == "sent" else None, last_error=reason)


async def find(session: Session, tenant: str, mail_id: str) -> NotificationRow | None:
    """One mail by its id."""
    rows = await session.exec(
        select(NotificationRow).where(col(NotificationRow.tenant) == tenant, col(NotificationRow.id) == mail_id)
    )
    return rows.first()


async def requeue(session: Session, row: NotificationRow, at: datetime) -> None:
    """Have a mail that was given up tried from the beginning."""
    await _change(session, row, state="waiting", attempts=0, next_attempt_at=at)
    await session.exec(select(_WAKE))


async def reschedule(session: Session, row: NotificationRow | AccountEmailRow, *, until: datetime, error: str) -> None:
    """The mail could not be sent now; try again then."""
    await _change(session, row, next_attempt_at=until, last_error=error[:500], attempts=row.attempts)


async def address_of_link(session: Session, tenant: str, link_id: str) -> str | None:
    """Where the mail with this link went."""
    rows = await session.exec(
        select(NotificationRow.address).where(
            col(NotificationRow.tenant) == tenant, col(NotificationRow.link_id) == link_id
        )
    )
    return rows.first()


async def reachable(session: Session, tenant: str, ids: Collection[str]) -> dict[str, PersonRow]:
    """The active ones of these people, by id."""
    rows = await session.exec(
        select(PersonRow).where(
            col(PersonRow.tenant) == tenant, col(PersonRow.id).in_(ids), col(PersonRow.active).is_(True)
        )
    )
    return {row.id: row for row in rows.all()}


async def admin_ids(session: Session, tenant: str) -> list[str]:
    """Who administers the tenant."""
    rows = await session.exec(
        select(PersonRow.id)
        .where(col(PersonRow.tenant) == tenant, col(PersonRow.roles).contains([Role.ADMIN.value]))
        .order_by(col(PersonRow.id))
    )
    return list(rows.all())


async def _change(session: Session, row: NotificationRow | AccountEmailRow, **values: object) -> None:
    table = type(row)
    changed = update(table).where(col(table.id) == row.id).values(**values)
    await session.exec(changed.execution_options(**UNSEEN))
