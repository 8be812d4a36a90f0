"""Logins: user names, password hashes, second factors and recovery codes."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_person, matches
from models.db.encryption import KeyPurpose, Keyring
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import LoginRow, RecoveryCodeRow


@dataclass(frozen=True, kw_only=True)
class PersonLogin:
    """A person with their login."""

    login: LoginRow
    person: PersonRow


@dataclass(frozen=True, kw_only=True)
class NewLogin:
    """A login with a password, and perhaps a sealed factor."""

    tenant: str
    person_id: str
    user_name: str
    password_hash: str
    factor: bytes | None = None


async def by_user_name(session: Session, user_name: str) -> PersonLogin | None:
    """The login with this user name, in any tenant."""
    return await _find(session, col(LoginRow.user_name) == user_name.strip().lower())


async def of_person(session: Session, tenant: str, person_id: str) -> PersonLogin | None:
    """A person's login; None for a person who can't sign in."""
    return await _find(session, belongs_to_person(LoginRow, tenant, person_id))


async def add(session: Session, person: PersonRow, *, at: datetime) -> LoginRow:
    """Create a login with the person's email address as the user name and no password yet."""
    row = LoginRow(tenant=person.tenant, person_id=person.id, user_name=person.email.lower(), created_at=at)
    return await session.insert(row)


async def add_missing(session: Session, new: Iterable[NewLogin], *, at: datetime) -> None:
    """Create those of these logins that don't exist."""
    rows = [
        LoginRow(**asdict(login), password_at=at, factor_at=at if login.factor else None, created_at=at)
        for login in new
    ]
    connection = await session.connection()
    await connection.execute(insert(LoginRow).on_conflict_do_nothing(), [row.model_dump() for row in rows])


async def taken(session: Session, user_name: str) -> bool:
    """Whether a login of any tenant has this user name."""
    return await by_user_name(session, user_name) is not None


async def change(session: Session, /, login: LoginRow, **values: object) -> None:
    """Set columns of a login."""
    await session.exec(update(LoginRow).where(_is(login)).values(**values))


async def replace_factor(session: Session, login: LoginRow, factor: bytes, *, step: int, at: datetime) -> bool:
    """Put an authenticator into effect; False if the login no longer has the one that was read."""
    unchanged = col(LoginRow.factor).is_not_distinct_from(login.factor)
    values = {"factor": factor, "factor_at": at, "last_step": step}
    return bool(await session.affected(update(LoginRow).where(_is(login), unchanged).values(**values)))


async def use_step(session: Session, login: LoginRow, step: int) -> bool:
    """Use an authenticator time step; False if it, or a later one, was used before."""
    unused = or_(col(LoginRow.last_step).is_(None), col(LoginRow.last_step) < step)
    return bool(await session.affected(update(LoginRow).where(_is(login), unused).values(last_step=step)))


async def renew_codes(session: Session, login: LoginRow, digests: Collection[str]) -> None:
    """Replace a person's recovery codes."""
    await session.exec(delete(RecoveryCodeRow).where(belongs_to_person(RecoveryCodeRow, login.tenant, login.person_id)))
    session.add_all(RecoveryCodeRow(digest=one, tenant=login.tenant, person_id=login.person_id) for one in digests)
    await session.flush()


async def use_code(session: Session, login: LoginRow, digest: str, *, at: datetime) -> bool:
    """Use a recovery code; True for exactly one caller."""
    unused = (*_unused_codes_of(login.tenant, login.person_id), col(RecoveryCodeRow.digest) == digest)
    return bool(await session.affected(update(RecoveryCodeRow).where(*unused).values(used_at=at)))


async def codes_left(session: Session, tenant: str, person_id: str) -> int:
    """How many recovery codes a person has not used."""
    return (await session.exec(select(func.count()).where(*_unused_codes_of(tenant, person_id)))).one()


def seal_factor(keyring: Keyring, tenant: str, person_id: str, secret: str) -> bytes:
    """The secret of a person's authenticator, encrypted for its columns."""
    return keyring.seal(secret.encode(), KeyPurpose.AUTHENTICATORS, bound_to=f"{tenant}:{person_id}")


def open_factor(keyring: Keyring, login: LoginRow, sealed: bytes) -> str:
    """The secret that was sealed for the person of this login."""
    bound_to = f"{login.tenant}:{login.person_id}"
    return keyring.open(sealed, KeyPurpose.AUTHENTICATORS, bound_to=bound_to).decode()


def _is(login: LoginRow) -> ColumnElement[bool]:
    return belongs_to_person(LoginRow, login.tenant, login.person_id)


def _unused_codes_of(tenant: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return belongs_to_person(RecoveryCodeRow, tenant, person_id), col(RecoveryCodeRow.used_at).is_(None)


async def _find(session: Session, *which: ColumnElement[bool]) -> PersonLogin | None:
    query = select(LoginRow, PersonRow).join(PersonRow, matches(PersonRow.id, LoginRow.person_id)).where(*which)
    row = await session.first(query)
    return PersonLogin(login=row[0], person=row[1]) if row else None
