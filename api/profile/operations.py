"""What people do about their own sign-in: sessions, password, authenticator and recovery codes."""

from dataclasses import dataclass
from datetime import datetime

from api.auth import own_credentials
from api.auth.own_credentials import PasswordChange
from api.deps import Access, Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import logins, portal_sessions
from models.db.sign_in.logins import PersonLogin
from models.db.sign_in.tables import PortalSessionRow
from models.errors import CredentialsRejected, NotFound


@dataclass(frozen=True, kw_only=True)
class Profile:
    person_login: PersonLogin
    codes_left: int
    sessions: list[PortalSessionRow]


async def read_profile(services: Services, access: Access) -> Profile:
    """The caller's login and active sessions. Raises NotFound."""
    person_login, person, at = await own_login(services, access), access.person, services.now()
    async with services.database.read() as session:
        return Profile(
            person_login=person_login,
            codes_left=await logins.codes_left(session, person.tenant, person.id),
            sessions=await portal_sessions.live_of(session, person.tenant, person.id, at=at, idle=services.limits.idle),
        )


async def own_login(services: Services, access: Access) -> PersonLogin:
    """The caller's login. Raises NotFound for people who signed in by a development link and have none."""
    async with services.database.read() as session:
        person_login = await logins.of_person(session, access.person.tenant, access.person.id)
    if person_login is None:
        raise NotFound("You don't have a username and password. You signed in with a link.")
    return person_login


async def step_up(services: Services, access: Access, code: str) -> None:
    """Verify the second factor again. Raises CredentialsRejected, TooManyAttempts."""
    person_login = await own_login(services, access)
    await own_credentials.use_code(services, person_login, code)
    await services.database.run(_step_up, access, person_login, services.now())


async def _step_up(session: Session, access: Access, person_login: PersonLogin, at: datetime) -> None:
    await portal_sessions.step_up(session, access.caller.session_id or "", at=at)
    await audit_log.record(session, AuditAction.STEPPED_UP, by=access.audit_actor, to=person_login.person, at=at)


async def change_password(services: Services, access: Access, old: str, new: str, *, keep_tokens: bool) -> None:
    """Change the password and end all other sessions. Raises CredentialsRejected, TooManyAttempts, PasswordTooWeak."""
    person_login = await own_login(services, access)
    await own_credentials.count_attempt(services, person_login.person)
    if not (await services.passwords.verify(old, person_login.login.password_hash)).valid:
        raise CredentialsRejected("Incorrect current password.")
    change = PasswordChange(
        password=new,
        client=access.caller.client_info,
        keep_session=access.caller.session_id,
        keep_tokens=keep_tokens,
    )
    await own_credentials.change_password(services, person_login, change)
    await own_credentials.reset_attempts(services, person_login.person)


async def confirm_factor(services: Services, access: Access, secret: str, code: str) -> tuple[str, ...]:
    """Replace the authenticator; returns new recovery codes. Raises CredentialsRejected, TooManyAttempts."""
    person_login = await own_login(services, access)
    return await own_credentials.enroll_factor(services, person_login, access.caller.client_info, secret, code)


async def renew_codes(services: Services, access: Access) -> tuple[str, ...]:
    """Replace the recovery codes and return the new ones."""
    person_login = await own_login(services, access)
    return await services.database.run(_renew_codes, access, person_login, services.now())


async def _renew_codes(session: Session, access: Access, person_login: PersonLogin, at: datetime) -> tuple[str, ...]:
    codes = await own_credentials.renew_codes(session, person_login)
    what, client = "Your recovery codes were replaced", access.caller.client_info
    await own_credentials.record_change(
        session, AuditAction.RECOVERY_CODES_RENEWED, person_login.person, client, what, at=at
    )
    return codes


async def end_session(services: Services, access: Access, session_id: str) -> None:
    """End one of the caller's sessions. Raises NotFound."""
    person = (await own_login(services, access)).person
    await services.database.run(_end_session, access, person, session_id, services.now())


async def _end_session(session: Session, access: Access, person: PersonRow, session_id: str, at: datetime) -> None:
    if not await portal_sessions.end(session, person.tenant, person.id, session_id, at=at):
        raise NotFound("This session has already ended.")
    await audit_log.record(session, AuditAction.SESSION_ENDED, by=access.audit_actor, to=person, at=at)


async def end_other_sessions(services: Services, access: Access) -> None:
    """End all of the caller's sessions but the current one."""
    person = (await own_login(services, access)).person
    await services.database.run(_end_other_sessions, access, person, services.now())


async def _end_other_sessions(session: Session, access: Access, person: PersonRow, at: datetime) -> None:
    kept = access.caller.session_id
    ended = await portal_sessions.end_all(session, person.tenant, person.id, at=at, but=kept)
    await audit_log.record(session, AuditAction.SESSION_ENDED, by=access.audit_actor, to=person, at=at, sessions=ended)
