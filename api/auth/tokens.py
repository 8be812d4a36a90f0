"""Bearer tokens: a random secret that is shown once; only its SHA-256 is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import tokens

PREFIX = "dt_"
TOKEN_LIFETIME = timedelta(days=30)
SESSION_LIFETIME = timedelta(hours=12)
SIGN_IN_LIFETIME = timedelta(hours=1)


def digest(secret: str) -> str:
    """What is stored of a secret. The secrets have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def issue(
    session: AsyncSession, tenant: str, person_id: str, *, at: datetime, lifetime: timedelta = TOKEN_LIFETIME
) -> str:
    """A new bearer token for a person; this is the only time it can be seen."""
    token = PREFIX + secrets.token_urlsafe(32)
    await tokens.add_token(
        session, digest=digest(token), tenant=tenant, person_id=person_id, at=at, until=at + lifetime
    )
    return token


async def invite(session: AsyncSession, tenant: str, person_id: str, *, at: datetime) -> str:
    """The secret of a new one-time sign-in link (`/sign-in/{secret}`), for development only."""
    secret = secrets.token_urlsafe(32)
    await tokens.add_sign_in(
        session, digest=digest(secret), tenant=tenant, person_id=person_id, until=at + SIGN_IN_LIFETIME
    )
    return secret


async def redeem(session: AsyncSession, secret: str, *, at: datetime) -> str | None:
    """Use a sign-in link up and return the token of the new session; None when the link is good for nothing."""
    person = await tokens.person_by_sign_in(session, digest(secret), at=at)
    if person is None or not await tokens.use_sign_in(session, digest(secret), at=at):
        return None
    return await issue(session, person.tenant, person.id, at=at, lifetime=SESSION_LIFETIME)


async def end(session: AsyncSession, token: str, *, at: datetime) -> bool:
    """Revoke a token; False when it was none, or was ended before."""
    return await tokens.revoke_token(session, digest(token), at=at)
