"""How people sign in: user names, passwords' hashes, second factors and recovery codes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlmodel import col, select

from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import LoginRow, RecoveryCodeRow


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person and how they sign in."""

    login: LoginRow
    person: PersonRow


async def by_user_name(session: Session, user_name: str) -> Known | None:
    """Who signs in under a name, in whichever tenant."""
    return await _one(session, col(LoginRow.user_name) == user_name.strip().lower())


async def of_person(session: Session, tenant: str, person_id: str) -> Known | None:
    """How this person signs in; None for somebody who cannot."""
    return await _one(session, col(LoginRow.tenant) == tenant, col(LoginRow.person_id) == person_id)


async def add(session: Session, person: PersonRow, *, at: datetime) -> LoginRow:
    """Let a person sign in under their address; they choose a password by a mailed link."""
    row = LoginRow(tenant=person.tenant, person_id=person.id, user_name=person.email.lower(), created_at=at)
    session.add(row)
    await session.flush()
    return row


async def taken(session: Session, user_name: str) -> bool:
    """Whether somebody signs in under this name already, in whichever tenant."""
    rows = await session.exec(select(LoginRow.user_name).where(col(LoginRow.user_name) == user_name.strip().lower()))
    return rows.first() is not None


async def change(session: Session, login: LoginRow, **values: object) -> None:
    """Change what is known of how somebody signs in."""
    await session.exec(update(LoginRow).where(*_is(login)).values(**values))


async def use_step(session: Session, login: LoginRow, step: int) -> bool:
    """Use a time step of the authenticator up; False when this or a later one was used before."""
    fresh = or_(col(LoginRow.last_step).is_(None), col(LoginRow.last_step) < step)
    used = await session.exec(update(LoginRow).where(*_is(login), fresh).values(last_step=step))
    return bool(used.rowcount)


async def renew_codes(session: Session, login: LoginRow, digests: Collection[str]) -> None:
    """Give a person these recovery codes instead of those they had."""
    await session.exec(delete(RecoveryCodeRow).where(*_owns(login)))
    session.add_all(RecoveryCodeRow(digest=one, tenant=login.tenant, person_id=login.person_id) for one in digests)
    await session.flush()


async def use_code(session: Session, login: LoginRow, digest: str, *, at: datetime) -> bool:
    """Use a recovery code up; True for exactly one caller."""
    unused = (col(RecoveryCodeRow.digest) == digest, col(RecoveryCodeRow.used_at).is_(None))
    used = await session.exec(update(RecoveryCodeRow).where(*_owns(login), *unused).values(used_at=at))
    return bool(used.rowcount)


async def codes_left(session: Session, tenant: str, person_id: str) -> int:
    """How many recovery codes a person has not used."""
    count = select(func.count()).where(
        col(RecoveryCodeRow.tenant) == tenant,
        col(RecoveryCodeRow.person_id) == person_id,
        col(RecoveryCodeRow.used_at).is_(None),
    )
    return (await session.exec(count)).one()


def _is(login: LoginRow) -> tuple[ColumnElement[bool], ...]:
    return (col(LoginRow.tenant) == login.tenant, col(LoginRow.person_id) == login.person_id)


def _owns(login: LoginRow) -> tuple[ColumnElement[bool], ...]:
    return (col(RecoveryCodeRow.tenant) == login.tenant, col(RecoveryCodeRow.person_id) == login.person_id)


async def _one(session: Session, *which: ColumnElement[bool]) -> Known | None:
    found = await session.exec(
        select(LoginRow, PersonRow)
        .join(
            PersonRow,
            (col(PersonRow.tenant) == col(LoginRow.tenant)) & (col(PersonRow.id) == col(LoginRow.person_id)),
        )
        .where(*which)
    )
    row = found.first()
    return Known(login=row[0], person=row[1]) if row else None
