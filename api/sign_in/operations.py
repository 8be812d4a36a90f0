"""Signs a person in: a password, then a code, then a new password if one is required; only then a session starts.

Between the steps the browser holds a step token, a signed value that is valid for ten minutes, as long as the password
does not change and support requires no new one. Nothing is stored of it.
"""

from dataclasses import dataclass, replace

from api.auth import sessions
from api.auth.client_info import ClientInfo
from api.auth.own_credentials import PasswordChange, change_password, enroll_factor, use_code, use_recovery_code
from api.auth.passwords import MAX_LENGTH, require_same
from api.auth.rate_limits import AttemptLimiter, by_network, by_username
from api.auth.tokens import digest, redeem_sign_in_link
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import access_tokens, logins
from models.db.sign_in.logins import PersonLogin
from models.errors import CredentialsRejected, LinkNotValid, NotSignedIn
from models.facts import Role
from notifications.links import Purpose

STEP_SECONDS = 600
_MAX_USERNAME_LENGTH = 254


@dataclass(frozen=True, kw_only=True)
class SignInResult:
    """The outcome of a step: a session, or the token for choosing a new password; at enrollment also recovery codes."""

    session: str | None = None
    step_token: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PartialLogin:
    """A person who has passed some of the steps. `cookie` is the session cookie that the browser sent."""

    person_login: PersonLogin
    client: ClientInfo
    cookie: str = ""


async def check_password(services: Services, client: ClientInfo, user_name: str, password: str) -> str:
    """Verify a password and return the token for the second step.

    Raises CredentialsRejected, with the same message and after the same time whatever is wrong, or TooManyAttempts.
    """
    name, limiter = user_name.strip().lower()[:_MAX_USERNAME_LENGTH], AttemptLimiter(services.database)
    last = await limiter.consume(by_username(name), by_network(client), at=services.now())
    async with services.database.read() as session:
        person_login = await logins.by_user_name(session, name)
    allowed = person_login is not None and _can_sign_in(person_login.person)
    stored = person_login.login.password_hash if person_login is not None and allowed else None
    check = await services.passwords.verify(password[:MAX_LENGTH], stored)
    if person_login is None or not check.valid:
        if person_login is not None and last:
            await _record_lockout(services, person_login, client)
        raise CredentialsRejected("Incorrect email or password.")
    await limiter.reset(by_username(name))
    await limiter.release(by_network(client))
    await services.database.run(sessions.check_started, person_login.person, services.now())
    if check.new_hash is not None:
        await services.database.run(logins.change, person_login.login, password_hash=check.new_hash)
    return _step_token(services, Purpose.SECOND_STEP, person_login)


async def partial_login(
    services: Services, purpose: Purpose, step_token: str, client: ClientInfo, cookie: str = ""
) -> PartialLogin:
    """The holder of a step token. Raises NotSignedIn if it is invalid, too old, or given for an earlier password."""
    try:
        token = services.signer.read_token(purpose, step_token, seconds=STEP_SECONDS)
    except LinkNotValid:
        raise _expired() from None
    tenant, person_id, password = token.split(" ")
    async with services.database.read() as session:
        person_login = await logins.of_person(session, tenant, person_id)
    if person_login is None or not _can_sign_in(person_login.person) or _password_state(person_login) != password:
        raise _expired()
    return PartialLogin(person_login=person_login, client=client, cookie=cookie)


async def check_code(services: Services, partial: PartialLogin, code: str) -> SignInResult:
    """Verify a code of the authenticator. Raises CredentialsRejected, TooManyAttempts."""
    if partial.person_login.login.factor is None:
        raise _expired()
    await use_code(services, partial.person_login, code)
    return await _after_second_step(services, partial)


async def check_recovery_code(services: Services, partial: PartialLogin, code: str) -> SignInResult:
    """Verify a recovery code. Raises CredentialsRejected, TooManyAttempts."""
    await use_recovery_code(services, partial.person_login, partial.client, code)
    return await _after_second_step(services, partial)


async def enroll(services: Services, partial: PartialLogin, secret: str, code: str) -> SignInResult:
    """Set up the authenticator that was offered with this secret, with its first code.

    Raises CredentialsRejected, TooManyAttempts, or NotSignedIn if the person already has an authenticator.
    """
    if partial.person_login.login.factor is not None:
        raise _expired()
    codes = await enroll_factor(services, partial.person_login, partial.client, secret, code)
    return replace(await _after_second_step(services, partial), codes=codes)


async def choose_password(services: Services, partial: PartialLogin, password: str, again: str) -> SignInResult:
    """Replace the password after both steps. Raises PasswordTooWeak."""
    require_same(password, again)
    change = PasswordChange(password=password, client=partial.client)
    await change_password(services, partial.person_login, change)
    return await _start_session(services, partial)


async def person_of_link(services: Services, secret: str) -> PersonRow:
    """The person of a development link. Raises LinkNotValid."""
    async with services.database.read() as session:
        person = await access_tokens.person_by_sign_in(session, digest(secret), at=services.now())
    if person is None:
        raise _link_expired()
    return person


async def redeem_link(services: Services, client: ClientInfo, secret: str, cookie: str) -> str:
    """Use a development link, and return the secret of the new session. Raises LinkNotValid."""
    return await services.database.run(_redeem_link, services, client, secret, cookie)


async def _redeem_link(session: Session, services: Services, client: ClientInfo, secret: str, cookie: str) -> str:
    at = services.now()
    person = await redeem_sign_in_link(session, secret, at=at)
    if person is None:
        raise _link_expired()
    return await sessions.start_session(session, person, client, services.limits, at=at, replacing=cookie)


async def _after_second_step(services: Services, partial: PartialLogin) -> SignInResult:
    if partial.person_login.login.must_change:
        return SignInResult(step_token=_step_token(services, Purpose.NEW_PASSWORD, partial.person_login))
    return await _start_session(services, partial)


async def _start_session(services: Services, partial: PartialLogin) -> SignInResult:
    secret = await services.database.run(
        sessions.start_session,
        partial.person_login.person,
        partial.client,
        services.limits,
        at=services.now(),
        replacing=partial.cookie,
    )
    return SignInResult(session=secret)


async def _record_lockout(services: Services, person_login: PersonLogin, client: ClientInfo) -> None:
    by, at = client.anonymous_actor(), services.now()
    await services.database.run(audit_log.record, AuditAction.LOCKED_OUT, by=by, to=person_login.person, at=at)


def _step_token(services: Services, purpose: Purpose, person_login: PersonLogin) -> str:
    return services.signer.sign_token(
        purpose, f"{person_login.person.tenant} {person_login.person.id} {_password_state(person_login)}"
    )


def _password_state(person_login: PersonLogin) -> str:
    at, must_change = person_login.login.password_at, person_login.login.must_change
    return f"{int(at.timestamp() * 1_000_000) if at else 'never'}:{must_change}"


def _can_sign_in(person: PersonRow) -> bool:
    return person.active and Role.SERVICE not in person.roles


def _expired() -> NotSignedIn:
    return NotSignedIn("Your sign-in timed out. Sign in again.")


def _link_expired() -> LinkNotValid:
    return LinkNotValid("This sign-in link was used or has expired. Create a new one.")
