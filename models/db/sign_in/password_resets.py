"""Password reset links: emailed to a person, used once within a short time."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from models.db.clauses import belongs_to_person
from models.db.session import Session, new_id
from models.db.sign_in.tables import PasswordResetRow
from models.errors import LinkNotValid


async def add(session: Session, tenant: str, person_id: str, *, at: datetime, until: datetime) -> PasswordResetRow:
    """Create a link for a person; their earlier links stop working."""
    await revoke_all(session, tenant, person_id, at=at)
    row = PasswordResetRow(id=new_id(), tenant=tenant, person_id=person_id, created_at=at, expires_at=until)
    return await session.insert(row)


async def created_since(session: Session, tenant: str, person_id: str, *, since: datetime) -> bool:
    """Whether a link was created for this person after `since`."""
    recent = select(PasswordResetRow.id).where(
        belongs_to_person(PasswordResetRow, tenant, person_id), col(PasswordResetRow.created_at) > since
    )
    return await session.first(recent) is not None


async def live(session: Session, link_id: str, *, at: datetime) -> PasswordResetRow | None:
    """The link if it can be used; reading does not use it."""
    return await session.first(select(PasswordResetRow).where(*_live(link_id, at)))


async def find(session: Session, link_id: str, *, at: datetime) -> PasswordResetRow:
    """A link that can be used. Raises LinkNotValid."""
    link = await live(session, link_id, at=at)
    if link is None:
        raise not_valid()
    return link


async def use(session: Session, link_id: str, *, at: datetime) -> None:
    """Use a link; raises LinkNotValid for all callers but one."""
    if not await session.affected(update(PasswordResetRow).where(*_live(link_id, at)).values(used_at=at)):
        raise not_valid()


async def revoke_all(session: Session, tenant: str, person_id: str, *, at: datetime) -> None:
    """Revoke all unused links of a person."""
    await session.exec(
        update(PasswordResetRow)
        .where(belongs_to_person(PasswordResetRow, tenant, person_id), *_unused())
        .values(revoked_at=at)
    )


def not_valid() -> LinkNotValid:
    return LinkNotValid("This link was used or has expired.")


def _unused() -> tuple[ColumnElement[bool], ...]:
    return col(PasswordResetRow.used_at).is_(None), col(PasswordResetRow.revoked_at).is_(None)


def _live(link_id: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(PasswordResetRow.id) == link_id, col(PasswordResetRow.expires_at) > at, *_unused()
