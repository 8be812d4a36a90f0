"""Bearer tokens and one-time sign-in links, by the SHA-256 of their secrets; each one's person and tenant."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, or_, update
from sqlmodel import col, select

from models.db.people.lookup import has_role
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import SignInLinkRow, TokenRow
from models.facts import Role

COARSE = timedelta(hours=1)


async def add_token(session: Session, row: TokenRow) -> None:
    """Remember a token that was just handed out."""
    session.add(row)
    await session.flush()


async def person_by_token(session: Session, digest: str, *, at: datetime) -> tuple[PersonRow, TokenRow] | None:
    """Whose token this is, while it lives and the person is active; its use is noted, at most once an hour."""
    found = await session.exec(
        select(PersonRow, TokenRow)
        .join(TokenRow, _whose())
        .where(
            col(TokenRow.digest) == digest,
            col(TokenRow.expires_at) > at,
            col(TokenRow.revoked_at).is_(None),
            col(PersonRow.active),
        )
    )
    row = found.first()
    if row is not None and (row[1].last_used_at is None or row[1].last_used_at < at - COARSE):
        await session.exec(update(TokenRow).where(col(TokenRow.digest) == digest).values(last_used_at=at))
    return row


async def tokens_of(
    session: Session, tenant: str, person_id: str, *, services: bool, at: datetime
) -> list[tuple[TokenRow, PersonRow]]:
    """The living tokens of a person, and with `services` those of all service accounts, newest first."""
    whose = or_(col(PersonRow.id) == person_id, has_role(Role.SERVICE) if services else false())
    found = await session.exec(
        select(TokenRow, PersonRow)
        .join(PersonRow, _whose())
        .where(
            col(TokenRow.tenant) == tenant,
            whose,
            col(TokenRow.revoked_at).is_(None),
            col(TokenRow.expires_at) > at,
        )
        .order_by(col(TokenRow.created_at).desc(), col(TokenRow.id))
    )
    return list(found.all())


async def find_token(session: Session, tenant: str, token_id: str) -> tuple[TokenRow, PersonRow] | None:
    """A token by the id that names it to people, and whose it is."""
    found = await session.exec(
        select(TokenRow, PersonRow)
        .join(PersonRow, _whose())
        .where(col(TokenRow.tenant) == tenant, col(TokenRow.id) == token_id)
    )
    return found.first()


async def revoke_token(session: Session, digest: str, *, at: datetime) -> bool:
    """End a token for good; False when there is no such token or it was ended before."""
    ended = await session.exec(
        update(TokenRow).where(col(TokenRow.digest) == digest, col(TokenRow.revoked_at).is_(None)).values(revoked_at=at)
    )
    return bool(ended.rowcount)


async def add_sign_in(session: Session, *, digest: str, tenant: str, person_id: str, until: datetime) -> None:
    """Remember a sign-in link that was just handed out."""
    session.add(SignInLinkRow(digest=digest, tenant=tenant, person_id=person_id, expires_at=until))
    await session.flush()


async def person_by_sign_in(session: Session, digest: str, *, at: datetime) -> PersonRow | None:
    """Whose unused, unexpired sign-in link this is; looking uses nothing up."""
    rows = await session.exec(
        select(PersonRow)
        .join(
            SignInLinkRow,
            (col(SignInLinkRow.tenant) == col(PersonRow.tenant)) & (col(SignInLinkRow.person_id) == col(PersonRow.id)),
        )
        .where(
            col(SignInLinkRow.digest) == digest,
            col(SignInLinkRow.expires_at) > at,
            col(SignInLinkRow.used_at).is_(None),
            col(PersonRow.active),
        )
    )
    return rows.first()


async def use_sign_in(session: Session, digest: str, *, at: datetime) -> bool:
    """Use a sign-in link up; True for exactly one caller."""
    used = await session.exec(
        update(SignInLinkRow)
        .where(
            col(SignInLinkRow.digest) == digest,
            col(SignInLinkRow.expires_at) > at,
            col(SignInLinkRow.used_at).is_(None),
        )
        .values(used_at=at)
    )
    return bool(used.rowcount)


def _whose() -> ColumnElement[bool]:
    return (col(TokenRow.tenant) == col(PersonRow.tenant)) & (col(TokenRow.person_id) == col(PersonRow.id))
