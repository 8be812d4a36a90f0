"""Bearer tokens and one-time sign-in links, by the SHA-256 of their secrets; each one's person and tenant."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db.tables import PersonRow, SignInRow, TokenRow


async def add_token(
    session: AsyncSession, *, digest: str, tenant: str, person_id: str, at: datetime, until: datetime
) -> None:
    """Remember a token that was just handed out."""
    session.add(TokenRow(digest=digest, tenant=tenant, person_id=person_id, created_at=at, expires_at=until))
    await session.flush()


async def person_by_token(session: AsyncSession, digest: str, *, at: datetime) -> PersonRow | None:
    """Whose token this is, while it is neither expired nor revoked and the person is active."""
    rows = await session.exec(
        select(PersonRow)
        .join(
            TokenRow,
            (col(TokenRow.tenant) == col(PersonRow.tenant)) & (col(TokenRow.person_id) == col(PersonRow.id)),
        )
        .where(
            col(TokenRow.digest) == digest,
            col(TokenRow.expires_at) > at,
            col(TokenRow.revoked_at).is_(None),
            col(PersonRow.active),
        )
    )
    return rows.first()


async def revoke_token(session: AsyncSession, digest: str, *, at: datetime) -> bool:
    """End a token for good; False when there is no such token or it was ended before."""
    ended = await session.exec(
        update(TokenRow).where(col(TokenRow.digest) == digest, col(TokenRow.revoked_at).is_(None)).values(revoked_at=at)
    )
    return bool(ended.rowcount)


async def add_sign_in(session: AsyncSession, *, digest: str, tenant: str, person_id: str, until: datetime) -> None:
    """Remember a sign-in link that was just handed out."""
    session.add(SignInRow(digest=digest, tenant=tenant, person_id=person_id, expires_at=until))
    await session.flush()


async def person_by_sign_in(session: AsyncSession, digest: str, *, at: datetime) -> PersonRow | None:
    """Whose unused, unexpired sign-in link this is; looking uses nothing up."""
    rows = await session.exec(
        select(PersonRow)
        .join(
            SignInRow,
            (col(SignInRow.tenant) == col(PersonRow.tenant)) & (col(SignInRow.person_id) == col(PersonRow.id)),
        )
        .where(
            col(SignInRow.digest) == digest,
            col(SignInRow.expires_at) > at,
            col(SignInRow.used_at).is_(None),
            col(PersonRow.active),
        )
    )
    return rows.first()


async def use_sign_in(session: AsyncSession, digest: str, *, at: datetime) -> bool:
    """Use a sign-in link up; True for exactly one caller."""
    used = await session.exec(
        update(SignInRow)
        .where(col(SignInRow.digest) == digest, col(SignInRow.expires_at) > at, col(SignInRow.used_at).is_(None))
        .values(used_at=at)
    )
    return bool(used.rowcount)
