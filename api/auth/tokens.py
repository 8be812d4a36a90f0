"""Bearer tokens, and sign-in links for development. Only the SHA-256 of a secret is stored."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import access_tokens
from models.db.sign_in.tables import TokenRow
from policies.scopes import ALL_SCOPES, TokenScope

PREFIX = "dt_"
TOKEN_LIFETIME = timedelta(days=30)
SIGN_IN_LIFETIME = timedelta(hours=1)
_SHOWN_LENGTH = 8  # enough to tell tokens apart, too little to guess the rest


def digest(secret: str) -> str:
    """The hash that is stored of a secret. Secrets have 256 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def issue_token(
    session: Session,
    tenant: str,
    person_id: str,
    *,
    at: datetime,
    lifetime: timedelta = TOKEN_LIFETIME,
    name: str = "",
    scopes: Collection[TokenScope] = ALL_SCOPES,
    created_by: str | None = None,
) -> str:
    """Create a bearer token for a person and return it."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = TokenRow(
        digest=digest(token),
        id=new_id(),
        tenant=tenant,
        person_id=person_id,
        name=name,
        prefix=token[:_SHOWN_LENGTH],
        scopes=sorted(scopes),
        created_at=at,
        created_by=created_by,
        expires_at=at + lifetime,
    )
    await access_tokens.add_token(session, row)
    return token


async def create_sign_in_link(session: Session, tenant: str, person_id: str, *, at: datetime) -> str:
    """Create a one-time sign-in link for development and return its secret (`/sign-in/{secret}`)."""
    secret = secrets.token_urlsafe(32)
    await access_tokens.add_sign_in(
        session, digest=digest(secret), tenant=tenant, person_id=person_id, until=at + SIGN_IN_LIFETIME
    )
    return secret


async def redeem_sign_in_link(session: Session, secret: str, *, at: datetime) -> PersonRow | None:
    """Use a sign-in link and return its person; None if it is not valid."""
    person = await access_tokens.person_by_sign_in(session, digest(secret), at=at)
    return person if person and await access_tokens.use_sign_in(session, digest(secret), at=at) else None
