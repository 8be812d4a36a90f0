"""One's own access as one looks after it: sessions, password, authenticator, recovery codes."""

from dataclasses import dataclass

from api.auth import own_credentials
from api.deps import Access, Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.sign_in import logins, portal_sessions
from models.db.sign_in.logins import Known
from models.db.sign_in.tables import PortalSessionRow
from models.errors import CredentialsRefused, NotFound


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How one signs in, and where one is signed in now."""

    known: Known
    codes_left: int
    sessions: list[PortalSessionRow]


async def read(services: Services, access: Access) -> Profile:
    """The caller's own. Raises NotFound for whoever does not sign in."""
    known, person, at = await own(services, access), access.person, services.now()
    async with services.database.transaction() as session:
        return Profile(
            known=known,
            codes_left=await logins.codes_left(session, person.tenant, person.id),
            sessions=await portal_sessions.live_of(session, person.tenant, person.id, at=at, idle=services.limits.idle),
        )


async def own(services: Services, access: Access) -> Known:
    """How the caller signs in. Raises NotFound for whoever came by a door for development alone."""
    async with services.database.transaction() as session:
        known = await logins.of_person(session, access.person.tenant, access.person.id)
    if known is None:
        raise NotFound("There is no user name and no password for you here: you were let in by a link.")
    return known


async def step_up(services: Services, access: Access, code: str) -> None:
    """Count the second factor as given just now. Raises CredentialsRefused, TooManyAttempts."""
    known = await own(services, access)
    await own_credentials.give_code(services, known, code)
    async with services.database.transaction() as session:
        at = services.now()
        await portal_sessions.step_up(session, access.caller.session_id or "", at=at)
        await audit_log.record(session, AuditAction.STEPPED_UP, by=access.doer, to=known.person, at=at)


async def change_password(services: Services, access: Access, old: str, new: str) -> None:
    """Replace the password and end all other sessions. Raises CredentialsRefused, PasswordTooWeak."""
    known = await own(services, access)
    await own_credentials.count(services, known.person)
    if not (await services.passwords.verify(old, known.login.password_hash)).right:
        raise CredentialsRefused("Your present password is not right.")
    await own_credentials.set_password(
        services, known, access.caller.client_info, new, but_session=access.caller.session_id
    )
    await own_credentials.forget(services, known.person)


async def offer_factor(services: Services, access: Access) -> None:
    """Draw a new authenticator; the old one counts until the new one has shown a code."""
    known = await own(services, access)
    async with services.database.transaction() as session:
        await own_credentials.offer_factor(services, session, known)


async def take_factor(services: Services, access: Access, code: str) -> tuple[str, ...]:
    """Replace the authenticator; returns fresh recovery codes. Raises CredentialsRefused."""
    known = await own(services, access)
    return await own_credentials.take_offered_factor(services, known, access.caller.client_info, code)


async def renew_codes(services: Services, access: Access) -> tuple[str, ...]:
    """Fresh recovery codes; those of before stop working."""
    known, at = await own(services, access), services.now()
    async with services.database.transaction() as session:
        codes = await own_credentials.renew_codes(session, known)
        await audit_log.record(session, AuditAction.RECOVERY_CODES_RENEWED, by=access.doer, to=known.person, at=at)
    return codes


async def end_session(services: Services, access: Access, session_id: str) -> None:
    """End one of the caller's sessions. Raises NotFound."""
    known, at = await own(services, access), services.now()
    async with services.database.transaction() as session:
        if not await portal_sessions.end(session, known.person.tenant, known.person.id, session_id, at=at):
            raise NotFound("There is no such session, or it has ended.")
        await audit_log.record(session, AuditAction.SESSION_ENDED, by=access.doer, to=known.person, at=at)


async def end_other_sessions(services: Services, access: Access) -> None:
    """End all of the caller's sessions but the one this comes from."""
    known, at = await own(services, access), services.now()
    async with services.database.transaction() as session:
        ended = await portal_sessions.end_all(
            session, known.person.tenant, known.person.id, at=at, but=access.caller.session_id
        )
        await audit_log.record(
            session, AuditAction.SESSION_ENDED, by=access.doer, to=known.person, at=at, sessions=ended
        )
