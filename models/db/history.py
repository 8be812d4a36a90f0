"""Every email and message about an order, with its attempts."""

from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches
from models.db.notifications.tables import NotificationRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.order import OrderRef


async def emails_of(session: Session, ref: OrderRef) -> list[tuple[NotificationRow, str]]:
    """The emails about an order with their recipients' names, oldest first."""
    return await session.all(
        select(NotificationRow, col(PersonRow.name))
        .join(PersonRow, matches(PersonRow.id, NotificationRow.recipient_id))
        .where(belongs_to_order(NotificationRow, ref))
        .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
    )


async def messages_of(session: Session, ref: OrderRef) -> list[OutboxRow]:
    """The messages to the order's workflow and its timers' workflows, oldest first."""
    return await session.all(
        select(OutboxRow).where(belongs_to_order(OutboxRow, ref)).order_by(col(OutboxRow.position))
    )
