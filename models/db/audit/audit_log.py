"""The record of action was done about people's access; the database refuses to rewrite it."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.audit import AuditAction, AuditActor
from models.db.audit.tables import AuditRow
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id


async def record(
    session: Session, action: AuditAction, *, by: AuditActor, to: PersonRow, at: datetime, **detail: Any
) -> None:
    """Write down who did action to whom, in the transaction that does it."""
    session.add(
        AuditRow(
            id=new_id(),
            tenant=to.tenant,
            at=at,
            action=action,
            actor_id=by.id,
            actor_name=by.name,
            subject_id=to.id,
            subject_name=to.name,
            channel=by.channel,
            address=by.address,
            detail=detail,
        )
    )
    await session.flush()


async def page(
    session: Session, tenant: str, *, subject: str | None, action: str | None, before: str | None, limit: int
) -> list[AuditRow]:
    """What was done in a tenant, newest first."""
    query = select(AuditRow).where(col(AuditRow.tenant) == tenant)
    if subject is not None:
        query = query.where(col(AuditRow.subject_id) == subject)
    if action is not None:
        query = query.where(col(AuditRow.action) == action)
    if before is not None:
        query = query.where(col(AuditRow.id) < before)
    return list((await session.exec(query.order_by(col(AuditRow.id).desc()).limit(limit))).all())
