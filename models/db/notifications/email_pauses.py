"""The emails that a company has switched off, and when."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, select

from models.db.notifications.tables import EmailPauseRow
from models.db.session import Session, new_id
from models.facts import Person


async def current(session: Session, tenant: str) -> list[EmailPauseRow]:
    """Those that are switched off now."""
    return await session.all(
        select(EmailPauseRow).where(col(EmailPauseRow.tenant) == tenant, col(EmailPauseRow.on_at).is_(None))
    )


async def since(session: Session, tenant: str, at: datetime) -> list[EmailPauseRow]:
    """Those that were switched off at this time, and later ones."""
    return await session.all(
        select(EmailPauseRow).where(
            col(EmailPauseRow.tenant) == tenant, col(EmailPauseRow.on_at).is_(None) | (col(EmailPauseRow.on_at) > at)
        )
    )


async def switch_off(session: Session, person: Person, email: str, at: datetime) -> bool:
    """False if it is off already."""
    row = EmailPauseRow(tenant=person.tenant, id=new_id(), email=email, off_at=at, off_by=person.id)
    return await session.insert_once(row)


async def switch_on(session: Session, person: Person, email: str, at: datetime) -> bool:
    """False if it is on already."""
    is_off = (
        col(EmailPauseRow.tenant) == person.tenant,
        col(EmailPauseRow.email) == email,
        col(EmailPauseRow.on_at).is_(None),
    )
    return bool(await session.affected(update(EmailPauseRow).where(*is_off).values(on_at=at, on_by=person.id)))
