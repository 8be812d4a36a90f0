"""The log of operators' recovery actions."""

from sqlmodel import col, select

from models.db.clauses import belongs_to_order
from models.db.session import Session, new_id, utc_now
from models.db.workflow_health.tables import RecoveryRow
from models.order import Actor, OrderRef


def add(
    session: Session, ref: OrderRef, action: str, *, actor: Actor, evidence: str, subject: str | None = None
) -> None:
    """Record an action when the transaction is committed."""
    session.add(
        RecoveryRow(
            tenant=ref.tenant,
            id=new_id(),
            order_id=ref.id,
            at=utc_now(),
            action=action,
            subject=subject,
            evidence=evidence,
            actor_id=actor.id,
            actor_name=actor.name,
            channel=actor.channel,
        )
    )


async def recoveries_of(session: Session, ref: OrderRef) -> list[RecoveryRow]:
    """Recovery actions on an order, oldest first."""
    return await session.all(
        select(RecoveryRow).where(belongs_to_order(RecoveryRow, ref)).order_by(col(RecoveryRow.id))
    )
