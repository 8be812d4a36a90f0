import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.auth.client_info import ClientInfo
from api.auth.credentials import SESSION_PREFIX
from api.auth.tokens import digest
from models import formatting
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, new_id
from models.db.sign_in import portal_sessions
from models.db.sign_in.tables import PortalSessionRow
from models.errors import CredentialsRejected
from policies.deadlines import local_day


@dataclass(frozen=True, kw_only=True)
class SessionLimits:
    """How long a session may be idle, how long it lasts at most, and how long a step-up counts."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    step_up_lifetime: timedelta = timedelta(minutes=5)


async def check_started(session: Session, person: PersonRow, at: datetime) -> None:
    """Raises CredentialsRejected for a person whose first day is still to come."""
    policy = await policy_versions.newest(session, person.tenant)
    if person.starts_on and local_day(policy, at) < person.starts_on:
        raise CredentialsRejected(f"You can sign in from your first day, {formatting.day(person.starts_on)}.")


async def start_session(
    session: Session, person: PersonRow, client: ClientInfo, limits: SessionLimits, *, at: datetime, replacing: str = ""
) -> str:
    """Start a session for a person who has signed in, and return its secret.

    `replacing` is the browser's current session cookie, whose session ends. Raises CredentialsRejected.
    """
    await check_started(session, person, at)
    secret = SESSION_PREFIX + secrets.token_urlsafe(32)
    await portal_sessions.end_digest(session, digest(replacing), at=at)
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
            address=client.address,
            device=client.device,
        ),
    )
    await audit_log.record(
        session, AuditAction.SIGNED_IN, by=client.actor(person), to=person, at=at, device=client.device
    )
    return secret


async def end_session(database: Database, secret: str, client: ClientInfo, *, at: datetime) -> None:
    """End the session of a cookie, if there is one."""
    await database.run(_end_session, secret, client, at)


async def _end_session(session: Session, secret: str, client: ClientInfo, at: datetime) -> None:
    person = await portal_sessions.end_digest(session, digest(secret), at=at)
    if person is not None:
        await audit_log.record(session, AuditAction.SIGNED_OUT, by=client.actor(person), to=person, at=at)
