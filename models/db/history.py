"""What was said about an order, to people and to its workflow, with every attempt: for those who watch orders."""

from sqlmodel import col, select

from models.db.notifications.tables import NotificationRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.order import OrderRef


async def mails_of(session: Session, ref: OrderRef) -> list[tuple[NotificationRow, str]]:
    """The mails about an order, with their recipients' names, oldest first."""
    rows = await session.exec(
        select(NotificationRow, col(PersonRow.name))
        .join(
            PersonRow,
            (col(PersonRow.tenant) == col(NotificationRow.tenant))
            & (col(PersonRow.id) == col(NotificationRow.recipient_id)),
        )
        .where(col(NotificationRow.tenant) == ref.tenant, col(NotificationRow.order_id) == ref.id)
        .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
    )
    return list(rows.all())


async def messages_of(session: Session, ref: OrderRef) -> list[OutboxRow]:
    """What was said to the order's workflow, or waits to be, oldest first."""
    rows = await session.exec(
        select(OutboxRow)
        .where(col(OutboxRow.tenant) == ref.tenant, col(OutboxRow.order_id) == ref.id)
        .order_by(col(OutboxRow.position))
    )
    return list(rows.all())
