"""Signs a person in: a password, then a code, then a new password if one is required; only then a session starts.

Between the steps the browser holds a grant, a signed value that is valid for ten minutes and as long as the password
does not change. Nothing is stored of it.
"""

from dataclasses import dataclass, replace

from api.auth import sessions
from api.auth.client_info import ClientInfo
from api.auth.own_credentials import enroll_factor, offer_factor, set_password, use_code, use_recovery_code
from api.auth.passwords import MAX_LENGTH
from api.auth.rate_limits import AttemptLimiter, by_network, by_username
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.sign_in import logins
from models.db.sign_in.logins import PersonLogin
from models.errors import CredentialsRefused, LinkNotValid, NotSignedIn
from models.facts import Role
from notifications.links import Purpose

STEP_SECONDS = 600
_MAX_USERNAME_LENGTH = 254


@dataclass(frozen=True, kw_only=True)
class SignInResult:
    """What a step leads to: a session, or the grant for choosing a new password. Enrollment also has recovery codes."""

    session: str | None = None
    grant: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PartialLogin:
    """A person who has passed some of the steps. `cookie` is the session cookie that the browser sent."""

    known: PersonLogin
    client: ClientInfo
    cookie: str = ""


async def check_password(services: Services, client: ClientInfo, user_name: str, password: str) -> str:
    """Verify a password and return the grant for the second step.

    Raises CredentialsRefused, with the same message and after the same time whatever is wrong, or TooManyAttempts.
    """
    name, limiter = user_name.strip().lower()[:_MAX_USERNAME_LENGTH], AttemptLimiter(services.database)
    last = await limiter.consume(by_username(name), by_network(client), at=services.now())
    async with services.database.transaction() as session:
        known = await logins.by_user_name(session, name)
    allowed = known is not None and _may_sign_in(known.person)
    stored = known.login.password_hash if known is not None and allowed else None
    check = await services.passwords.verify(password[:MAX_LENGTH], stored)
    if known is None or not check.valid:
        if known is not None and last:
            await _record_lockout(services, known, client)
        raise CredentialsRefused("Incorrect email or password.")
    await limiter.reset(by_username(name))
    await limiter.release(by_network(client))
    await _prepare_second_step(services, known, check.new_hash)
    return _grant(services, Purpose.SECOND_STEP, known)


async def partial_login(
    services: Services, purpose: Purpose, grant: str, client: ClientInfo, cookie: str = ""
) -> PartialLogin:
    """The holder of a grant. Raises NotSignedIn if it is invalid, too old, or given for an earlier password."""
    try:
        tenant, person_id, password_at = services.signer.read_grant(purpose, grant, seconds=STEP_SECONDS).split(" ")
    except LinkNotValid:
        raise _expired() from None
    async with services.database.transaction() as session:
        known = await logins.of_person(session, tenant, person_id)
    if known is None or not _may_sign_in(known.person) or _password_at(known) != password_at:
        raise _expired()
    return PartialLogin(known=known, client=client, cookie=cookie)


async def check_code(services: Services, login: PartialLogin, code: str) -> SignInResult:
    """Verify a code of the authenticator. Raises CredentialsRefused, TooManyAttempts."""
    if login.known.login.factor is None:
        raise _expired()
    await use_code(services, login.known, code)
    return await _after_second_step(services, login)


async def check_recovery_code(services: Services, login: PartialLogin, code: str) -> SignInResult:
    """Verify a recovery code. Raises CredentialsRefused, TooManyAttempts."""
    await use_recovery_code(services, login.known, login.client, code)
    return await _after_second_step(services, login)


async def enroll(services: Services, login: PartialLogin, code: str) -> SignInResult:
    """Set up the offered authenticator with its first code.

    Raises CredentialsRefused, TooManyAttempts, or NotSignedIn if the person already has an authenticator.
    """
    if login.known.login.factor is not None:
        raise _expired()
    codes = await enroll_factor(services, login.known, login.client, code)
    return replace(await _after_second_step(services, login), codes=codes)


async def choose_password(services: Services, login: PartialLogin, password: str) -> SignInResult:
    """Replace the password after both steps. Raises PasswordTooWeak."""
    await set_password(services, login.known, login.client, password)
    return await _start_session(services, login)


async def _prepare_second_step(services: Services, known: PersonLogin, new_hash: str | None) -> None:
    """Store a stronger hash, and offer an authenticator if the person has none."""
    async with services.database.transaction() as session:
        if new_hash is not None:
            await logins.change(session, known.login, password_hash=new_hash)
        if known.login.factor is None and known.login.factor_offered is None:
            await offer_factor(services, session, known)


async def _after_second_step(services: Services, login: PartialLogin) -> SignInResult:
    if login.known.login.must_change:
        return SignInResult(grant=_grant(services, Purpose.NEW_PASSWORD, login.known))
    return await _start_session(services, login)


async def _start_session(services: Services, login: PartialLogin) -> SignInResult:
    async with services.database.transaction() as session:
        secret = await sessions.start_session(
            session, login.known.person, login.client, services.limits, at=services.now(), replacing=login.cookie
        )
    return SignInResult(session=secret)


async def _record_lockout(services: Services, known: PersonLogin, client: ClientInfo) -> None:
    by, at = client.anonymous_actor(), services.now()
    async with services.database.transaction() as session:
        await audit_log.record(session, AuditAction.LOCKED_OUT, by=by, to=known.person, at=at)


def _grant(services: Services, purpose: Purpose, known: PersonLogin) -> str:
    return services.signer.grant(purpose, f"{known.person.tenant} {known.person.id} {_password_at(known)}")


def _password_at(known: PersonLogin) -> str:
    at = known.login.password_at
    return str(int(at.timestamp() * 1_000_000)) if at else "never"


def _may_sign_in(person: PersonRow) -> bool:
    return person.active and Role.SERVICE not in person.roles


def _expired() -> NotSignedIn:
    return NotSignedIn("Your sign-in timed out. Sign in again.")
