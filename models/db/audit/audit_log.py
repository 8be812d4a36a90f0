"""Writing and reading the audit log."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.audit import AuditAction, AuditActor, AuditSubject
from models.db.audit.tables import AuditRow
from models.db.clauses import optional
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.facts import Person


async def record(
    session: Session,
    /,
    action: AuditAction,
    *,
    by: AuditActor,
    to: PersonRow | Person | AuditSubject,
    at: datetime,
    **detail: Any,
) -> None:
    """Log an action in the transaction that performs it."""
    await session.insert(
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


async def page(
    session: Session,
    tenant: str,
    *,
    person: str | None = None,
    action: str | None = None,
    before: str | None = None,
    limit: int,
) -> list[AuditRow]:
    """A tenant's audit events, newest first, with `person` those of what was done to the person with this id.

    `before` is the id of the last event of the previous page.
    """
    filters = optional(
        (person, lambda value: col(AuditRow.subject_id) == value),
        (action, lambda value: col(AuditRow.action) == value),
        (before, lambda value: col(AuditRow.id) < value),
    )
    query = select(AuditRow).where(col(AuditRow.tenant) == tenant, *filters)
    return await session.all(query.order_by(col(AuditRow.id).desc()).limit(limit))
