"""Secrets that are shown once, of which only the SHA-256 is kept: bearer tokens, and sign-in links for development."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import access_tokens
from models.db.sign_in.tables import TokenRow
from policies.scopes import EVERYTHING, Scope

PREFIX = "dt_"
TOKEN_LIFETIME = timedelta(days=30)
SIGN_IN_LIFETIME = timedelta(hours=1)
_SHOWN = 8  # enough of a token to tell it from the others, far too little to guess the rest


def digest(secret: str) -> str:
    """What is stored of a secret. The secrets have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def issue(
    session: Session,
    tenant: str,
    person_id: str,
    *,
    at: datetime,
    lifetime: timedelta = TOKEN_LIFETIME,
    name: str = "",
    scopes: Collection[Scope] = EVERYTHING,
    created_by: str | None = None,
) -> str:
    """A new bearer token for a person; this is the only time it can be seen."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = TokenRow(
        digest=digest(token),
        id=new_id(),
        tenant=tenant,
        person_id=person_id,
        name=name,
        prefix=token[:_SHOWN],
        scopes=sorted(scopes),
        created_at=at,
        created_by=created_by,
        expires_at=at + lifetime,
    )
    await access_tokens.add_token(session, row)
    return token


async def invite(session: Session, tenant: str, person_id: str, *, at: datetime) -> str:
    """The secret of a new one-time sign-in link (`/sign-in/{secret}`), for development only."""
    secret = secrets.token_urlsafe(32)
    await access_tokens.add_sign_in(
        session, digest=digest(secret), tenant=tenant, person_id=person_id, until=at + SIGN_IN_LIFETIME
    )
    return secret


async def redeem(session: Session, secret: str, *, at: datetime) -> PersonRow | None:
    """Use a sign-in link up and return whose it is; None when the link is good for nothing."""
    person = await access_tokens.person_by_sign_in(session, digest(secret), at=at)
    return person if person and await access_tokens.use_sign_in(session, digest(secret), at=at) else None
