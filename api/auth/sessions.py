"""Sessions of browsers: how long they live, and how one begins."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.auth.client_info import ClientInfo
from api.auth.credentials import SESSION_PREFIX
from api.auth.tokens import digest
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, new_id
from models.db.sign_in import portal_sessions
from models.db.sign_in.tables import PortalSessionRow


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a session may be idle, how long it lives at most, and for how long a second factor counts as fresh."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    fresh: timedelta = timedelta(minutes=5)


async def begin(
    session: Session, person: PersonRow, visitor: ClientInfo, limits: Limits, *, at: datetime, instead_of: str = ""
) -> str:
    """A new session for somebody who has proven who they are; its secret can be seen only now.

    `instead_of` is the cookie the browser came with: signing in never carries an older session on.
    """
    secret = SESSION_PREFIX + secrets.token_urlsafe(32)
    await portal_sessions.end_digest(session, digest(instead_of), at=at)
    await portal_sessions.begin(
        session,
        PortalSessionRow(
            digest=digest(secret),
            id=new_id(),
            tenant=person.tenant,
            person_id=person.id,
            created_at=at,
            last_seen_at=at,
            expires_at=at + limits.absolute,
            stepped_up_at=at,
            address=visitor.address,
            device=visitor.device,
        ),
    )
    await audit_log.record(
        session, AuditAction.SIGNED_IN, by=visitor.as_(person), to=person, at=at, device=visitor.device
    )
    return secret


async def end(database: Database, secret: str, visitor: ClientInfo, *, at: datetime) -> None:
    """End the session of a cookie, if it is one."""
    async with database.transaction() as session:
        person = await portal_sessions.end_digest(session, digest(secret), at=at)
        if person is not None:
            await audit_log.record(session, AuditAction.SIGNED_OUT, by=visitor.as_(person), to=person, at=at)
