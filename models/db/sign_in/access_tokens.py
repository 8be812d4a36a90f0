"""API tokens and one-time sign-in links, found by the SHA-256 of their secrets."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, false, or_, update
from sqlmodel import col, select

from models.db.clauses import belongs_to_person, has_role, matches
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import SignInLinkRow, TokenRow
from models.db.statement import Statement, param
from models.facts import Role

# How old `last_used_at` gets before a request notes it again.
LAST_USED_PRECISION = timedelta(hours=1)


def _live(at: datetime | BindParameter[Any]) -> tuple[ColumnElement[bool], ...]:
    return col(TokenRow.expires_at) > at, col(TokenRow.revoked_at).is_(None)


_LIVE_TOKEN = Statement[tuple[PersonRow, TokenRow]](
    select(PersonRow, TokenRow)
    .join(TokenRow, matches(TokenRow.person_id, PersonRow.id))
    .where(col(TokenRow.digest) == param("digest"), *_live(param("at")), col(PersonRow.active)),
    PersonRow,
    TokenRow,
)
_USED = Statement[None](
    update(TokenRow).where(col(TokenRow.digest) == param("of")).values(last_used_at=param("last_used_at"))
)


async def add_token(session: Session, row: TokenRow) -> None:
    await session.insert(row)


async def live_token(session: Session, digest: str, *, at: datetime) -> tuple[PersonRow, TokenRow] | None:
    """The active person and their live token; reading does not count as a use."""
    return await session.first(_LIVE_TOKEN, digest=digest, at=at)


def is_use_to_note(token: TokenRow, at: datetime) -> bool:
    """Whether the last use that is noted is too old to tell when the token was used."""
    return token.last_used_at is None or token.last_used_at < at - LAST_USED_PRECISION


async def note_use(session: Session, digest: str, *, at: datetime) -> None:
    await session.affected(_USED, of=digest, last_used_at=at)


async def tokens_of(
    session: Session, tenant: str, person_id: str, *, services: bool, at: datetime
) -> list[tuple[TokenRow, PersonRow]]:
    """A person's live tokens, newest first; with `services`, also those of all service accounts."""
    owner = or_(col(PersonRow.id) == person_id, has_role(Role.SERVICE) if services else false())
    return await session.all(
        select(TokenRow, PersonRow)
        .join(PersonRow, matches(PersonRow.id, TokenRow.person_id))
        .where(col(TokenRow.tenant) == tenant, owner, *_live(at))
        .order_by(col(TokenRow.created_at).desc(), col(TokenRow.id))
    )


async def find_token(session: Session, tenant: str, token_id: str) -> tuple[TokenRow, PersonRow] | None:
    """A token by its public id, with its person."""
    return await session.first(
        select(TokenRow, PersonRow)
        .join(PersonRow, matches(PersonRow.id, TokenRow.person_id))
        .where(col(TokenRow.tenant) == tenant, col(TokenRow.id) == token_id)
    )


async def revoke_token(session: Session, digest: str, *, at: datetime) -> bool:
    """Revoke a token; False if there is none or it was revoked before."""
    this = (col(TokenRow.digest) == digest, col(TokenRow.revoked_at).is_(None))
    return bool(await session.affected(update(TokenRow).where(*this).values(revoked_at=at)))


async def revoke_all(session: Session, tenant: str, person_id: str, *, at: datetime) -> int:
    """Revoke all live tokens of a person; returns how many."""
    theirs = (belongs_to_person(TokenRow, tenant, person_id), *_live(at))
    return await session.affected(update(TokenRow).where(*theirs).values(revoked_at=at))


async def add_sign_in(session: Session, *, digest: str, tenant: str, person_id: str, until: datetime) -> None:
    """Store a new sign-in link."""
    await session.insert(SignInLinkRow(digest=digest, tenant=tenant, person_id=person_id, expires_at=until))


async def person_by_sign_in(session: Session, digest: str, *, at: datetime) -> PersonRow | None:
    """The active person of a sign-in link that can be used; reading does not use it."""
    return await session.first(
        select(PersonRow)
        .join(SignInLinkRow, matches(SignInLinkRow.person_id, PersonRow.id))
        .where(*_unused_link(digest, at), col(PersonRow.active))
    )


async def use_sign_in(session: Session, digest: str, *, at: datetime) -> bool:
    """Use a sign-in link; True for exactly one caller."""
    return bool(await session.affected(update(SignInLinkRow).where(*_unused_link(digest, at)).values(used_at=at)))


def _unused_link(digest: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(SignInLinkRow.digest) == digest,
        col(SignInLinkRow.expires_at) > at,
        col(SignInLinkRow.used_at).is_(None),
    )
