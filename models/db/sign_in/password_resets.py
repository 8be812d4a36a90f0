"""Mailed links that let somebody choose a password, once and for a short time."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from models.db.session import Session, new_id
from models.db.sign_in.tables import PasswordResetRow


async def add(session: Session, tenant: str, person_id: str, *, at: datetime, until: datetime) -> PasswordResetRow:
    """A new link for a person; those they had before stop working."""
    await revoke_all(session, tenant, person_id, at=at)
    row = PasswordResetRow(id=new_id(), tenant=tenant, person_id=person_id, created_at=at, expires_at=until)
    session.add(row)
    await session.flush()
    return row


async def asked_since(session: Session, tenant: str, person_id: str, *, since: datetime) -> bool:
    """Whether a link was made for this person after `since`."""
    rows = await session.exec(
        select(PasswordResetRow.id).where(*_of(tenant, person_id), col(PasswordResetRow.created_at) > since)
    )
    return rows.first() is not None


async def live(session: Session, link_id: str, *, at: datetime) -> PasswordResetRow | None:
    """The link, while it can still be used; looking uses nothing up."""
    rows = await session.exec(select(PasswordResetRow).where(*_live(link_id, at)))
    return rows.first()


async def use(session: Session, link_id: str, *, at: datetime) -> bool:
    """Use a link up; True for exactly one caller."""
    used = await session.exec(update(PasswordResetRow).where(*_live(link_id, at)).values(used_at=at))
    return bool(used.rowcount)


async def revoke_all(session: Session, tenant: str, person_id: str, *, at: datetime) -> None:
    """End all links of a person that could still be used."""
    open_ones = (col(PasswordResetRow.used_at).is_(None), col(PasswordResetRow.revoked_at).is_(None))
    await session.exec(update(PasswordResetRow).where(*_of(tenant, person_id), *open_ones).values(revoked_at=at))


def _of(tenant: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return (col(PasswordResetRow.tenant) == tenant, col(PasswordResetRow.person_id) == person_id)


def _live(link_id: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(PasswordResetRow.id) == link_id,
        col(PasswordResetRow.expires_at) > at,
        col(PasswordResetRow.used_at).is_(None),
        col(PasswordResetRow.revoked_at).is_(None),
    )
